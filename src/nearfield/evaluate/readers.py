"""Files of word pairs with scores, and of analogy questions."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from nearfield.errors import BadInput
from nearfield.io import read_text_file
from nearfield.io.numbers import decimal_number

COLUMNS = ("word1", "word2", "word3", "target")  # of analogies as CSV
_SCORE_NAME = re.compile(r"score|similarity|relatedness|simlex999|human|rating|gold|\bmean\b|\baverage\b")
_NO_NUMBER = ("nan", "na", "n/a", "null", "none", "inf", "infinity")  # a missing score, not the name of a column
_SEPARATORS = ("\t", ",", ";")

Line = tuple[int, str]  # its number, from 1, and its content


class Pair(NamedTuple):
    """Two words and how alike people find them, on any scale."""

    first: str
    second: str
    score: float


class Question(NamedTuple):
    """`a` is to `b` as `c` is to `expected`."""

    section: str
    a: str
    b: str
    c: str
    expected: str


class PairList(list[Pair]):
    """The pairs of a file.

    Attributes
    ----------
    skipped : dict of str to int
        How many lines are no pairs, by what they are: "comment", "header row".
    score_column : str
        Where the scores stand: the number of the column, from 1, and its name if there is one.
    """

    def __init__(self, pairs: Sequence[Pair], skipped: dict[str, int], score_column: str) -> None:
        super().__init__(pairs)
        self.skipped = skipped
        self.score_column = score_column


class _Columns(NamedTuple):
    """Where the words and the score of a pair stand, from 0."""

    first: int
    second: int
    score: int


def read_pairs(
    path: str | os.PathLike[str], *, score_column: int | str | None = None, encoding: str | None = None
) -> PairList:
    """Read word pairs: two words and a score a line, divided by TABs, commas, semicolons (CSV with quotes) or spaces.

    Parameters
    ----------
    path : path-like
        A file, a pipe, or `-` for standard input; compressed or not; with any line ends. Lines that begin with `#` and
        are no pair are comments. A first row without a number in the place of the score is a header row; where it names
        columns `word1` and `word2`, these have the words, else the first two columns.
    score_column : int or str, optional
        The number of the column with the scores, from 1, or its name in the header row. Without it, the one whose name
        says so (`score`, `similarity`, `SimLex999`, `Human (mean)`), else the column behind the words.
    encoding : str, optional
        Where the file is not UTF-8.

    Raises
    ------
    BadInput
        A row that is none (with file and line), no pair at all, no such column, no such file, another encoding.
    """
    file = Path(path)
    lines = _lines(file, encoding)
    rows = [(number, line) for number, line in lines if not line.startswith("#") or _is_pair(line)]
    skipped = {"comment": len(lines) - len(rows)}
    if not rows:
        raise BadInput(f"{file}: holds no word pair; expected lines such as: tiger TAB cat TAB 7.35")
    separator = _separator([line for _, line in rows])
    cells = [(f"{file}:{number}", _cells(f"{file}:{number}", line, separator)) for number, line in rows]
    header = _header(cells[0][1], score_column)
    columns = _columns(file, header, score_column)
    if header:
        del cells[0]
        skipped["header row"] = 1
    if not cells:
        raise BadInput(f"{file}: holds no word pair; expected lines such as: tiger TAB cat TAB 7.35")
    pairs = [_pair(place, fields, columns) for place, fields in cells]
    name = f", {header[columns.score]!r}" if header else ""
    return PairList(pairs, {kind: n for kind, n in skipped.items() if n}, f"{columns.score + 1}{name}")


def read_questions(path: str | os.PathLike[str], *, encoding: str | None = None) -> list[Question]:
    """Read analogy questions: four words a line and `: name` lines for sections, or a table with a header row.

    A table is divided by commas, semicolons or TABs and has the columns word1, word2, word3, target and, for the
    section, type. Questions before any section line belong to one named as the file. Lines that begin with `# ` are
    comments. `path` and `encoding` are as for `read_pairs`.

    Raises
    ------
    BadInput
        A row that is none (with file and line), no question at all, no such file, another encoding.
    """
    file = Path(path)
    lines = [(number, line) for number, line in _lines(file, encoding) if not line.startswith("# ")]
    separator = _separator([line for _, line in lines[:1]])
    is_table = separator in (",", ";") or (separator is not None and COLUMNS[0] in lines[0][1].lower())
    if is_table and not lines[0][1].startswith(":"):
        questions = list(_table_questions(file, lines, separator or ","))
    else:
        questions = list(_listed_questions(file, lines))
    if not questions:
        raise BadInput(f"{file}: holds no question; expected lines of four words, such as: Athens Greece Oslo Norway")
    return questions


def _listed_questions(file: Path, lines: list[Line]) -> Iterator[Question]:
    section = file.stem
    for number, line in lines:
        if line.startswith(":"):
            section = line[1:].strip()
            continue
        words = line.split()
        if len(words) != 4:
            raise BadInput(f"{file}:{number}: {_shown(line)} has {len(words)} words; expected four, or `: section`")
        yield Question(section, *words)


def _table_questions(file: Path, lines: list[Line], separator: str) -> Iterator[Question]:
    (number, first), *rest = lines
    header = [name.lower() for name in _cells(f"{file}:{number}", first, separator)]
    if absent := [name for name in COLUMNS if name not in header]:
        raise BadInput(f"{file}:{number}: the header row has no column {absent[0]!r}; expected {', '.join(COLUMNS)}")
    places = [header.index(name) for name in COLUMNS]
    section = header.index("type") if "type" in header else None
    for number, line in rest:
        row = _cells(f"{file}:{number}", line, separator)
        if len(row) != len(header):
            raise BadInput(f"{file}:{number}: {len(row)} columns; expected {len(header)}, as in the header row")
        words = [row[place] for place in places]
        if not all(words):
            raise BadInput(f"{file}:{number}: {COLUMNS[words.index('')]} is empty; expected a word")
        yield Question(file.stem if section is None else row[section], *words)


def _header(first: list[str], score_column: int | str | None) -> list[str]:
    """Return the first row if it is a header row, else an empty list."""
    if isinstance(score_column, str):
        return first
    place = 2 if score_column is None else score_column - 1
    names_words = {"word1", "word2"} <= {_plain_name(name) for name in first}
    cell = first[place] if 0 <= place < len(first) else ""
    is_name = cell[:1].isalpha() and decimal_number(cell) is None and cell.lower() not in _NO_NUMBER
    others_are_names = not any(decimal_number(cell) is not None for cell in first)
    return first if names_words or (is_name and others_are_names) else []


def _columns(file: Path, header: list[str], score_column: int | str | None) -> _Columns:
    names = [_plain_name(name) for name in header]
    first, second = (names.index(name) if name in names else i for i, name in enumerate(("word1", "word2")))
    if isinstance(score_column, str):
        found = [i for i, name in enumerate(header) if name == score_column]
        found = found or [i for i, name in enumerate(names) if name == _plain_name(score_column)]
        if len(found) != 1:
            raise BadInput(f"{file}: score_column is {score_column!r}; expected one of: {', '.join(header)}")
        score = found[0]
    elif score_column is not None:
        if score_column < 1:
            raise BadInput(f"score_column is {score_column}; expected a number from 1, or a name")
        score = score_column - 1
    else:
        named = [i for i, name in enumerate(header) if _SCORE_NAME.search(name.lower()) and i not in (first, second)]
        score = named[0] if len(named) == 1 else second + 1
    if score in (first, second):
        raise BadInput(f"{file}: score_column is {score_column!r}, which has words; expected a column with numbers")
    return _Columns(first, second, score)


def _pair(place: str, fields: list[str], columns: _Columns) -> Pair:
    if len(fields) <= max(columns) or not fields[columns.first] or not fields[columns.second]:
        raise BadInput(f"{place}: {_shown(' '.join(fields))} is no word pair; expected two words and a score")
    text = fields[columns.score]
    score = decimal_number(text)
    if score is None:
        numbers = [i for i, cell in enumerate(fields) if decimal_number(cell) is not None]
        hint = f"; column {numbers[0] + 1} has numbers: --score-column {numbers[0] + 1}" if numbers else ""
        raise BadInput(f"{place}: score {_shown(text)} is no number; expected two words and a score{hint}")
    return Pair(fields[columns.first], fields[columns.second], score)


def _is_pair(line: str) -> bool:
    """Whether a line with `#` in front is a pair of words that begin so, and no comment."""
    separator = _separator([line])
    fields = [field.strip() for field in line.split(separator)] if separator else line.split()
    return len(fields) >= 3 and fields[0] != "#" and decimal_number(fields[2]) is not None


def _separator(lines: list[str]) -> str | None:
    """Return what divides all lines into three cells or more, None for white space."""
    return next((mark for mark in _SEPARATORS if lines and all(line.count(mark) > 1 for line in lines)), None)


def _cells(place: str, line: str, separator: str | None) -> list[str]:
    if separator is None or separator == "\t":
        cells = [cell.strip() for cell in line.split(separator)]
        return [cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in cells]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, strict=True))]
    except csv.Error as error:
        raise BadInput(f"{place}: {_shown(line)} cannot be read as CSV: {error}") from error


def _lines(file: Path, encoding: str | None) -> list[Line]:
    """Return the number and the content of lines that are not blank."""
    lines = enumerate(read_text_file(file, encoding).split("\n"), 1)
    return [(number, line.strip(" ")) for number, line in lines if line.strip()]


def _plain_name(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
