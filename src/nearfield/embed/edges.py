"""The edges that LINE draws from: both directions of each, and second-order neighbours where edges are few."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nearfield.graph import Graph

if TYPE_CHECKING:
    import scipy.sparse

BLOCK = 1 << 12  # nodes whose second-order neighbours are held at a time


class EdgeList(NamedTuple):
    """Edges from node to node.

    sources, targets : ndarray of int32, shape (m,); weights : ndarray of float32, shape (m,), or None: all weigh 1.
    """

    sources: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None

    def strengths(self, n: int) -> np.ndarray:
        """Return what the edges that leave each node weigh together, float64, shape (n,)."""
        return np.bincount(self.sources, self.weights, minlength=n).astype(np.float64)

    def alias(self) -> np.ndarray | None:
        """Return the alias table of the weights, uint32, shape (m, 2), or None where all are equal."""
        from nearfield.kernels.alias import fill_alias_rows

        if self.weights is None:
            return None
        table = np.empty((len(self.weights), 2), np.uint32)
        fill_alias_rows(np.array([0, len(self.weights)]), self.weights, table)
        return table


def edge_list(graph: Graph, min_degree: int = 0) -> EdgeList:
    """Return the entries of all rows, an undirected edge once in each direction.

    A node with fewer than `min_degree` edges going out gets more, up to that number: to those of its neighbours'
    neighbours j that are no neighbours yet and have the largest (arXiv:1503.03578, section 4.3, equation 9)

        w_ij = Σ_k w_ik · w_kj / d_k,    d_k = Σ_j w_kj
    """
    sources = np.repeat(np.arange(len(graph), dtype=np.int32), np.diff(graph.indptr))
    entries = EdgeList(sources, np.asarray(graph.indices), graph.weights)
    low = np.flatnonzero(np.diff(graph.indptr) < min_degree)
    added = list(_second_order(graph.to_scipy(), low, min_degree)) if len(low) else []
    if not any(len(one.sources) for one in added):
        return entries
    weights = np.ones(len(sources), np.float32) if graph.weights is None else np.asarray(graph.weights)
    parts = [entries._replace(weights=weights), *added]
    return EdgeList(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _second_order(adjacency: scipy.sparse.csr_matrix, nodes: np.ndarray, wanted: int) -> Iterator[EdgeList]:
    """Yield the edges that some nodes at a time get."""
    from scipy.sparse import diags

    totals = np.asarray(adjacency.sum(axis=1, dtype=np.float64)).ravel()
    inverse = np.divide(1, totals, out=np.zeros_like(totals), where=totals > 0)
    steps = diags(inverse, format="csr") @ adjacency
    for first in range(0, len(nodes), BLOCK):
        some = nodes[first : first + BLOCK]
        rows = adjacency[some]
        reached = (rows @ steps).tocoo()
        strangers = np.asarray(rows[reached.row, reached.col]).ravel() == 0
        strangers &= some[reached.row] != reached.col
        row, column, weight = (part[strangers] for part in (reached.row, reached.col, reached.data))
        order = np.lexsort((column, -weight, row))
        place = np.arange(len(order)) - np.searchsorted(row[order], row[order])  # within the row, the heaviest first
        chosen = order[place < wanted - np.diff(rows.indptr)[row[order]]]
        yield EdgeList(
            some[row[chosen]].astype(np.int32), column[chosen].astype(np.int32), weight[chosen].astype(np.float32)
        )
