"""From a block of text in some language to its numbered tokens."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np

from nearfield.errors import BadInput, import_extra
from nearfield.io import Block
from nearfield.text.table import TokenTable
from nearfield.text.tokens import cut, space_kinds, word_kinds

LANGUAGES = ("en", "zh", "whitespace")
ERRORS = ("replace", "refuse")
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True)
class TokenBlock:
    """The tokens of one block.

    `tokens` (int32) are numbers in `table`; `line_ends` (int32) tell how many tokens stand before each line end;
    `last` says that the file ends here; `n_invalid` counts what was no UTF-8, and `invalid_at` is the first place.
    """

    table: TokenTable
    tokens: np.ndarray
    line_ends: np.ndarray
    last: bool
    n_invalid: int
    invalid_at: str


@dataclass(frozen=True)
class Segmenter:
    """How text becomes tokens: the options of `read_text` of the same names. It may be called by several threads."""

    language: str
    lowercase: bool
    digits: bool
    punctuation: bool
    simplify: bool
    errors: str

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise BadInput(f"language is {self.language!r}; expected one of: {', '.join(LANGUAGES)}")
        if self.errors not in ERRORS:
            raise BadInput(f"errors is {self.errors!r}; expected one of: {', '.join(ERRORS)}")
        if self.simplify and self.language != "zh":
            raise BadInput(f"simplify is for language 'zh'; language is {self.language!r}")
        # a missing package is told now, not from within a thread
        if self.language == "zh":
            import_extra("rjieba", "chinese")
        if self.simplify:
            import_extra("opencc", "chinese")

    def __call__(self, block: Block) -> TokenBlock:
        """Cut a block into tokens and number them in order of first sight."""
        text, n_invalid, invalid_at = self._valid(block)
        text = self._prepared(text)
        # writable, as the bytes of a table are, so that one compiled version serves both
        data = np.frombuffer(bytearray(text), np.uint8)
        n_code_points = 128 if text.isascii() else 0x110000
        if self.language == "whitespace":
            kinds = space_kinds(n_code_points)
        else:
            kinds = word_kinds(self.digits, self.punctuation, n_code_points)
        most_tokens = len(text) if self.punctuation else (len(text) + 1) // 2
        starts, ends, hashes, line_ends = cut(data, kinds, most_tokens, text.count(b"\n"))
        table = TokenTable()
        tokens = table.numbers(data, starts, ends, hashes)
        table.counts[:] = np.bincount(tokens, minlength=len(table))
        return TokenBlock(table, tokens, line_ends, block.last, n_invalid, invalid_at)

    def _valid(self, block: Block) -> tuple[bytes, int, str]:
        """Return the block as valid UTF-8, the number of replaced pieces and the place of the first."""
        try:
            block.data.isascii() or block.data.decode()
        except UnicodeDecodeError as error:
            where = block.where(error.start)
            if self.errors == "refuse":
                byte = block.data[error.start]
                raise BadInput(
                    f"{where}: 0x{byte:02x} is no UTF-8; convert the file, or read it with errors='replace'"
                ) from error
            text = block.data.decode(errors="replace")
            n_invalid = text.count(_REPLACEMENT) - block.data.count(_REPLACEMENT.encode())
            return text.encode(), n_invalid, where
        return block.data, 0, ""

    def _prepared(self, text: bytes) -> bytes:
        """Return the text with its letters as they shall stand in tokens, and blanks between Chinese words."""
        if self.language == "whitespace":
            return text
        if text.isascii() and self.language == "en":
            return text.lower() if self.lowercase else text
        string = text.decode()
        if self.language == "zh":
            string = _segmented(string, self.simplify)
        if self.lowercase:
            string = string.lower()
        return unicodedata.normalize("NFC", string.replace("’", "'")).encode()


def _segmented(text: str, simplify: bool) -> str:
    import rjieba

    if simplify:
        import opencc

        text = opencc.OpenCC("t2s").convert(text)
    return " ".join(rjieba.cut(text))
