"""Walks that are made while they are trained on: a corpus that never lies anywhere."""

from __future__ import annotations

import zlib
from itertools import pairwise

import numpy as np

from nearfield.embed.corpus import checksum_of_keys
from nearfield.vocabulary import Vocabulary
from nearfield.walks.walker import Walker

BLOCK_TOKENS = 1 << 20  # of the walks that are counted and forgotten


class WalkCorpus:
    """`num_walks` walks from each node, other ones in each epoch, as a `Corpus`.

    Noise and Huffman tree need to know how often nodes are visited before the walks are there: the first walk from each
    node is made twice, to count visits and to train.

    Parameters
    ----------
    walker : Walker
    num_walks : int
    """

    def __init__(self, walker: Walker, num_walks: int) -> None:
        self.n_walks = num_walks * len(walker.graph)
        self.walker, self.longest, self.reading = walker, walker.length, walker.graph.reading
        visits = first_visits(walker)
        order = np.argsort(-visits, kind="stable")
        self.vocabulary = Vocabulary([walker.graph.keys[i] for i in order.tolist()], visits[order])
        self._ids = np.empty(len(order), np.int32)  # a node's place in the vocabulary
        self._ids[order] = np.arange(len(order), dtype=np.int32)

    def runs(self, workers: int) -> list[tuple[int, int]]:
        """See `Corpus`."""
        bounds = [self.n_walks * i // workers for i in range(workers + 1)]
        return [(start, stop) for start, stop in pairwise(bounds) if stop > start]

    def tokens_before(self, sequence: int) -> int:
        """See `Corpus`; as if no walk came to an end early."""
        return sequence * self.longest

    def block_end(self, start: int, stop: int, n_tokens: int) -> int:
        """See `Corpus`."""
        return min(start + max(1, n_tokens // self.longest), stop)

    def take(self, epoch: int, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """See `Corpus`."""
        before = epoch * self.n_walks
        nodes, offsets = self.walker.walk(before + first, before + last)
        return self._ids[nodes], offsets, None

    def fingerprint(self) -> dict[str, int]:
        """See `Corpus`."""
        graph = self.walker.graph
        checksum = checksum_of_keys(graph.vocabulary)
        for array in (graph.indptr, graph.indices, graph.weights):
            checksum = _checksum(array, checksum) if array is not None else checksum
        return {"nodes": len(graph), "entries": len(graph.indices), "checksum": checksum}


class GivenWalks(WalkCorpus):
    """Walks that begin as they are told, other ones in each epoch, as a `Corpus`; it remembers what they came by.

    Parameters
    ----------
    walker : Walker
    begins : ndarray of int32, shape (n_walks, 2)
        The step that each begins with, or where it starts; see `Walker.walk_from`.
    first : int
        The number of the first walk; walks of other numbers are other ones.
    vocabulary : Vocabulary
        Over the nodes of the graph, in any order; counts say how often each is visited, for the noise.

    Attributes
    ----------
    visited : ndarray of bool, shape (n,)
        In the order of the vocabulary.
    """

    def __init__(self, walker: Walker, begins: np.ndarray, first: int, vocabulary: Vocabulary) -> None:
        self.walker, self.longest, self.vocabulary = walker, walker.length, vocabulary
        self.reading = walker.graph.reading
        self.n_walks = len(begins)
        self.visited = np.zeros(len(vocabulary), bool)
        self._begins, self._first = begins, first
        self._ids = vocabulary.ids(walker.graph.keys)

    def take(self, epoch: int, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """See `Corpus`."""
        number = self._first + epoch * self.n_walks + first
        nodes, offsets = self.walker.walk_from(self._begins[first:last], number)
        tokens = self._ids[nodes]
        self.visited[tokens] = True
        return tokens, offsets, None

    def visits(self) -> np.ndarray:
        """Return how often the walks of the first epoch come by each node, int64, shape (n,)."""
        step = max(1, BLOCK_TOKENS // self.longest)
        visits = np.zeros(len(self.vocabulary), np.int64)
        for first in range(0, self.n_walks, step):
            tokens = self.take(0, first, min(first + step, self.n_walks))[0]
            visits += np.bincount(tokens, minlength=len(visits))
        return visits


def first_visits(walker: Walker) -> np.ndarray:
    """Return how often each node is visited by the first walk from each node, int64, shape (n,): at least once."""
    n = len(walker.graph)
    step = max(1, BLOCK_TOKENS // walker.length)
    visits = np.zeros(n, np.int64)
    for first in range(0, n, step):
        visits += np.bincount(walker.walk(first, min(first + step, n))[0], minlength=n)
    return visits


def _checksum(array: np.ndarray, begun: int) -> int:
    for start in range(0, len(array), BLOCK_TOKENS):
        begun = zlib.crc32(np.ascontiguousarray(array[start : start + BLOCK_TOKENS]).data, begun)
    return begun
