"""From a block of text in some language to its numbered tokens."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nearfield.errors import BadInput, import_extra
from nearfield.io import Block, checked_encoding
from nearfield.text.characters import NORMALIZATIONS, cleaned
from nearfield.text.chinese import ChineseWords
from nearfield.text.table import TokenTable
from nearfield.text.tokens import WORD, cut, space_kinds, word_kinds
from nearfield.text.validity import Invalid, check_encoding, decoded

LANGUAGES = ("en", "zh", "whitespace")
ERRORS = ("replace", "refuse", "ignore")
_ALL_CODE_POINTS = 0x110000


@dataclass(frozen=True)
class TokenBlock:
    """The tokens of one block.

    `tokens` (int32) are numbers in `table`; `line_ends` (int32) tell how many tokens stand before each line end; `last`
    says that the file ends here; `n_characters` and `invalid` say how much there was and what could not be decoded.
    """

    table: TokenTable
    tokens: np.ndarray
    line_ends: np.ndarray
    path: Path
    last: bool
    n_characters: int
    invalid: Invalid | None


@dataclass(frozen=True)
class Segmenter:
    """How text becomes tokens: the options of `read_text` of the same names. It may be called by several threads."""

    language: str
    lowercase: bool = True
    digits: bool = True
    punctuation: bool = False
    simplify: bool = False
    errors: str = "replace"
    normalization: str = "NFC"
    encoding: str | None = None
    dictionary: tuple[str, ...] = ()
    _chinese: ChineseWords | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        for name, value, expected in (
            ("language", self.language, LANGUAGES),
            ("errors", self.errors, ERRORS),
            ("normalization", self.normalization, NORMALIZATIONS),
        ):
            if value not in expected:
                raise BadInput(f"{name} is {value!r}; expected one of: {', '.join(expected)}")
        for name in ("lowercase", "digits", "punctuation", "simplify"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise BadInput(f"{name} is {getattr(self, name)!r}; expected True or False")
        for name in ("simplify", "dictionary"):
            if getattr(self, name) and self.language != "zh":
                raise BadInput(f"{name} is for language 'zh'; language is {self.language!r}")
        object.__setattr__(self, "encoding", checked_encoding(self.encoding))
        # a missing package is told now, not from within a thread
        if self.language == "zh":
            import_extra("rjieba", "chinese")
            if self.simplify:
                import_extra("opencc", "chinese")
            words = ChineseWords([self._normal(line) for line in self.dictionary], simplify=self.simplify)
            object.__setattr__(self, "_chinese", words)

    def __call__(self, block: Block) -> TokenBlock:
        """Cut a block into tokens and number them in order of first sight."""
        string, invalid = None, None
        if not block.data.isascii():
            string, invalid = decoded(block, self.encoding, self.errors)
            if self.encoding is not None:
                check_encoding(block, self.encoding)
        is_valid = invalid is None and self.errors != "ignore"
        as_it_stands = self.language == "whitespace" and self.normalization != "NFKC" and is_valid
        text = block.data if as_it_stands else self._prepared(block.data, string)
        kinds = self._kinds(text.isascii())
        starts, ends, hashes, line_ends, unclean, data = self._cut(text, kinds)
        if unclean:
            text = self._clean(text)
            starts, ends, hashes, line_ends, _, data = self._cut(text, kinds)
        table = TokenTable()
        tokens = table.numbers(data, starts, ends, hashes)
        table.counts[:] = np.bincount(tokens, minlength=len(table))
        n_characters = len(block.data) if string is None else len(string)
        return TokenBlock(table, tokens, line_ends, block.path, block.last, n_characters, invalid)

    def prepared_key(self, key: str) -> str:
        """Return a token that a user names as the text would have it: in its normal form and case."""
        if self.language == "whitespace":
            return self._normal(key)
        text = self._prepared(key.encode("utf-8", "replace"), key, segment=False)
        return self._clean(text).decode() if not text.isascii() else text.decode()

    @property
    def restored(self) -> Callable[[str], str] | None:
        """What brings a token back to the form that its word has in the dictionary of the user, if any needs it."""
        return None if self._chinese is None else self._chinese.restored

    def _kinds(self, ascii_only: bool) -> np.ndarray:
        n_code_points = 128 if ascii_only else _ALL_CODE_POINTS
        if self.language == "whitespace":
            return space_kinds(n_code_points, self.normalization == "NFC")
        kinds = word_kinds(self.digits, self.punctuation, n_code_points)
        if self._chinese is not None and self._chinese.protects and not ascii_only:
            kinds = kinds.copy()
            kinds[self._chinese.PROTECTED] = WORD
        return kinds

    def _cut(
        self, text: bytes, kinds: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, bool, np.ndarray]:
        # writable, as the bytes of a table are, so that one compiled version serves both
        data = np.frombuffer(bytearray(text), np.uint8)
        most_tokens = len(text) if self.punctuation else (len(text) + 1) // 2
        return *cut(data, kinds, most_tokens), data

    def _prepared(self, text: bytes, string: str | None, *, segment: bool = True) -> bytes:
        """Return the text with its letters as they shall stand in tokens, and blanks between Chinese words.

        `string` is the decoded text, None where it is ASCII.
        """
        if string is None and self.language != "zh":
            return text.lower() if self.lowercase and self.language == "en" else text
        string = text.decode() if string is None else string
        if self.language == "whitespace":
            return self._normal(string).encode() if self.normalization == "NFKC" else string.encode()
        if self.language == "zh" or self.normalization == "NFKC":
            string = self._normal(string)
        if self._chinese is not None and segment:
            string = self._chinese.spaced(string)
        if self.lowercase:
            string = string.lower()
        return self._normal(string.replace("’", "'")).encode()

    def _clean(self, text: bytes) -> bytes:
        string = text.decode()
        return self._normal(string if self.language == "whitespace" else cleaned(string)).encode()

    def _normal(self, text: str) -> str:
        return text if self.normalization == "none" else unicodedata.normalize(self.normalization, text)  # type: ignore[arg-type]
