"""The two formats of word2vec.c, which gensim, fastText and many others read and write: text and binary.

Both start with a line "number-of-vectors dimensions". Only input rows can be kept.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nearfield.errors import BadInput
from nearfield.formats.keys import CONTROL, SPACES, writable
from nearfield.formats.options import ReadOptions
from nearfield.formats.rows import Collector, read_keyed_rows, write_rows
from nearfield.formats.streams import MAX_DIM, Source, open_to_write
from nearfield.vectors import Vectors

HEADER = re.compile(rb"\s*(\d{1,18})[ \t]+(\d{1,9})\s*")
MAX_HEADER = 64
MAX_KEY = 1 << 16
CHUNK_BYTES = 1 << 22
MAX_TAIL = 64  # bytes of a key behind its first space
NO_VALUE = 1e15  # larger than any that was trained, as its inverse is smaller; other bytes than a number's reach both

Records = tuple[list[bytes], list[bytes]]  # keys and the bytes of their numbers


def read_text(source: Source, options: ReadOptions) -> Vectors:
    """Read "key number … number" lines, as word2vec.c (a space at each line's end) and gensim write them."""
    n, dim = read_header(source)
    return read_keyed_rows(source, options, dim, first_line=2, promised=n)


def write_text(vectors: Vectors, path: Path, *, replace_spaces: str | None = None) -> None:
    """Write text, compressed if the name ends so."""
    keys = writable(vectors.keys, path, SPACES, replace_spaces)
    with open_to_write(path) as file:
        file.write(f"{len(vectors)} {vectors.dim}\n".encode())
        write_rows(file, vectors.input_table, keys, " ")


def read_binary(source: Source, options: ReadOptions) -> Vectors:
    """Read key, space, float32 numbers; with a line end after each vector (word2vec.c) or without (gensim)."""
    path, bad = source.path, options.bad
    n, dim = read_header(source)
    expected = 0 if source.size is None else min(n, source.size // (2 + 4 * dim))
    collector, number = Collector(path, dim, options, "vector", expected), 0
    stop = n if options.limit is None else options.limit
    row_before = b""
    for raw_keys, raw_rows in _records(source, n, dim, options):
        keys, rows, places = [], [], []
        for key, row in zip(raw_keys, raw_rows, strict=True):
            if number == options.limit:
                break
            if number == n:
                bad.add(f"{path}: goes on after the last of {n:,} vectors; the header's count is wrong")
            number += 1
            key = key.lstrip(b"\n")
            if _is_out_of_step(key, row_before):
                raise BadInput(
                    f"{path}: vector {number - 1:,} holds bytes of text: its key has a space, which ends a key in this"
                    " format, or the file is damaged; write the file again without spaces in keys, or as text"
                )
            row_before = row
            if (text := collector.key(key, number)) is not None:
                keys.append(text)
                rows.append(row)
                places.append(number)
        collector.add(keys, np.frombuffer(b"".join(rows), "<f4").reshape(-1, dim), places)
        if collector.done or number == options.limit:
            break
    else:
        if number < min(n, stop):
            bad.add(f"{path}: ends after {number:,} of {n:,} vectors; it is cut short, or the header's count is wrong")
    return collector.vectors()


def write_binary(vectors: Vectors, path: Path, *, replace_spaces: str | None = None) -> None:
    """Write binary as word2vec.c does, with a line end after each vector; compressed if the name ends so."""
    keys = writable(vectors.keys, path, SPACES, replace_spaces)
    with open_to_write(path) as file:
        file.write(f"{len(vectors)} {vectors.dim}\n".encode())
        for start, block in vectors.input_table.blocks():
            rows = block.astype("<f4", copy=False)
            named = zip(keys[start : start + len(rows)], rows, strict=True)
            file.write(b"".join(b"%b %b\n" % (key.encode(), row.tobytes()) for key, row in named))


def read_header(source: Source) -> tuple[int, int]:
    """Return the number of vectors and of dimensions that the first line names."""
    line = source.file.readline(MAX_HEADER)
    match = HEADER.fullmatch(line)
    if not match:
        shown = line[:40].decode(errors="backslashreplace")
        raise BadInput(f"{source.path}:1: {shown!r} is no header; expected the number of vectors and of dimensions")
    n, dim = int(match[1]), int(match[2])
    if not 1 <= dim <= MAX_DIM:
        raise BadInput(
            f"{source.path}:1: the header promises {n:,} vectors of {dim:,} numbers; expected 1 to {MAX_DIM:,} numbers"
        )
    return n, dim


def _is_out_of_step(key: bytes, row_before: bytes) -> bool:
    """Whether a row begins with the rest of its own key, so that its last bytes are the first of the next key.

    The format has no lengths, and gensim writes keys with spaces as they are. It is certain where the row has a value
    that no training gives, and has none from a space within it on.
    """
    end = row_before.find(b" ", 1, MAX_TAIL) + 1  # few rows have one
    while 0 < end <= len(key) and _is_text(row_before[:end]):
        if _is_plausible(row_before[end:] + key[:end]) and not _is_plausible(row_before):
            return True
        end = row_before.find(b" ", end, MAX_TAIL) + 1
    return False


def _is_text(data: bytes) -> bool:
    if CONTROL.search(data):
        return False
    with contextlib.suppress(UnicodeDecodeError):
        return data.isascii() or bool(data.decode())
    return False


def _is_plausible(row: bytes) -> bool:
    sizes = np.abs(np.frombuffer(row, "<f4"))
    return bool(((sizes == 0) | ((sizes > 1 / NO_VALUE) & (sizes < NO_VALUE))).all())


def _records(source: Source, n: int, dim: int, options: ReadOptions) -> Iterator[Records]:
    """Yield the keys, perhaps behind a line end, and the bytes of the vectors, some megabytes at a time."""
    size, data, at, number = 4 * dim, b"", 0, 0
    while True:
        more = source.file.read(CHUNK_BYTES)
        data, at = data[at:] + more, 0
        keys, rows = [], []
        while True:
            end = data.find(b" ", at, at + MAX_KEY)
            start = end + 1
            if end < 0 or len(data) - start < size:
                break
            keys.append(data[at:end])
            at = start + size
            rows.append(data[start:at])
        number += len(keys)
        if keys:
            yield keys, rows
        if not more or (end < 0 and len(data) - at >= MAX_KEY):
            break
    if data[at:].strip(b"\n"):
        options.bad.add(
            f"{source.path}: is damaged or cut short within vector {number + 1:,} of {n:,}"
            if number < n
            else f"{source.path}: goes on after the last of {n:,} vectors; the header's count is wrong"
        )
