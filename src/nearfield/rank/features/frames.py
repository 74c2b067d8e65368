"""Tables in pieces: CSV as text, Parquet and tables in memory as they are typed, each with the place of every row."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.io import Block, open_parquet, read_blocks
from nearfield.rank.features.bad_rows import LONGEST_ROW, BadRows, too_long
from nearfield.rank.features.detection import separator_of

if TYPE_CHECKING:
    import polars

BLOCK_BYTES = 1 << 23
BLOCK_ROWS = 1 << 17
NEWLINE = 10
LONGEST_RECORD = 1 << 26


class Frame(NamedTuple):
    """Some rows of a table, where it is from, and a function that says where the i-th stands."""

    table: polars.DataFrame
    where: str
    place: Callable[[int], str]


def memory_frames(table: polars.DataFrame) -> Iterator[Frame]:
    """Yield the rows of a table in memory."""
    yield from _sliced(table.lazy(), len(table), "the table")


def parquet_frames(path: Path) -> Iterator[Frame]:
    """Yield the rows of a Parquet file."""
    import polars

    with open_parquet(path) as rows:
        yield from _sliced(rows, rows.select(polars.len()).collect().item(), str(path))


def _sliced(rows: polars.LazyFrame, n: int, where: str) -> Iterator[Frame]:
    def placed(start: int) -> Callable[[int], str]:
        return lambda i: f"{where}: row {start + i + 1:,}"

    for start in range(0, n, BLOCK_ROWS):
        yield Frame(rows.slice(start, BLOCK_ROWS).collect(), where, placed(start))


def csv_frames(
    path: Path, bad: BadRows, columns: Sequence[str] | None, separator: str | None, encoding: str | None
) -> Iterator[Frame]:
    """Yield the rows of a CSV file, all cells as text; rows of another length than the header row's are bad.

    Cells may be quoted as RFC 4180 has it. Blank lines are no rows.
    """
    blocks = read_blocks([path], BLOCK_BYTES, whole_lines=True, encoding=encoding)
    first_block = next(blocks)
    between = separator_of(path, first_block.data) if separator is None else checked_separator(separator)
    names = None if columns is None else _checked_names(path, list(columns))
    for block in _whole_records(chain([first_block], blocks), between):
        data, line = block.data, block.line
        if names is None:
            first, end = _first_record(block, between)
            names, line, data = _checked_names(path, first), line + data.count(b"\n", 0, end), data[end:]
        table = _regular(data, names, between)
        yield (
            Frame(table, str(path), _by_line(path, line))
            if table is not None
            else _closely(path, data, line, names, between, bad)
        )


def _whole_records(blocks: Iterable[Block], separator: str) -> Iterator[Block]:
    """Join blocks until no quoted cell is cut; leave out what is empty."""
    held: Block | None = None
    for block in blocks:
        held = block if held is None else Block(held.data + block.data, block.path, held.start, held.line, block.last)
        opened = _open_quote(held.data, separator)
        if opened is not None and not held.last and len(held.data) < LONGEST_RECORD:
            continue
        if opened is not None:
            line = held.line + held.data.count(b"\n", 0, opened)
            raise BadInput(f"{held.path}:{line}: a quotation mark opens a cell here, and is not closed")
        if held.data.strip():
            yield held
        held = None


def _open_quote(data: bytes, separator: str) -> int | None:
    """Where a quoted cell begins that is not closed. A mark within a cell that does not begin with one is text."""
    if b'"' not in data:
        return None
    between = re.escape(separator.encode())
    for cell in re.finditer(rb"(?:^|(?<=[\r\n])|(?<=" + between + rb'))"[^"]*(?:""[^"]*)*("?)', data):
        if not cell[1]:
            return cell.start()
    return None


def _regular(data: bytes, names: list[str], separator: str) -> polars.DataFrame | None:
    """Read a text without quotes in which every line is a row of the right length; None for others."""
    import polars

    if any(mark in data for mark in (b'"', b"\r")) or not data:
        return None
    text = np.frombuffer(data if data.endswith(b"\n") else data + b"\n", np.uint8)
    ends = np.flatnonzero(text == NEWLINE)
    before = np.concatenate([[0], np.cumsum(text == ord(separator))[ends]])
    lengths = np.diff(ends, prepend=-1)
    if np.any(np.diff(before) != len(names) - 1) or (len(names) == 1 and np.any(lengths == 1)):
        return None
    if np.any(lengths > LONGEST_ROW):
        return None
    options: dict[str, Any] = {"has_header": False, "infer_schema": False, "new_columns": names, "separator": separator}
    try:
        return polars.read_csv(data, quote_char=None, **options)
    except polars.exceptions.PolarsError:
        return None  # whoever looks closely says what is wrong


def _closely(path: Path, data: bytes, line: int, names: list[str], separator: str, bad: BadRows) -> Frame:
    """Read record by record, and name those with another number of cells, or that no row is as long as."""
    import polars

    records, lines = [], []
    reader, before = csv.reader(io.StringIO(_decoded(path, data, line), newline=""), delimiter=separator), 0
    usual = csv.field_size_limit(LONGEST_RECORD)  # of the whole process; else a long cell would end the reading
    try:
        for record in reader:
            at, before = line + before, reader.line_num
            length = sum(map(len, record))
            if length > LONGEST_ROW:
                bad.add(f"{path}:{at}: {too_long(length, 'characters')}")
            elif len(record) == len(names):
                records.append(record)
                lines.append(at)
            elif record and any(cell.strip() for cell in record):
                bad.add(f"{path}:{at}: has {len(record)} cells; expected {len(names)}")
    except csv.Error as error:
        raise BadInput(f"{path}:{line + before}: {error}") from error
    finally:
        csv.field_size_limit(usual)
    schema = dict.fromkeys(names, polars.String)
    return Frame(polars.DataFrame(records, schema=schema, orient="row"), str(path), lambda i: f"{path}:{lines[i]}")


def _first_record(block: Block, separator: str) -> tuple[list[str], int]:
    """The cells of the first record that is not blank, and the place behind it."""
    text = _decoded(block.path, block.data, block.line)
    lines = io.StringIO(text, newline="")
    for record in csv.reader(iter(lines.readline, ""), delimiter=separator):
        if any(cell.strip() for cell in record):
            return record, len(text[: lines.tell()].encode())
    raise BadInput(f"{block.path}: has no line of names")


def _decoded(path: Path, data: bytes, line: int) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        raise BadInput(
            f"{path}:{at}: is not UTF-8; name its encoding by encoding=, such as gb18030, or convert it"
        ) from error


def _by_line(path: Path, line: int) -> Callable[[int], str]:
    return lambda i: f"{path}:{line + i}"


def checked_separator(separator: str) -> str:
    """Return what stands between cells, `\\t` typed as a TAB; raise `BadInput` where it is no one character."""
    between = "\t" if separator == "\\t" else separator
    if not isinstance(between, str) or len(between.encode()) != 1 or between in '\r\n"':
        raise BadInput(f"separator= is {separator!r}; expected one character, such as ',' or a TAB")
    return between


def _checked_names(path: Path, names: list[str]) -> list[str]:
    names = [name.strip() for name in names]
    times = Counter(names)
    if len(times) < len(names) or "" in times:
        twice = next((name for name in names if name and times[name] > 1), None)
        what = "a column without a name" if twice is None else f"{twice!r} twice"
        index = " (pandas writes its row numbers so; to_csv(…, index=False) leaves them out)" if names[0] == "" else ""
        raise BadInput(
            f"{path}: its first line names {what}; expected a name for each column{index}, or columns=… in Python"
        )
    return names
