"""Vector files as streams of bytes: opened once, so that a pipe can be read, and written compressed."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from nearfield.errors import BadInput
from nearfield.files import atomic_file
from nearfield.io import compression, copied_file, ending, open_input

HEAD_BYTES = 1 << 16
BLOCK_BYTES = 1 << 23
MAX_LINE = 1 << 26
MAX_DIM = 1 << 24


@dataclass(frozen=True)
class Source:
    """A file of vectors that was opened.

    Attributes
    ----------
    path : Path
        What messages call it.
    file : binary file
        Decompressed, from the first byte on, behind a byte order mark.
    head : bytes
        What `file` begins with: at least its first line.
    size : int or None
        The bytes of a regular file that is not compressed.
    """

    path: Path
    file: IO[bytes]
    head: bytes
    size: int | None

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """Yield an uncompressed file on disk with the content: itself, or a temporary copy."""
        with nullcontext(self.path) if self.size is not None else copied_file(self.file, ending(self.path)) as path:
            yield path


@contextmanager
def open_source(path: Path, encoding: str | None = None) -> Iterator[Source]:
    """Open a file, a pipe or `-`, decompressed; with an encoding turned into UTF-8."""
    with open_input(path, encoding) as file:
        head = file.read(HEAD_BYTES)
        if b"\n" not in head:
            head += file.readline(MAX_LINE)
        mark = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
        head = head[mark:]
        old_ends = b"\r" in head and b"\n" not in head and b"\0" not in head
        if file.seekable() and not old_ends:
            file.seek(mark)
            yield Source(path, file, head, path.stat().st_size)
        else:
            rejoined = io.BufferedReader(_Rejoined(head, file, old_ends=old_ends), HEAD_BYTES)
            yield Source(path, cast("IO[bytes]", rejoined), _line_feeds(head) if old_ends else head, None)


def _line_feeds(data: bytes) -> bytes:
    """Return text in whose lines a carriage return was the end."""
    return data.replace(b"\r", b"\n")


class _Rejoined(io.RawIOBase):
    """What was read of a file, and then the rest; `old_ends`: a carriage return ends a line, as on old Macs."""

    def __init__(self, head: bytes, file: IO[bytes], *, old_ends: bool) -> None:
        self._head, self._file, self._old_ends = memoryview(head), file, old_ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._head:
            n = cast(Any, self._file).readinto(buffer)
        else:
            n = min(len(buffer), len(self._head))
            buffer[:n], self._head = self._head[:n], self._head[n:]
        if self._old_ends:
            buffer[:n] = _line_feeds(bytes(buffer[:n]))
        return n


@contextmanager
def open_to_write(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the place of `path` at the end; compressed if its name ends in .gz, .zst or .bz2."""
    with atomic_file(path) as temporary, temporary.open("wb") as raw, _compressing(compression(path), raw) as file:
        yield file


def _compressing(kind: str | None, raw: BinaryIO) -> Any:
    if kind == ".gz":  # no name and no time inside: the same vectors give the same bytes
        return gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0)
    if kind == ".bz2":
        return bz2.BZ2File(raw, "wb")
    if kind == ".zst":
        import zstandard

        return zstandard.ZstdCompressor().stream_writer(raw, closefd=False)
    return nullcontext(raw)


def line_blocks(path: Path, file: IO[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines that are left in `file`, without their ends, some megabytes at a time; blank last ones are not.

    A carriage return before a line feed is part of the line end.
    """
    blank: list[bytes] = []
    while block := file.read(BLOCK_BYTES):
        if not block.endswith(b"\n"):
            block += file.readline(MAX_LINE)
            if len(block) > MAX_LINE and not block.endswith(b"\n"):
                raise BadInput(f"{path}: a line is longer than {MAX_LINE:,} bytes; this is no text with vectors")
        lines = blank + block.removesuffix(b"\n").split(b"\n")
        end = len(lines)
        while end and not lines[end - 1].strip(b" \r"):
            end -= 1
        blank = lines[end:]
        if end:
            yield lines[:end]
