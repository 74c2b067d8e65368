"""What training reads: sequences that lie ready, as shards take them."""

from __future__ import annotations

import zlib
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from nearfield.files import release
from nearfield.reading import Reading
from nearfield.sequences import Sequences
from nearfield.vocabulary import Vocabulary


class Corpus(Protocol):
    """Sequences of ids, numbered through; every epoch has as many, and planned lengths that say how far it has come.

    Attributes
    ----------
    vocabulary : Vocabulary
        Its counts say how often each key is seen, or shares of it.
    longest : int
        Tokens in the longest sequence.
    reading : dict of str to dict
        How the input was read; see `nearfield.reading`.
    """

    @property
    def vocabulary(self) -> Vocabulary:
        """The keys behind the ids."""

    @property
    def longest(self) -> int:
        """Tokens in the longest sequence."""

    @property
    def reading(self) -> Reading:
        """How the input was read."""

    def runs(self, workers: int) -> list[tuple[int, int]]:
        """Cut the sequences into at most `workers` runs (start, stop) of about equally many tokens."""

    def tokens_before(self, sequence: int) -> int:
        """How many tokens an epoch has before this sequence."""

    def block_end(self, start: int, stop: int, n_tokens: int) -> int:
        """Where a block of about `n_tokens` from `start` on ends: one sequence or more, at most at `stop`."""

    def take(self, epoch: int, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return sequences first … last-1 of an epoch: tokens, int32; offsets, int64; weights, float32, or None."""

    def fingerprint(self) -> dict[str, int]:
        """Sizes and a checksum that tell one corpus from another."""


class SequenceCorpus:
    """Sequences as a `Corpus`, the same in each epoch."""

    def __init__(self, sequences: Sequences) -> None:
        self.sequences = sequences
        self.vocabulary = sequences.vocabulary
        self.longest = int(np.diff(sequences.offsets).max(initial=0))
        self.reading = sequences.reading

    def runs(self, workers: int) -> list[tuple[int, int]]:
        """See `Corpus`."""
        return balanced(self.sequences.offsets, workers)

    def tokens_before(self, sequence: int) -> int:
        """See `Corpus`."""
        return int(self.sequences.offsets[sequence])

    def block_end(self, start: int, stop: int, n_tokens: int) -> int:
        """See `Corpus`."""
        goal = self.sequences.offsets[start] + n_tokens
        last = int(np.searchsorted(self.sequences.offsets, goal, side="right")) - 1
        return min(max(last, start + 1), stop)

    def take(self, epoch: int, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """See `Corpus`."""
        offsets = self.sequences.offsets[first : last + 1]
        weights = None if self.sequences.weights is None else _taken(self.sequences.weights, offsets)
        return _taken(self.sequences.tokens, offsets), offsets - offsets[0], weights

    def fingerprint(self) -> dict[str, int]:
        """See `Corpus`."""
        tokens = self.sequences.tokens
        checksum = checksum_of_keys(self.vocabulary)
        for start in range(0, len(tokens), 1 << 22):
            checksum = zlib.crc32(np.ascontiguousarray(tokens[start : start + (1 << 22)]).data, checksum)
        return {"sequences": len(self.sequences), "tokens": len(tokens), "checksum": checksum}


def checksum_of_keys(vocabulary: Vocabulary) -> int:
    """Return a checksum of the keys in their order."""
    return zlib.crc32("\n".join(vocabulary.keys).encode("utf-8", "surrogatepass"))


def balanced(offsets: np.ndarray, workers: int) -> list[tuple[int, int]]:
    """Cut the sequences into `workers` runs of about equally many tokens; none is empty if there are enough."""
    cuts = np.searchsorted(offsets, offsets[-1] * np.arange(1, workers) / workers)
    bounds = [0, *cuts.tolist(), len(offsets) - 1]
    return [(start, stop) for start, stop in pairwise(bounds) if stop > start]


def _taken(array: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Copy what of a token array belongs to a run of sequences, and let go of the memory behind it."""
    copy: np.ndarray[Any, Any] = np.array(array[offsets[0] : offsets[-1]])
    release(array, int(offsets[0]), int(offsets[-1]))
    return copy
