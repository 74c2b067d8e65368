"""The two formats of word2vec.c, which gensim, fastText and many others read and write: text and binary.

Both start with a line "number-of-vectors dimensions". Only input rows can be kept.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nearfield.errors import BadInput
from nearfield.formats.keys import SPACES, check_unique, writable
from nearfield.formats.rows import decoded, read_keyed_rows, write_rows
from nearfield.formats.streams import check_promise, open_to_read, open_to_write
from nearfield.vectors import Vectors

HEADER = re.compile(rb"\s*(\d{1,18})[ \t]+(\d{1,9})\s*")
MAX_HEADER = 64
MAX_KEY = 1 << 16
CHUNK_BYTES = 1 << 22


def read_text(path: Path, *, mmap: bool = True) -> Vectors:
    """Read "key number … number" lines, as word2vec.c (a space at each line's end) and gensim write them."""
    with open_to_read(path) as file:
        n, dim = read_header(path, file.readline(MAX_HEADER))
        check_promise(path, n, dim, 1 + 2 * dim)
        keys, rows = read_keyed_rows(path, file, n, dim, first_line=2)
    check_unique(keys, path, "line", 2)
    return Vectors(keys, rows)


def write_text(vectors: Vectors, path: Path, *, replace_spaces: str | None = None) -> None:
    """Write text; compressed if `path` ends in .gz."""
    keys = writable(vectors.keys, path, SPACES, replace_spaces)
    with open_to_write(path) as file:
        file.write(f"{len(vectors)} {vectors.dim}\n".encode())
        write_rows(file, vectors.input_table, keys, " ")


def read_binary(path: Path, *, mmap: bool = True) -> Vectors:
    """Read key, space, float32 numbers; with a line end after each vector (word2vec.c) or without (gensim)."""
    with open_to_read(path) as file:
        n, dim = read_header(path, file.readline(MAX_HEADER))
        check_promise(path, n, dim, 2 + 4 * dim)
        rows = np.empty((n, dim), np.float32)
        keys = _read_records(path, file, rows)
    if not np.isfinite(rows).all():
        row = int(np.argmin(np.isfinite(rows).all(axis=1)))
        raise BadInput(f"{path}: vector {row + 1:,} (key {keys[row]!r}) holds a value that is no finite number")
    check_unique(keys, path, "vector", 1)
    return Vectors(keys, rows)


def write_binary(vectors: Vectors, path: Path, *, replace_spaces: str | None = None) -> None:
    """Write binary as word2vec.c does, with a line end after each vector; compressed if `path` ends in .gz."""
    keys = writable(vectors.keys, path, SPACES, replace_spaces)
    with open_to_write(path) as file:
        file.write(f"{len(vectors)} {vectors.dim}\n".encode())
        for start, block in vectors.input_table.blocks():
            rows = block.astype("<f4", copy=False)
            named = zip(keys[start : start + len(rows)], rows, strict=True)
            file.write(b"".join(b"%b %b\n" % (key.encode(), row.tobytes()) for key, row in named))


def read_header(path: Path, line: bytes) -> tuple[int, int]:
    """Return the number of vectors and of dimensions that the first line names."""
    match = HEADER.fullmatch(line)
    if not match:
        shown = line[:40].decode(errors="backslashreplace")
        raise BadInput(f"{path}:1: {shown!r} is no header; expected the number of vectors and of dimensions")
    return int(match[1]), int(match[2])


def _read_records(path: Path, file: BinaryIO, rows: np.ndarray) -> list[str]:
    """Fill `rows` with the vectors that follow in `file`, and return their keys."""
    n, dim = rows.shape
    keys: list[str] = []
    data, at = b"", 0
    least = MAX_KEY + 4 * dim  # what is looked at for one vector, if the file has as much
    for i in range(n):
        if len(data) - at < least:
            data, at = data[at:] + file.read(max(CHUNK_BYTES, least)), 0
        end = data.find(b" ", at, at + MAX_KEY)
        start = end + 1
        if end < 0 or len(data) - start < 4 * dim:
            raise BadInput(f"{path}: ends or is damaged within vector {i + 1:,} of {n:,}")
        key = data[at:end].lstrip(b"\n")
        if not key:
            raise BadInput(f"{path}: vector {i + 1:,} has no key; the file is damaged")
        keys.append(decoded(path, key, i + 1, " vector "))
        at = start + 4 * dim
        rows[i] = np.frombuffer(data, "<f4", dim, start)
    if (data[at:] + file.read(MAX_HEADER)).strip(b"\n"):
        raise BadInput(f"{path}: goes on after the last of {n:,} vectors; the header's count is wrong")
    return keys
