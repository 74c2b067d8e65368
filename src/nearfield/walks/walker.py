"""A Walker: everything that walks over one graph need, made once; it makes any of the walks, in any order."""

from __future__ import annotations

from typing import Any

import numpy as np

from nearfield.graph import Graph
from nearfield.kernels.alias import fill_alias_rows
from nearfield.sequences import sequence_blocks
from nearfield.walks.kernels.layout import Bias, Links
from nearfield.walks.kernels.walking import walk_block, walk_block_from


class Walker:
    """Makes walk number w of a graph; threads may share it.

    Walks are numbered through: 0 … n-1 is the first pass over the n nodes, each in its turn the start of a walk.
    Parameters are those of `random_walks`.
    """

    def __init__(
        self, graph: Graph, *, length: int, p: float = 1.0, q: float = 1.0, extended: bool = False, gamma: float = 0.0,
        seed: int = 1,
    ) -> None:  # fmt: skip
        self.graph, self.length, self.seed = graph, length, seed
        self._seed = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
        self._totals = self._alias = self._thresholds = np.empty(0)
        if graph.weights is not None:
            self._totals = row_totals(graph)
            self._alias = np.empty((len(graph.indices), 2), np.uint32)
            fill_alias_rows(graph.indptr, graph.weights, self._alias)
            if extended:
                self._thresholds = noise_thresholds(graph, self._totals, gamma)
        self._links = self._addresses()
        plus = extended and graph.weights is not None
        # node2vec+ with q = 1 is node2vec: all of its α but 1/p are 1
        second_order = p != 1 or q != 1
        self._bias = Bias(second_order, 1 / p, 1 / q, self._thresholds.ctypes.data if plus else 0)

    def walk(self, first: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Return walks first … stop-1: ids, int32, one walk behind the other, and their offsets, int64."""
        tokens = np.empty((stop - first) * self.length, np.int32)
        offsets = np.empty(stop - first + 1, np.int64)
        walk_block(self._links, self._bias, self._seed, first, stop - first, self.length, tokens, offsets)
        return tokens[: offsets[-1]], offsets

    def walk_from(self, begins: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
        """Return walks that begin as they are told, numbered from `first` on; the result is as that of `walk`.

        `begins`: int32, shape (n_walks, 2), the step that each begins with, from a node to a node; NOWHERE in the place
        of the first is none, so that the walk starts at the second.
        """
        tokens = np.empty(len(begins) * self.length, np.int32)
        offsets = np.empty(len(begins) + 1, np.int64)
        walk_block_from(self._links, self._bias, self._seed, first, begins, self.length, tokens, offsets)
        return tokens[: offsets[-1]], offsets

    def _addresses(self) -> Links:
        graph = self.graph
        weights, alias, totals = (
            (graph.weights.ctypes.data, self._alias.ctypes.data, self._totals.ctypes.data)
            if graph.weights is not None
            else (0, 0, 0)
        )
        indptr, indices = graph.indptr.ctypes.data, graph.indices.ctypes.data
        return Links(indptr, indices, weights, alias, totals, len(graph), not graph.directed)


def row_totals(graph: Graph) -> np.ndarray:
    """Return the sum of the weights in each row, float64, shape (n,)."""
    return _row_sums(graph, lambda weights, _: weights)


def noise_thresholds(graph: Graph, totals: np.ndarray, gamma: float) -> np.ndarray:
    """Return what an edge of each node must weigh to count in full, float64, shape (n,) (arXiv:2109.08031, section 3).

    The mean of the weights in its row and `gamma` standard deviations, at least 0; 0 for a row that is empty.
    """
    degrees = np.maximum(np.diff(graph.indptr), 1)
    means = totals / degrees
    variances = _row_sums(graph, lambda weights, rows: (weights - means[rows]) ** 2) / degrees
    return np.maximum(means + gamma * np.sqrt(variances), 0.0)


def _row_sums(graph: Graph, value: Any) -> np.ndarray:
    """Sum value(weights, rows) over each row, block by block."""
    sums = np.zeros(len(graph))
    for first, stop in sequence_blocks(graph.indptr):
        bounds = graph.indptr[first : stop + 1]
        rows = np.repeat(np.arange(first, stop), np.diff(bounds))
        weights = np.asarray(graph.weights)[bounds[0] : bounds[-1]].astype(np.float64)
        sums[first:stop] = np.bincount(rows - first, value(weights, rows), minlength=stop - first)
    return sums
