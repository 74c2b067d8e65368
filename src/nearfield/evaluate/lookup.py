"""Words of a test set as keys of vectors, whatever their case and normal form."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np

from nearfield.vectors import Vectors


class Lookup:
    """Rows of vectors by word; a row of zeros points nowhere, and its word is unknown.

    Parameters
    ----------
    vectors : Vectors
    case_insensitive : bool
        Whether "King" may stand for "king"; of several spellings the first, most frequent one is taken.
    """

    def __init__(self, vectors: Vectors, case_insensitive: bool) -> None:
        self._case_insensitive = case_insensitive
        self._vocabulary = vectors.vocabulary
        self._rows: dict[str, int] = {}
        self._spellings: dict[str, list[str]] = {}
        for row in np.flatnonzero(vectors.input_table.norms).tolist():
            key = vectors.keys[row]
            word = self.fold(key)
            if self._rows.setdefault(word, row) != row:
                self._spellings.setdefault(word, []).append(key)

    def fold(self, word: str) -> str:
        """Return what all spellings of a word have in common: in normal form C, and casefolded if case is ignored."""
        folded = word.casefold() if self._case_insensitive else word
        return folded if folded.isascii() else unicodedata.normalize("NFC", folded)

    def rows(self, words: Iterable[str]) -> np.ndarray:
        """Return the row of each word, int64, -1 where there is none."""
        return np.fromiter(map(self._row, words), np.int64)

    def _row(self, word: str) -> int:
        row = self._rows.get(self.fold(word))
        if row is None and (known := self._vocabulary.get(word)) is not None:  # by the normal form of the text
            row = self._rows.get(self.fold(self._vocabulary.keys[known]))
        return -1 if row is None else row

    def other_spellings(self, words: Iterable[str]) -> list[str]:
        """Return the keys that are the same words as `words` but not the ones that `rows` finds."""
        return [key for word in words for key in self._spellings.get(self.fold(word), ())]


def unknown_words(words: Iterable[str], rows: np.ndarray) -> tuple[str, ...]:
    """Return those words that have no row, each once, in their order."""
    return tuple(dict.fromkeys(word for word, row in zip(words, rows.tolist(), strict=True) if row < 0))
