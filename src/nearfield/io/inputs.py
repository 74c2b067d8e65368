"""Opening input: files, pipes and standard input, decompressed and in UTF-8 whatever they are stored as."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import shutil
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, cast

from nearfield.errors import BadInput
from nearfield.files import storage_errors
from nearfield.io.encodings import likely_encoding
from nearfield.io.sources import STANDARD_INPUT

# the end of the name → the first bytes; "BZh" alone may begin a plain text
_MAGIC = {".gz": (b"\x1f\x8b",), ".zst": (b"\x28\xb5\x2f\xfd",), ".bz2": (b"BZh", b"1AY&SY")}
COMPRESSIONS = tuple(_MAGIC)
_HEAD = 16
# four bytes of Zstandard may stand for 128 KiB, so small pieces keep what comes of each small
_ZSTD_PIECE = 512
_BUFFER = 1 << 18


def compression(path: Path) -> str | None:
    """Return the compression that the end of a name says: ".gz", ".zst", ".bz2" or None."""
    suffix = path.suffix.lower()
    return suffix if suffix in _MAGIC else None


def ending(path: Path) -> str:
    """Return the end of a name in lower case, before that of a compression: ".csv" of `Clicks.CSV.gz`."""
    return (Path(path.stem).suffix if compression(path) else path.suffix).lower()


def is_regular(path: Path) -> bool:
    """Whether a path is a regular file, which can be read twice; false for pipes, `-`, folders, and what is absent."""
    try:
        return str(path) != STANDARD_INPUT and stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def checked_encoding(encoding: str | None) -> str | None:
    """Return the name of a text encoding as Python knows it, None for UTF-8; raise `BadInput` where it is unknown."""
    try:
        info = codecs.lookup(encoding or "utf-8")
        if not getattr(info, "_is_text_encoding", True) or info.incrementaldecoder is None:
            raise LookupError
    except (LookupError, TypeError, ValueError):
        raise BadInput(
            f"encoding is {encoding!r}; expected one that Python knows, such as utf-8, gb18030, big5 or utf-16"
        ) from None
    return None if info.name in ("utf-8", "utf-8-sig", "ascii") else info.name


@contextmanager
def open_input(path: Path, encoding: str | None = None, errors: str = "strict") -> Iterator[IO[bytes]]:
    """Yield a buffered binary reader of what `path` holds, decompressed and, with an encoding, turned into UTF-8.

    Parameters
    ----------
    path : Path
        A file, a pipe, or `-` for standard input. The first bytes decide whether it is gzip, Zstandard or bzip2.
    encoding : str, optional
        What the text is encoded in where that is not UTF-8; any text encoding of Python.
    errors : {"strict", "replace", "ignore"}
        What becomes of bytes that are none of the encoding's; UTF-8 is passed on as it is.

    Raises
    ------
    BadInput
        There is no such file; the name says another compression than the first bytes; compressed data are cut short or
        damaged, or bytes are none of the encoding's (also while the reader is read); an unknown encoding.
    StorageError
        The operating system refuses.
    """
    if checked_encoding(encoding) is None and is_regular(path):
        with ExitStack() as opened:
            with storage_errors(path):
                file = opened.enter_context(_opened(path))
                kind = _compression_of(path, file.peek(_HEAD)[:_HEAD])
            if kind is None:
                yield file
                return
    yield cast("IO[bytes]", io.BufferedReader(_Chunks(read_chunks(path, _BUFFER, encoding, errors)), _BUFFER))


def read_chunks(path: Path, size: int, encoding: str | None = None, errors: str = "strict") -> Iterator[bytes]:
    """Yield what `open_input` would read, in chunks of about `size` bytes."""
    name = checked_encoding(encoding)
    chunks = _decompressed(path, max(size, _HEAD))
    return chunks if name is None else _transcoded(chunks, path, name, errors)


def read_text_file(path: Path, encoding: str | None = None) -> str:
    """Return a whole text file, such as a list of words: without a byte order mark, every line end a line feed.

    Raises
    ------
    BadInput
        As `open_input`; the file is a folder, holds NUL, or is not UTF-8 and no encoding is given.
    """
    return as_text(path, b"".join(read_chunks(path, _BUFFER, encoding)))


def as_text(path: Path, data: bytes) -> str:
    """Return the text of UTF-8 bytes that were read from `path`, as `read_text_file` does."""
    check_text(path, data, 0)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        likely = likely_encoding(data[max(0, error.start - 100) :][:_BUFFER]) or "such as gb18030"
        raise BadInput(
            f"{path}: is not UTF-8 at byte {error.start}; name its encoding, {likely}, or convert it to UTF-8"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_text(path: Path, data: bytes, start: int) -> None:
    """Raise `BadInput` where `data`, the bytes of a file from `start` on, are no text: UTF-16, or with a NUL."""
    if start == 0 and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"{path}: is UTF-16 by its first bytes; name its encoding, utf-16, or convert it to UTF-8")
    if (at := data.find(b"\0")) >= 0:
        likely = likely_encoding(data[start % 2 :][:_BUFFER])
        kind = f"it looks like {likely}: name its encoding" if likely else "it is no text file; expected UTF-8 text"
        raise BadInput(f"{path}: holds a NUL byte (byte {start + at}): {kind}")


@contextmanager
def plain_file(path: Path, encoding: str | None = None) -> Iterator[Path]:
    """Yield the path of an uncompressed file on disk with what `path` holds, for engines that open files themselves.

    It has no byte order mark, which some engines take for a part of the first value. It is `path` where that is such a
    file already; else a temporary file under `$TMPDIR`, which is complete before it is yielded: compressed data that
    are cut short raise `BadInput` and are never taken for whole.
    """
    with open_input(path, encoding) as source:
        stored = isinstance(source, io.BufferedReader) and isinstance(source.raw, io.FileIO)
        if cast("io.BufferedReader", source).peek(len(codecs.BOM_UTF8)).startswith(codecs.BOM_UTF8):
            stored = not source.read(len(codecs.BOM_UTF8))
        with nullcontext(path) if stored else copied_file(source, ending(path)) as plain:
            yield plain


@contextmanager
def copied_file(source: IO[bytes], suffix: str) -> Iterator[Path]:
    """Yield the path of a temporary file with what is left in `source`; its name ends in `suffix`."""
    with ExitStack() as opened:
        with storage_errors(f"{tempfile.gettempdir()} (set TMPDIR to use another disk)"):
            copy = opened.enter_context(tempfile.NamedTemporaryFile(prefix="nearfield-", suffix=suffix))
            shutil.copyfileobj(source, copy, _BUFFER)
            copy.flush()
        yield Path(copy.name)


class _Chunks(io.RawIOBase):
    """Chunks of bytes as a raw stream."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        n = min(len(buffer), len(self._rest))
        buffer[:n], self._rest = self._rest[:n], self._rest[n:]
        return n


def _decompressed(path: Path, size: int) -> Iterator[bytes]:
    with storage_errors(path), _opened(path) as file:
        kind = _compression_of(path, file.peek(_HEAD)[:_HEAD])
        with _damage_named(path, kind):
            if kind == ".zst":
                yield from _zstd_chunks(file, size)
                return
            plain = gzip.GzipFile(fileobj=file) if kind == ".gz" else bz2.BZ2File(file) if kind == ".bz2" else file
            while chunk := plain.read(size):
                yield chunk


def _transcoded(chunks: Iterator[bytes], path: Path, encoding: str, errors: str) -> Iterator[bytes]:
    """Yield text of another encoding as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    start = 0
    last = False
    while not last:
        chunk = next(chunks, None)
        last = chunk is None
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk or b"", last)
        except UnicodeDecodeError as error:
            raise BadInput(
                f"{path}: is not {encoding} at byte {start - held + error.start}; name the encoding that it is in"
            ) from error
        except UnicodeError as error:  # UTF-16 without a byte order mark
            raise BadInput(f"{path}: is not {encoding}: {error}; name the encoding that it is in") from error
        start += len(chunk or b"")
        if text:
            yield text.encode("utf-8", "replace")  # half of a surrogate pair, which some decoders let pass


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader]:
    if str(path) != STANDARD_INPUT:
        if not path.exists():
            raise BadInput(f"{path}: no such file")
        if path.is_dir():
            raise BadInput(f"{path}: is a folder; expected a file")
        with path.open("rb") as file:
            yield file
        return
    if sys.stdin is None or sys.stdin.isatty():
        raise BadInput("standard input is a terminal; expected data from a pipe or a file (nearfield … - < FILE)")
    source: Any = sys.stdin.buffer
    buffered = io.BufferedReader(source)
    try:
        yield buffered
    finally:
        buffered.detach()  # standard input stays open


def _compression_of(path: Path, head: bytes) -> str | None:
    """Return the compression that the first bytes say, or raise `BadInput` where the name says another."""
    named = compression(path)
    begun = next((kind for kind in _MAGIC if _begins(head, kind)), None)
    if named is None or begun == named:
        return begun
    content = f"compressed as {begun}" if begun else "not compressed so" if head else "empty"
    raise BadInput(f"{path}: the name ends in {named} but the file is {content}; rename it or get it again")


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


def _zstd_chunks(file: IO[bytes], size: int) -> Iterator[bytes]:
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
