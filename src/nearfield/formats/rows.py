"""Lines of text with a key and numbers, or with numbers alone, turned into rows quickly."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np

from nearfield.errors import BadInput
from nearfield.formats.keys import first_places
from nearfield.formats.options import BadVectors, ReadOptions
from nearfield.formats.streams import Source, line_blocks
from nearfield.io import is_number
from nearfield.tables import Table
from nearfield.vectors import Vectors

LARGEST = float(np.finfo(np.float32).max)
GROWTH = 1.25
FEW_LINES = 32  # read one by one where one of them is bad


class Collector:
    """The keys and rows of a file, as they are read: those that the options want.

    Rows lie in one array that grows in place, so that memory is taken for what a file holds, not for what it promises.

    Parameters
    ----------
    path : Path
    dim : int
    options : ReadOptions
    unit : str
        What the place of a vector is called in messages: "line", "vector" or "row".
    expected : int
        How many vectors there will be, where that is certain.

    Attributes
    ----------
    places : list of int
        Where in the file each vector stands.
    """

    def __init__(self, path: Path, dim: int, options: ReadOptions, unit: str, expected: int = 0) -> None:
        self._path, self._dim, self._options, self._unit = path, dim, options, unit
        self._keys: list[str] = []
        self.places: list[int] = []
        self._rows = np.empty((options.most(expected), dim), np.float32)
        self._raw = None if options.wanted is None else {key.encode(errors="surrogatepass") for key in options.wanted}
        if self._raw is not None and (options.encoding or options.errors != "strict"):
            self._raw = None  # keys have to be read to be compared
        self._missing = None if options.wanted is None else set(options.wanted)

    @property
    def done(self) -> bool:
        """Whether all keys that are wanted have come."""
        return self._missing is not None and not self._missing

    def key(self, raw: bytes, place: int) -> str | None:
        """Return a key as text; None where it is not wanted, or cannot be read and is passed over."""
        if self._raw is not None and raw not in self._raw:
            return None
        if not raw:
            self._options.bad.add(f"{self._at(place)}: there is no key; expected one before its {self._dim} numbers")
            return None
        if self._unit == "line" and b"\r" in raw:
            self._options.bad.add(
                f"{self._at(place)}: key {raw[:40]!r} holds a carriage return; expected one kind of line ends in a file"
            )
            return None
        try:
            key = self._options.decoded(raw)
        except UnicodeDecodeError as error:
            encoding = self._options.key_encoding
            if self._options.on_bad == "refuse":
                raise BadInput(
                    f"{self._at(place)}: key {raw[:40]!r} is not {encoding}; pass over its bytes with"
                    ' errors="replace" or "ignore" (--errors), or name another encoding (--encoding)'
                ) from error
            self._options.bad.add(f"{self._at(place)}: key {raw[:40]!r} is not {encoding}")
            return None
        if not key:
            self._options.bad.add(f"{self._at(place)}: nothing is left of key {raw[:40]!r}")
            return None
        if self._missing is not None:
            if self._options.wanted is not None and key not in self._options.wanted:
                return None
            self._missing.discard(key)
        return key

    def add(self, keys: Sequence[str], rows: np.ndarray, places: Sequence[int]) -> None:
        """Append rows, float32, shape (k, dim)."""
        n = len(self._keys)
        if n + len(keys) > len(self._rows):
            self._resize(max(n + len(keys), int(len(self._rows) * GROWTH)))
        self._rows[n : n + len(keys)] = rows
        self._keys += keys
        self.places += places

    def vectors(self) -> Vectors:
        """Return what was collected: each key once, every value a finite number."""
        self._resize(len(self._keys))
        keys, rows = self._keys, self._rows
        kept = checked_rows(self._path, keys, rows, self.places, self._unit, self._options.bad)
        if kept is not None:
            keys, rows = [keys[i] for i in kept], rows[kept]
            self.places = [self.places[i] for i in kept]
        check_wanted(self._path, keys, self._options)
        return Vectors(keys, rows)

    def _resize(self, n: int) -> None:
        self._rows.resize((n, self._dim), refcheck=False)

    def _at(self, place: int) -> str:
        return f"{self._path}:{place}" if self._unit == "line" else f"{self._path}: {self._unit} {place:,}"


def check_wanted(path: Path, keys: Sequence[str], options: ReadOptions) -> None:
    """Raise `BadInput` where a file has none of the keys that are wanted."""
    if options.wanted is not None and not keys:
        among = "" if options.limit is None else f" among its first {options.limit:,} vectors"
        raise BadInput(
            f"{path}: has none of the {len(options.wanted):,} keys that are wanted{among}, such as"
            f" {next(iter(options.wanted))!r}"
        )


def checked_rows(
    path: Path, keys: Sequence[str], rows: np.ndarray, places: Sequence[int], unit: str, bad: BadVectors
) -> np.ndarray | None:
    """Return which vectors can be kept, int64: with finite numbers and a key that came not before; None for all.

    What is wrong with the others is told to `bad`.
    """
    wrong: list[int] = []
    finite = np.isfinite(rows).all(axis=1) if rows.dtype.kind == "f" and rows.ndim == 2 else np.ones(len(rows), bool)
    for i in np.flatnonzero(~finite).tolist():
        bad.add(f"{path}: {unit} {places[i]:,} (key {keys[i]!r}) holds a value that is no finite number")
        wrong.append(i)
    if len(set(keys)) < len(keys):
        for i, first in enumerate(first_places(keys)):
            if first != i and finite[i]:
                bad.add(f"{path}: key {keys[i]!r} is on {unit} {places[first]:,} and again on {unit} {places[i]:,}")
                wrong.append(i)
    return np.setdiff1d(np.arange(len(keys)), wrong) if wrong else None


def read_keyed_rows(
    source: Source, options: ReadOptions, dim: int, first_line: int, promised: int | None = None
) -> Vectors:
    """Read lines "key number … number", separated by single spaces; the first is line `first_line`.

    Raises
    ------
    BadInput
        Unless faults are passed over: more or fewer lines than `promised`; a line with another number of values, a
        value that is no finite number, no key, or a key that is not UTF-8; naming the line.
    """
    path, bad = source.path, options.bad
    expected = 0 if promised is None or source.size is None else min(promised, source.size // (1 + 2 * dim))
    collector, read, limit = Collector(path, dim, options, "line", expected), 0, options.limit
    for lines in line_blocks(path, source.file):
        if promised is not None and read <= promised < read + len(lines) and (limit is None or limit > promised):
            line = first_line + promised
            bad.add(f"{path}:{line}: a line after the last of {promised:,} vectors; the header's count is wrong")
        lines = lines if limit is None else lines[: limit - read]
        _collect(path, lines, first_line + read, dim, bad, collector)
        read += len(lines)
        if collector.done or read == limit:
            break
    else:
        if promised is not None and read < promised:
            bad.add(
                f"{path}: ends after {read:,} of {promised:,} vectors; it is cut short, or the header's count is wrong"
            )
    return collector.vectors()


def _collect(path: Path, lines: list[bytes], first_line: int, dim: int, bad: BadVectors, collector: Collector) -> None:
    """Add the vectors of some lines."""
    keys: list[str] = []
    values: list[bytes] = []
    places: list[int] = []
    for number, line in enumerate(lines, first_line):
        line = line.rstrip(b" \r")  # word2vec.c ends each line with a space
        key, _, rest = line.partition(b" ")
        if rest.count(b" ") != dim - 1:
            fault, key, rest = _split_at_dim(line, dim)
            if fault:
                bad.add(f"{path}:{number}: {fault}; expected {dim}")
                continue
        if (text := collector.key(key, number)) is not None:
            keys.append(text)
            values.append(rest)
            places.append(number)
    rows, kept = parse_rows(path, values, places, dim, b" ", bad)
    if len(kept) < len(keys):
        keys, places = [keys[i] for i in kept], [places[i] for i in kept]
    collector.add(keys, rows, places)


def _split_at_dim(line: bytes, dim: int) -> tuple[str, bytes, bytes]:
    """Split a line whose key holds spaces, as some of GloVe's do (". . ."); one number too many is no part of a key.

    Returns what is wrong with it, the key and the text of its numbers.
    """
    parts = line.rsplit(b" ", dim)
    key = parts[0]
    if len(parts) != dim + 1 or is_number(key.rpartition(b" ")[2]):
        return f"{len(line.split(b' ')) - 1} values behind the key", b"", b""
    return "", key, line[len(key) + 1 :]


def parse_rows(
    path: Path, lines: list[bytes], places: Sequence[int], dim: int, separator: bytes, bad: BadVectors
) -> tuple[np.ndarray, Sequence[int]]:
    """Parse lines of `dim` numbers each.

    Returns
    -------
    rows : ndarray of float32, shape (k, dim)
    kept : sequence of k int
        Which of the lines they are: those that could be read.
    """
    if not lines:
        return np.empty((0, dim), np.float32), []
    room = min(map(len, lines)) >= 2 * dim - 1  # else no table of so many columns need be made
    rows = _parse_quickly(lines, dim, separator) if room else None
    if rows is not None and np.isfinite(rows).all():
        return rows, range(len(lines))
    if len(lines) > FEW_LINES:
        half = len(lines) // 2
        first, kept = parse_rows(path, lines[:half], places[:half], dim, separator, bad)
        second, also = parse_rows(path, lines[half:], places[half:], dim, separator, bad)
        return np.concatenate([first, second]), [*kept, *(half + i for i in also)]
    parsed = [_parse_line(path, line, place, separator, bad) for line, place in zip(lines, places, strict=True)]
    kept = [i for i, row in enumerate(parsed) if row is not None]
    return np.array([parsed[i] for i in kept], np.float32).reshape(-1, dim), kept


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


def _parse_line(path: Path, line: bytes, place: int, separator: bytes, bad: BadVectors) -> np.ndarray | None:
    values = line.split(separator)
    for value in values:
        if not is_number(value) or not abs(float(value)) <= LARGEST:
            bad.add(
                f"{path}:{place}: {value[:40].decode(errors='backslashreplace')!r} is no number that float32 can hold"
            )
            return None
    return np.array(values, np.float32)


def natural_dim(line: bytes) -> int:
    """Return how many numbers a line ends in, behind a key of one field or more."""
    fields = line.rstrip(b" \r").split(b" ")
    dim = 0
    while dim < len(fields) - 1 and is_number(fields[-1 - dim]):
        dim += 1
    return dim


def write_rows(file: IO[bytes], table: Table, keys: list[str] | None, separator: str) -> None:
    """Write a line for each row: its key, if there are keys, and its numbers, in as many digits as float32 needs."""
    import polars as pl

    for start, block in table.blocks():
        frame = pl.from_numpy(np.ascontiguousarray(block))
        if keys is not None:
            frame.insert_column(0, pl.Series("key", keys[start : start + len(block)], pl.String))
        text = io.BytesIO()
        frame.write_csv(text, separator=separator, include_header=False, quote_style="never")
        file.write(text.getbuffer())
