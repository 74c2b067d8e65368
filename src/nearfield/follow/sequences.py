"""What text and logs share: sequences of which word or item vectors are trained, without rare keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from nearfield.embed import Word2Vec
from nearfield.errors import BadInput
from nearfield.files import GrowingArray
from nearfield.follow.subject import Subject
from nearfield.sequences import BLOCK_TOKENS, DTYPES, Sequences, renumber
from nearfield.update import Reservoir, Update
from nearfield.update.joining import key_counts
from nearfield.update.strategies import Strategies
from nearfield.vectors import Vectors
from nearfield.vocabulary import Vocabulary


class SequenceSubject(Subject):
    """Input that is read with all keys, however rare, as only what is new and what is kept tell together who is.

    Parameters
    ----------
    first : Word2Vec or ItemEmbedding
        How the first version is fitted.
    min_count : int
        Keys seen less often are left out. A new key comes in when it was seen so often in what is new and in what is
        kept for replay, together; one that the current version has always counts.
    memory : int
        Tokens that are kept for replay, in whole sequences, the rare ones among them.
    """

    CONTENT, MEMORY = Vectors, Reservoir

    def __init__(self, first: Word2Vec, min_count: int, memory: int) -> None:
        super().__init__(first, memory)
        if isinstance(min_count, bool) or not isinstance(min_count, int) or min_count < 1:
            raise BadInput(f"min_count is {min_count!r}; expected a whole number of at least 1")
        self.min_count = min_count

    def size(self, data: Sequences) -> int:
        """Tokens, the rare ones among them."""
        return data.n_tokens

    def fit(self, data: Sequences) -> Vectors:
        """Train on the keys that are frequent enough."""
        vectors: Vectors = super().fit(without_rare(data, key_counts([data]), self.min_count))
        return vectors

    def update(
        self, content: Vectors, data: Sequences, memory: Reservoir, strategy: Strategies | None, settings: Any
    ) -> Update:
        """Train on the keys that are known or frequent enough."""
        seen = key_counts([memory.sequences(), data])
        new, old = (without_rare(part, seen, self.min_count, content.vocabulary) for part in (data, memory.sequences()))
        return super().update(content, new, old, strategy, settings)


def without_rare(data: Sequences, seen: Mapping[str, int], min_count: int, known: Collection[str] = ()) -> Sequences:
    """Return sequences without keys that were seen less than `min_count` times, unless they are known."""
    counts = {key: n for key, n in key_counts([data]).items() if seen[key] >= min_count or key in known}
    vocabulary = Vocabulary.from_counts(counts)
    final = np.array([vocabulary.get(key, -1) for key in data.vocabulary.keys] or [-1], np.int32)
    arrays = {name: getattr(data, name) for name in DTYPES if name != "offsets"}
    kept = {name: GrowingArray(array.dtype) for name, array in arrays.items() if array is not None}
    for start in range(0, data.n_tokens, BLOCK_TOKENS):  # they may be larger than memory
        some = slice(start, start + BLOCK_TOKENS)
        stays = final[data.tokens[some]] >= 0
        for name, growing in kept.items():
            growing.append(arrays[name][some] if name == "tokens" else arrays[name][some][stays])
    tokens, offsets = renumber(kept.pop("tokens").array(), np.diff(data.offsets), final)
    more = {name: growing.array() for name, growing in kept.items()}
    return Sequences(vocabulary, tokens, offsets, reading=_with_min_count(data, min_count), **more)


def _with_min_count(data: Sequences, min_count: int) -> dict[str, Any]:
    """How the sequences were read, as if rare keys had been dropped then."""
    reading = dict(data.reading)
    for name in ("read_text", "sessions"):
        if name in reading:
            reading[name] = reading[name] | {"min_count": max(min_count, reading[name].get("min_count", 1))}
    return reading
