"""Neighbourhoods drawn for a batch of nodes (Hamilton et al. 2017, arXiv:1706.02216, algorithm 2 of appendix A)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse

from nearfield.graph import Graph


class Block(NamedTuple):
    """What one layer needs to make vectors of its targets.

    Attributes
    ----------
    sources : ndarray of int64, shape (k,)
        The targets first, then the others among their neighbours; each once.
    mean : scipy CSR matrix of float32, shape (n_targets, k)
        Rows sum to 1, or to 0 where a node has no neighbours: times the sources' rows it is the mean of neighbours.
    """

    sources: np.ndarray
    mean: scipy.sparse.csr_matrix


def block(graph: Graph, targets: np.ndarray, size: int | None, random: np.random.Generator | None = None) -> Block:
    """Return the neighbours of targets that edges go to, all of them, or `size` drawn where a node has more.

    Draws are uniform and with replacement, so that the mean is on average that of all neighbours and a node with a
    million of them costs no more than one with `size`.

    Parameters
    ----------
    graph : Graph
    targets : ndarray of int64, shape (n_targets,)
        Each once.
    size : int or None
        None: all neighbours; `random` is not needed.
    random : Generator, optional
    """
    degrees = graph.indptr[targets + 1] - graph.indptr[targets]
    taken = degrees if size is None else np.minimum(degrees, size)
    rows = np.repeat(np.arange(len(targets)), taken)
    places = np.arange(len(rows)) - np.repeat(np.cumsum(taken) - taken, taken)
    if size is not None and random is not None:
        many = np.flatnonzero(degrees[rows] > size)
        places[many] = (random.random(len(many)) * degrees[rows[many]]).astype(np.int64)
    neighbours = graph.indices[graph.indptr[targets[rows]] + places]
    sources, columns = _numbered(targets, neighbours.astype(np.int64))
    shares = (1 / np.maximum(taken, 1))[rows].astype(np.float32)
    return Block(sources, scipy.sparse.csr_matrix((shares, (rows, columns)), shape=(len(targets), len(sources))))


def blocks(graph: Graph, targets: np.ndarray, sizes: tuple[int, ...], random: np.random.Generator) -> list[Block]:
    """Return a block for each layer, the first layer's first; `sizes[0]` is how many neighbours it draws."""
    found: list[Block] = []
    for size in reversed(sizes):
        found.append(block(graph, targets, size, random))
        targets = found[-1].sources
    return found[::-1]


def _numbered(targets: np.ndarray, neighbours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all nodes once, the targets first, and the place of each neighbour among them."""
    distinct, first, inverse = np.unique(np.concatenate([targets, neighbours]), return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return distinct[order], place[inverse[len(targets) :]]
