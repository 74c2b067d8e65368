"""Vector files as streams of bytes, plain or gzip, and what may be believed of their size."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from nearfield.errors import BadInput
from nearfield.files import atomic_file, storage_errors

GZIP_MAGIC = b"\x1f\x8b"
DEFLATE_RATIO = 1_032  # one compressed byte never holds more
BLOCK_BYTES = 1 << 23
MAX_LINE = 1 << 26


@contextmanager
def open_to_read(path: Path) -> Iterator[BinaryIO]:
    """Yield the bytes of a file, decompressed if it is gzip; damaged compression raises `BadInput`."""
    with storage_errors(path):
        opener = gzip.open if is_gzip(path) else open
    with cast(BinaryIO, opener(path, "rb")) as file:
        try:
            yield file
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BadInput(f"{path}: the gzip data are damaged or cut short ({error})") from error


@contextmanager
def open_to_write(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the place of `path` at the end; compressed if `path` ends in .gz."""
    with atomic_file(path) as temporary, temporary.open("wb") as raw:
        if path.suffix != ".gz":
            yield raw
            return
        # no name and no time inside: the same vectors give the same bytes
        with gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as file:
            yield cast(BinaryIO, file)


def is_gzip(path: Path) -> bool:
    """Whether a file starts as gzip does."""
    with path.open("rb") as file:
        return file.read(len(GZIP_MAGIC)) == GZIP_MAGIC


def capacity(path: Path) -> int:
    """Return how many bytes the file can hold at most, decompressed."""
    return path.stat().st_size * (DEFLATE_RATIO if is_gzip(path) else 1)


def check_promise(path: Path, n: int, dim: int, row_bytes: int) -> None:
    """Raise `BadInput` if the file cannot hold the n vectors of dim numbers that its header promises.

    `row_bytes` is the least that one of them takes.
    """
    if dim < 1:
        raise BadInput(f"{path}:1: the header promises vectors of {dim} numbers; expected at least 1")
    if n * row_bytes > capacity(path):
        raise BadInput(
            f"{path}:1: the header promises {n:,} vectors of {dim:,} numbers, at least {n * row_bytes:,} bytes, but the"
            f" file can hold {capacity(path):,}; it is cut short or damaged"
        )


def line_blocks(path: Path, file: BinaryIO) -> Iterator[list[bytes]]:
    """Yield the lines that are left in `file`, without their ends, some megabytes at a time."""
    while block := file.read(BLOCK_BYTES):
        if not block.endswith(b"\n"):
            block += file.readline(MAX_LINE)
            if len(block) > MAX_LINE and not block.endswith(b"\n"):
                raise BadInput(f"{path}: a line is longer than {MAX_LINE:,} bytes; this is no text with vectors")
        yield block.removesuffix(b"\n").split(b"\n")
