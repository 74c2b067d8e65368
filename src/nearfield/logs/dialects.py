"""How delimited text is written: separator, quote, escape, encoding. Declared, never guessed from the rows."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from nearfield.errors import BadInput
from nearfield.io import check_text, checked_encoding, ending, open_input

TAB = "\t"
SEPARATORS = (",", TAB, ";", "|")  # what a header row may be split by where nothing is said
NAMES = {",": "comma", TAB: "tab", ";": "semicolon", "|": "pipe"}
SPELLED = {"\\t": TAB, "tab": TAB}  # as a shell passes it on
_STAND_IN = "\x1f"  # for separators of several characters, which Python's reader does not take


class File(NamedTuple):
    """A file under the name that was given, and the path at which its content can be read more than once."""

    path: Path
    content: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class Dialect:
    """How delimited text is written; by default as RFC 4180 says: cells with a separator in quotes, quotes doubled.

    Parameters
    ----------
    separator : str or None
        One to four characters; None: a tab in .tsv and .tab, else the one of comma, tab, semicolon and pipe that splits
        the header row.
    quote : str or None
        What a cell begins and ends with that holds separators or line ends; None or "": nothing does.
    escape : str or None
        What stands before a quote that belongs to the cell; None: the quote is doubled.
    encoding : str or None
        None: UTF-8.
    """

    separator: str | None = None
    quote: str | None = '"'
    escape: str | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "separator", SPELLED.get(self.separator or "", self.separator))
        for name, longest in (("separator", 4), ("quote", 1), ("escape", 1)):
            value = getattr(self, name)
            if value is None or (name == "quote" and value == ""):
                continue
            if not isinstance(value, str) or not value or len(value.encode()) > longest or set(value) & set("\r\n\0"):
                length = "one ASCII character" if longest == 1 else f"1 to {longest} bytes of text"
                raise BadInput(f"{name} is {value!r}; expected {length}, no line end")
        if self.separator is not None and self.separator in (self.quote, self.escape):
            raise BadInput(f"separator and quote or escape are all {self.separator!r}; expected different ones")
        checked_encoding(self.encoding)

    def named(self) -> str:
        """Return the separator as a message shows it."""
        return NAMES.get(self.separator or "", repr(self.separator))

    def rows(self, file: File) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows of a file as Python reads them: on which line each begins, from 1, and its cells.

        Blank lines are passed over. Slow: for the header row, and for finding where a file is at fault.

        Raises
        ------
        BadInput
            Bytes that are not UTF-8, or quotes that are none, with file and line.
        """
        assert self.separator is not None
        long = len(self.separator) > 1
        with open_input(file.content, self.encoding) as binary, _long_cells():
            text = io.TextIOWrapper(binary, encoding="utf-8", errors="surrogateescape", newline="")
            lines = _checked(text, file)
            reader = csv.reader(
                (line.replace(self.separator, _STAND_IN) for line in lines) if long else lines,
                delimiter=_STAND_IN if long else self.separator,
                quotechar=self.quote or None,
                quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
                doublequote=self.escape in (None, self.quote),
                escapechar=None if self.escape == self.quote else self.escape,
                strict=True,
            )
            begin = 1
            while True:
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    raise BadInput(f"{file}:{begin}: {self._quoting(str(error))}") from None
                if cells is None:
                    return
                if cells:
                    yield begin, cells
                begin = reader.line_num + 1

    def _quoting(self, error: str) -> str:
        fix = "double quotes within a quoted cell, or say quote='' where quotes are ordinary characters"
        if "unexpected end" in error:
            return f"a quoted cell begins here and never ends; {fix}"
        return f"a quoted cell goes on behind its closing quote; {fix}"


def with_separator(dialect: Dialect, file: File, names: Sequence[str], columns: int | None) -> Dialect:
    """Return the dialect with the separator of this file, told by its first row where none is given.

    Of the separators that may be meant it is the one that splits the row into the expected number of `columns`, or into
    cells among which are most of the `names`; the one that makes most cells where that does not tell.
    """
    if dialect.separator is not None:
        return dialect
    if ending(file.path) in (".tsv", ".tab"):
        return replace(dialect, separator=TAB)
    best, most = SEPARATORS[0], (-1, -1)
    for separator in SEPARATORS:
        try:
            cells = first_row(replace(dialect, separator=separator), file)
        except BadInput:
            continue
        fits = sum(name in cells for name in names) if columns is None else int(len(cells) == columns)
        if (fits, len(cells)) > most:
            best, most = separator, (fits, len(cells))
    return replace(dialect, separator=best)


def first_row(dialect: Dialect, file: File) -> list[str]:
    """Return the cells of the first row that is not blank; an empty list where there is none."""
    return next(dialect.rows(file), (1, []))[1]


def _checked(lines: Iterable[str], file: File) -> Iterator[str]:
    """Yield lines without a byte order mark; raise `BadInput` for bytes that are not UTF-8."""
    start = 0
    for number, line in enumerate(lines, 1):
        data = line.encode("utf-8", "surrogateescape")
        if number == 1:
            check_text(file.path, data[:2], 0)
        if not line.isascii():
            try:
                data.decode("utf-8")
            except UnicodeDecodeError as error:
                at = start + error.start
                fix = "name its encoding, such as encoding='gb18030' (--encoding gb18030), or convert it to UTF-8"
                raise BadInput(f"{file}:{number}: is not UTF-8 at byte {at}; {fix}") from None
        start += len(data)
        yield line.removeprefix("\ufeff") if number == 1 else line


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let Python's reader take cells of any length, as engines do."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)
