"""The bytes of a file, decompressed by its name once its first bytes agree."""

from __future__ import annotations

import bz2
import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.files import storage_errors
from nearfield.text.sources import STANDARD_INPUT

# the end of the name → the first bytes; "BZh" alone may begin a plain text
_MAGIC = {".gz": (b"\x1f\x8b",), ".zst": (b"\x28\xb5\x2f\xfd",), ".bz2": (b"BZh", b"1AY&SY")}
_HEAD = 16
# four bytes of Zstandard may stand for 128 KiB, so small pieces keep what comes of each small
_ZSTD_PIECE = 512


def read_chunks(path: Path, size: int) -> Iterator[bytes]:
    """Yield the decompressed bytes of `path` (`-`: standard input) in chunks of about `size` bytes.

    Raises
    ------
    BadInput
        The first bytes and the name disagree on the compression, or compressed data are cut short or damaged.
    StorageError
        The file cannot be opened or read.
    """
    size = max(size, _HEAD)
    with storage_errors(path), _opened(path) as file:
        kind = _compression(path, file.peek(_HEAD)[:_HEAD])
        with _damage_named(path, kind):
            if kind == ".zst":
                yield from _zstd_chunks(file, size)
                return
            plain = gzip.GzipFile(fileobj=file) if kind == ".gz" else bz2.BZ2File(file) if kind == ".bz2" else file
            while chunk := plain.read(size):
                yield chunk


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    if str(path) != STANDARD_INPUT:
        with path.open("rb") as file:
            yield file
        return
    if sys.stdin is None or sys.stdin.isatty():
        raise BadInput("standard input is a terminal; expected text from a pipe or a file (nearfield … - < corpus.txt)")
    source: Any = sys.stdin.buffer
    buffered = BufferedReader(source)
    try:
        yield buffered
    finally:
        buffered.detach()  # standard input stays open


def _compression(path: Path, head: bytes) -> str | None:
    """Return the compression that both the name and the first bytes tell, or raise `BadInput` where they differ."""
    named = path.suffix.lower() if path.suffix.lower() in _MAGIC else None
    found = next((kind for kind in _MAGIC if _begins(head, kind)), None)
    if found == named:
        return named
    if str(path) == STANDARD_INPUT:
        raise BadInput(f"standard input is compressed ({found}) by its first bytes; decompress it in the pipe")
    if named is None:
        raise BadInput(f"{path}: is compressed ({found}) by its first bytes; rename it to {path.name}{found}")
    is_what = f"compressed as {found}" if found else "not compressed so" if head else "empty"
    raise BadInput(f"{path}: the name ends in {named} but the file is {is_what}; rename it or get it again")


def _begins(head: bytes, kind: str) -> bool:
    start, *later = _MAGIC[kind]
    return head.startswith(start) and all(head[4:].startswith(part) for part in later)


@contextmanager
def _damage_named(path: Path, kind: str | None) -> Iterator[None]:
    import zstandard

    try:
        yield
    except EOFError as error:
        raise BadInput(f"{path}: is cut short (the {kind} data have no end); get the file again") from error
    except (zlib.error, zstandard.ZstdError) as error:
        raise BadInput(f"{path}: the {kind} data are damaged ({error}); get the file again") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise BadInput(f"{path}: the {kind} data are damaged ({error}); get the file again") from error


def _zstd_chunks(file: BufferedReader, size: int) -> Iterator[bytes]:
    import zstandard

    chunk, frame = bytearray(), None
    while piece := file.read(_ZSTD_PIECE):
        while piece:
            frame = frame or zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()
            chunk += frame.decompress(piece)
            piece = frame.unused_data
            frame = None if frame.eof else frame
        if len(chunk) >= size:
            yield bytes(chunk)
            chunk.clear()
    if frame is not None:
        raise EOFError
    if chunk:
        yield bytes(chunk)
