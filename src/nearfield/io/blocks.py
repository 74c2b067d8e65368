"""Text in blocks of about equal size that end between words, so that each can be worked on alone."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.io.inputs import check_text, read_chunks

LONGEST_WORD = 64 << 20
_BLANKS = (b"\n", b" ", b"\t", b"\r")


@dataclass(frozen=True)
class Block:
    """A piece of a file: its bytes, where they begin (from 0), on which line (from 1), and whether it is the last."""

    data: bytes
    path: Path
    start: int
    line: int
    last: bool

    def where(self, at: int) -> str:
        """Return file, line and byte of `data[at]` for a message."""
        line = self.line + self.data.count(b"\n", 0, at)
        return f"{self.path}:{line} (byte {self.start + at})"


def read_blocks(
    files: Iterable[Path],
    size: int,
    *,
    whole_lines: bool = False,
    encoding: str | None = None,
    errors: str = "strict",
) -> Iterator[Block]:
    """Yield all `files` in blocks of about `size` bytes; each ends behind a blank or at its file's end.

    With `whole_lines` it ends behind a line. A byte order mark of UTF-8 is taken off. With an encoding blocks are UTF-8
    all the same, and their places in bytes are those of the text in UTF-8; `errors` is for that encoding.

    Raises
    ------
    BadInput
        A file holds a NUL byte, is UTF-16, or has no blank in 64 MiB: it is no text.
    """
    for path in files:
        yield from _cut(read_chunks(path, size, encoding, errors), path, _BLANKS[:1] if whole_lines else _BLANKS)


def _cut(chunks: Iterator[bytes], path: Path, blanks: tuple[bytes, ...]) -> Iterator[Block]:
    start, line, rest = 0, 1, b""
    for number, chunk in enumerate(chunks):
        check_text(path, chunk, start + len(rest))
        if number == 0:
            chunk, start = _without_mark(chunk)
        rest += chunk
        end = max(rest.rfind(blank) for blank in blanks) + 1
        if end:
            yield Block(rest[:end], path, start, line, last=False)
            start, line, rest = start + end, line + rest.count(b"\n", 0, end), rest[end:]
        elif len(rest) > LONGEST_WORD:
            raise BadInput(f"{path}:{line}: no blank in {len(rest):,} bytes; expected text with spaces or line ends")
    yield Block(rest, path, start, line, last=True)


def _without_mark(chunk: bytes) -> tuple[bytes, int]:
    """Return the first chunk without its byte order mark, and the length of that."""
    bare = chunk.removeprefix(codecs.BOM_UTF8)
    return bare, len(chunk) - len(bare)
