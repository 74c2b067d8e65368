"""Text: lines become sentences, and these word vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.embed import Word2Vec
from nearfield.files import GrowingArray
from nearfield.follow.subject import Reading, Subject, checked
from nearfield.sequences import BLOCK_TOKENS, Sequences, renumber
from nearfield.text import read_text
from nearfield.update import Reservoir, Update
from nearfield.update.joining import joined, key_counts
from nearfield.update.strategies import Strategies
from nearfield.vectors import Vectors
from nearfield.vocabulary import Vocabulary


class Text(Subject):
    """Text, a sentence a line, plain or packed (.gz, .zst, .bz2), of which word vectors are learnt.

    All files are meant but those with a dot or a low line in front, and those in such folders.

    Parameters
    ----------
    first : Word2Vec, optional
        How the first version is fitted.
    min_count : int
        Words seen less often are left out. A new word comes in when it was seen so often in what is new and in what is
        kept for replay, together.
    memory : int
        Words that are kept for replay, in whole sentences, the rare ones among them.
    **read
        Options of `nearfield.read_text`, without `max_vocab_size` and `keep`.
    """

    UNIT, CONTENT, MEMORY = "words", Vectors, Reservoir

    def __init__(
        self, *, first: Word2Vec | None = None, min_count: int = 5, memory: int = 1_000_000, **read: Any
    ) -> None:
        super().__init__(first or Word2Vec(verbose=False), memory)
        self.min_count = min_count
        self.read = checked(read_text, read, without=("source", "min_count", "max_vocab_size", "keep"))

    def kind_of(self, name: str) -> str | None:
        """One kind, whatever the ending."""
        return "text"

    def reading(self, content: Vectors | None, temporary: Path) -> Reading:
        """Read whatever was learnt before."""
        return _TextReading(self.read)

    def size(self, data: Sequences) -> int:
        """Words, the rare ones among them."""
        return data.n_tokens

    def fit(self, data: Sequences) -> Vectors:
        """Learn from the words that are frequent enough."""
        vectors: Vectors = super().fit(self._without_rare(data, key_counts([data]), ()))
        return vectors

    def update(
        self, content: Vectors, data: Sequences, memory: Reservoir, strategy: Strategies | None, settings: Any
    ) -> Update:
        """Learn from the words that are known or frequent enough."""
        seen = key_counts([memory.sequences(), data])
        new, old = (self._without_rare(one, seen, content.vocabulary) for one in (data, memory.sequences()))
        return super().update(content, new, old, strategy, settings)

    def _without_rare(self, data: Sequences, seen: Mapping[str, int], known: Collection[str]) -> Sequences:
        counts = {key: n for key, n in key_counts([data]).items() if seen[key] >= self.min_count or key in known}
        vocabulary = Vocabulary.from_counts(counts)
        final = np.array([vocabulary.get(key, -1) for key in data.vocabulary.keys] or [-1], np.int32)
        tokens = GrowingArray(np.int32)  # the text may be larger than memory
        for start in range(0, data.n_tokens, BLOCK_TOKENS):
            tokens.append(data.tokens[start : start + BLOCK_TOKENS])
        return Sequences(vocabulary, *renumber(tokens.array(), np.diff(data.offsets), final), reading=data.reading)


class _TextReading(Reading):
    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options
        self.parts: list[Sequences] = []

    def add(self, files: list[Path]) -> None:
        """Read with all words, however rare."""
        self.parts.append(read_text(files, min_count=1, **self.options))

    def data(self) -> Sequences | None:
        """All sentences."""
        return self.parts[0] if len(self.parts) == 1 else joined(self.parts) if self.parts else None
