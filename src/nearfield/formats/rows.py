"""Lines of text with a key and numbers, or with numbers alone, turned into rows quickly."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nearfield.errors import BadInput
from nearfield.formats.streams import line_blocks, open_to_read
from nearfield.tables import Table

HARMLESS_BYTES = 1 << 20  # up to here a table may be made in vain, and the line that is wrong be named
LARGEST = float(np.finfo(np.float32).max)


def measure(path: Path, separator: bytes) -> tuple[int, int]:
    """Return the number of lines and of columns on the first line of a file without a header.

    Raises
    ------
    BadInput
        All lines together cannot hold so many columns, so that a table of that size must not be made.
    """
    n = size = columns = 0
    with open_to_read(path) as file:
        for lines in line_blocks(path, file):
            columns = columns or lines[0].rstrip(b" \r").count(separator) + 1
            n += len(lines)
            size += sum(map(len, lines))
    if n * (2 * columns - 1) > size + HARMLESS_BYTES:
        raise BadInput(f"{path}: {n:,} lines have too few bytes for the {columns:,} columns that the first one has")
    return n, columns


def read_keyed_rows(path: Path, file: BinaryIO, n: int, dim: int, first_line: int) -> tuple[list[str], np.ndarray]:
    """Read n lines "key number … number", separated by single spaces, from `file`, which stands at `first_line`.

    Returns
    -------
    keys : list of n str
    rows : ndarray of float32, shape (n, dim)

    Raises
    ------
    BadInput
        More or fewer lines; a line with another number of values, a value that is no finite number, no key, or a key
        that is not UTF-8; naming the line.
    """
    keys: list[str] = []
    rows = np.empty((n, dim), np.float32)
    for lines in line_blocks(path, file):
        line = first_line + len(keys)
        found, values = split_keys(path, lines[: n - len(keys)], dim, line)
        rows[len(keys) : len(keys) + len(found)] = parse_rows(path, values, dim, line, b" ")
        keys += found
        if len(found) < len(lines):
            raise BadInput(
                f"{path}:{first_line + n}: a line after the last of {n:,} vectors; the header's count is wrong"
            )
    if len(keys) < n:
        raise BadInput(f"{path}: ends after {len(keys):,} of {n:,} vectors; the file is cut short")
    return keys, rows


def split_keys(path: Path, lines: list[bytes], dim: int, first_line: int) -> tuple[list[str], list[bytes]]:
    """Split lines into their keys and the text of their numbers."""
    keys, values = [], []
    for number, line in enumerate(lines, first_line):
        line = line.rstrip(b" \r")  # word2vec.c ends each line with a space
        key, _, rest = line.partition(b" ")
        if rest.count(b" ") != dim - 1:
            key, rest = _split_at_dim(path, line, dim, number)
        if not key:
            raise BadInput(f"{path}:{number}: the line has no key; expected a key, a space and {dim} numbers")
        keys.append(decoded(path, key, number))
        values.append(rest)
    return keys, values


def _split_at_dim(path: Path, line: bytes, dim: int, number: int) -> tuple[bytes, bytes]:
    """Split a line whose key holds spaces, as some of GloVe's do (". . ."); one number too many is no part of a key."""
    parts = line.rsplit(b" ", dim)
    key = parts[0]
    if len(parts) != dim + 1 or _is_number(key.rpartition(b" ")[2]):
        found = len(line.split(b" ")) - 1
        raise BadInput(f"{path}:{number}: {found} values behind the key; expected {dim}")
    return key, line[len(key) + 1 :]


def parse_rows(path: Path, lines: list[bytes], dim: int, first_line: int, separator: bytes) -> np.ndarray:
    """Parse lines of `dim` numbers each into float32, shape (len(lines), dim); the first is line `first_line`."""
    for number, line in enumerate(lines, first_line):
        if line.count(separator) != dim - 1:
            raise BadInput(f"{path}:{number}: {line.count(separator) + 1} values; expected {dim}")
    rows = _parse_quickly(lines, dim, separator) if lines else np.empty((0, dim), np.float32)
    if rows is None or not np.isfinite(rows).all():
        return np.stack([_parse_line(path, line, number, separator) for number, line in enumerate(lines, first_line)])
    return rows


def _parse_quickly(lines: list[bytes], dim: int, separator: bytes) -> np.ndarray | None:
    """Parse with Polars, four times as fast as NumPy; None where there is anything that it cannot read."""
    import polars as pl

    columns = {str(i): pl.Float32 for i in range(dim)}
    try:
        frame = pl.read_csv(
            b"\n".join(lines), separator=separator.decode(), has_header=False, quote_char=None, schema=columns
        )
    except pl.exceptions.PolarsError:
        return None
    if len(frame) != len(lines) or any(frame.null_count().row(0)):
        return None
    return frame.to_numpy()


def _parse_line(path: Path, line: bytes, number: int, separator: bytes) -> np.ndarray:
    values = line.split(separator)
    for value in values:
        if not _is_number(value) or not abs(float(value)) <= LARGEST:
            shown = value[:40].decode(errors="backslashreplace")
            raise BadInput(f"{path}:{number}: {shown!r} is no number that float32 can hold")
    return np.array(values, np.float32)


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def decoded(path: Path, key: bytes, number: int, unit: str = "") -> str:
    """Return a key as text, or raise `BadInput` with its line, or with its number in another unit."""
    try:
        return key.decode()
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path}:{unit}{number}: key {key[:40]!r} is not UTF-8; convert the file to UTF-8 first"
        ) from error


def write_rows(file: BinaryIO, table: Table, keys: list[str] | None, separator: str) -> None:
    """Write a line for each row: its key, if there are keys, and its numbers, in as many digits as float32 needs."""
    import polars as pl

    for start, block in table.blocks():
        frame = pl.from_numpy(np.ascontiguousarray(block))
        if keys is not None:
            frame.insert_column(0, pl.Series("key", keys[start : start + len(block)], pl.String))
        text = io.BytesIO()
        frame.write_csv(text, separator=separator, include_header=False, quote_style="never")
        file.write(text.getbuffer())
