"""What of a text is not in its encoding: counted over the blocks of a file, and refused where it is much."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nearfield.errors import BadInput, warn
from nearfield.io import Block
from nearfield.io.encodings import CHINESE_JAPANESE_KOREAN, likely_encoding

if TYPE_CHECKING:
    from nearfield.text.segment import TokenBlock

REPLACEMENT = "\ufffd"
MOST_INVALID = 0.01  # of the characters of a file
_SAMPLE = 1 << 16


@dataclass(frozen=True)
class Invalid:
    """What of a block could not be decoded: how many pieces, where the first is, and bytes to guess an encoding by."""

    n: int
    place: str
    sample: bytes


def decoded(block: Block, encoding: str | None, errors: str) -> tuple[str, Invalid | None]:
    """Return the text of a block that is not ASCII, and what was no UTF-8.

    With an `encoding`, `io` has decoded the text already, and has written U+FFFD for what it could not read.
    """
    if encoding is not None:
        text = block.data.decode()
        n = text.count(REPLACEMENT) if errors == "replace" else 0
        place = block.where(block.data.find(REPLACEMENT.encode())).partition(" (byte")[0]
        return text, Invalid(n, place, b"") if n else None
    try:
        return block.data.decode(), None
    except UnicodeDecodeError as error:
        place, sample = block.where(error.start), block.data[max(0, error.start - 100) :][:_SAMPLE]
        if errors == "refuse":
            byte = block.data[error.start]
            raise BadInput(f"{place}: 0x{byte:02x} is no UTF-8; {_fix(sample)}, or errors='replace'") from error
        text = block.data.decode(errors=errors)
        if errors == "ignore":
            return text, None
        n = text.count(REPLACEMENT) - block.data.count(REPLACEMENT.encode())
        return text, Invalid(n, place, sample)


class InvalidCount:
    """Counts what could not be decoded: refuses a file of which it is more than 1 %, and warns of the rest at the end.

    Parameters
    ----------
    encoding : str, optional
        That of the text where it is not UTF-8.
    """

    def __init__(self, encoding: str | None) -> None:
        self._name = encoding or "UTF-8"
        self._n = 0
        self._first = ""
        self._of_file: list[Invalid] = []
        self._n_characters = 0

    def add(self, block: TokenBlock) -> None:
        """Count one more block, in the order of the text; `BadInput` at the end of a file with too much."""
        self._n_characters += block.n_characters
        if block.invalid is not None:
            self._of_file.append(block.invalid)
            self._n += block.invalid.n
            self._first = self._first or block.invalid.place
        if block.last:
            self._check_file(block.path)
            self._of_file, self._n_characters = [], 0

    def warn(self) -> None:
        """Warn of what was replaced in all files, once."""
        if self._n:
            message = (
                f"{self._n:,} invalid {self._name} sequence{'s' * (self._n > 1)} replaced by U+FFFD, the first at"
                f" {self._first}"
            )
            warn(f"{message}; convert the text, or refuse it with errors='refuse'")

    def _check_file(self, path: Path) -> None:
        n = sum(invalid.n for invalid in self._of_file)
        if n <= MOST_INVALID * self._n_characters:
            return
        first = self._of_file[0]
        share = f"{n:,} of {self._n_characters:,} characters ({n / self._n_characters:.1%})"
        fix = _fix(first.sample) if first.sample else "name the encoding that the text is in; UTF-8 needs none"
        leave = "" if first.sample and likely_encoding(first.sample) else ", or leave them out with errors='ignore'"
        raise BadInput(f"{path}: {share} are no {self._name}, the first at {first.place}; {fix}{leave}")


def _fix(sample: bytes) -> str:
    if name := likely_encoding(sample):
        return f"it looks like {name}: read it with encoding='{name}' (--encoding {name})"
    return "name its encoding, such as encoding='gb18030' (--encoding gb18030)"


def check_encoding(block: Block, encoding: str) -> None:
    """Refuse a block that was read in an encoding when its bytes are UTF-8 (`cafÃ©` for `café`) or plainly another."""
    text = block.data.decode()
    try:
        data = text.encode(encoding)
    except UnicodeError:
        return
    likely = likely_encoding(data[:_SAMPLE]) if len(data) == len(text) else None
    if likely in CHINESE_JAPANESE_KOREAN:
        raise BadInput(f"{block.path}: encoding is {encoding!r}, but it looks like {likely}: use encoding='{likely}'")
    try:
        undone = data.decode()
    except UnicodeError:
        return
    n_read, n_undone = (sum(not letter.isascii() for letter in each) for each in (text, undone))
    # a few Chinese words may have such bytes in GBK; an encoding of single bytes needs two letters for one
    if "\0" not in undone and n_undone >= (3 if n_read >= 2 * n_undone else 10):
        raise BadInput(
            f"{block.path}: is UTF-8, but encoding is {encoding!r}, in which its text would have"
            f" {_first_word(text)!r} for {_first_word(undone)!r}; leave the encoding out"
        )


def _first_word(text: str) -> str:
    return next(word for word in text.split() if not word.isascii())[:20]
