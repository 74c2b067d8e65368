"""Rows of neighbours from edges: the arrays that a Graph is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import release

DUPLICATES = ("sum", "max", "count")
SELF_LOOPS = ("keep", "drop")
BLOCK = 1 << 18  # entries looked at in one go


class Rows(NamedTuple):
    """Compressed sparse rows, the nodes of highest degree first.

    indptr : int64, shape (n + 1,); indices : int32, shape (m,), each row rising;
    weights : float32, shape (m,), or None;
    order : int64, shape (n,): the node, as it was numbered before, that each row belongs to.
    """

    indptr: np.ndarray
    indices: np.ndarray
    weights: np.ndarray | None
    order: np.ndarray


def check_policies(duplicates: str, self_loops: str, *, weighted: bool) -> None:
    """Refuse unknown policies, and counting where weights are given."""
    if duplicates not in DUPLICATES:
        raise BadInput(f"duplicates is {duplicates!r}; expected one of {', '.join(DUPLICATES)}")
    if self_loops not in SELF_LOOPS:
        raise BadInput(f"self_loops is {self_loops!r}; expected keep or drop")
    if weighted and duplicates == "count":
        raise BadInput("duplicates is 'count' and the edges have weights; expected 'sum' or 'max', or no weights")


def build_rows(
    n: int,
    sources: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray | None,
    *,
    directed: bool,
    duplicates: str = "sum",
    self_loops: str = "keep",
) -> Rows:
    """Sort edges into rows; beside the edges this takes the memory of the rows, twice where duplicates change degrees.

    Parameters
    ----------
    n : int
        Nodes are numbered 0 … n-1.
    sources, targets : ndarray of int32, shape (m,)
    weights : ndarray of float32, shape (m,), or None
        Finite and not negative; an edge of weight 0 is none.
    directed, duplicates, self_loops
        As for `Graph.from_edges`.
    """
    from nearfield.kernels.adjacency import count_ends, merge_rows, place_edges, sort_rows

    both, loops = not directed, self_loops == "keep"
    same = np.arange(n, dtype=np.int32)
    degrees = np.zeros(n, np.int64)
    for some in _in_blocks(sources, targets, weights):
        count_ends(*some, True, loops, same, degrees)
    order, rank = _by_degree(degrees, same)
    lengths = np.zeros(n, np.int64)
    for some in _in_blocks(sources, targets, weights):
        count_ends(*some, both, loops, rank, lengths)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    indices = np.empty(indptr[-1], np.int32)
    row_weights = np.empty(0 if weights is None else len(indices), np.float32)
    free = indptr[:-1].copy()
    for some in _in_blocks(sources, targets, weights):
        place_edges(*some, both, loops, rank, free, indices, row_weights)
    if duplicates == "count":
        row_weights = np.ones(len(indices), np.float32)
    sort_rows(indptr, indices, row_weights)
    written = merge_rows(indptr, indices, row_weights, duplicates == "max")
    weighted = weights is not None or duplicates == "count"
    indices.resize(written, refcheck=False)
    if weighted:
        row_weights.resize(written, refcheck=False)
    return _ordered(indptr, indices, row_weights, order, directed=directed, weighted=weighted)


def degrees_of(indptr: np.ndarray, indices: np.ndarray, *, directed: bool) -> np.ndarray:
    """Return the degree of each node, int64, shape (n,): its neighbours; if `directed`, edges out and in together."""
    degrees = np.diff(indptr)
    return degrees + times_named(indices, len(degrees)) if directed else degrees


def times_named(indices: np.ndarray, n: int) -> np.ndarray:
    """Return in how many rows each node stands, int64, shape (n,)."""
    named = np.zeros(n, np.int64)
    for start in range(0, len(indices), BLOCK):
        np.add.at(named, indices[start : start + BLOCK], 1)
    return named


def rows_between(indptr: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Return the row that each of the entries start … stop-1 stands in, int64, shape (stop - start,)."""
    first, last = np.searchsorted(indptr, [start, stop - 1], side="right") - 1
    bounds = np.clip(indptr[first : last + 2], start, stop)
    return np.repeat(np.arange(first, last + 1), np.diff(bounds))


def linked_nodes(indptr: np.ndarray, indices: np.ndarray, *, directed: bool) -> np.ndarray:
    """Return which nodes an edge joins with another node, bool, shape (n,)."""
    lengths = np.diff(indptr)
    if not directed:  # rows rise and hold a node once: a self-loop alone is a row of one
        linked = lengths > 0
        single = np.flatnonzero(lengths == 1)
        linked[single] = indices[indptr[single]] != single
        return linked
    linked = np.zeros(len(lengths), bool)
    for start in range(0, len(indices), BLOCK):
        columns = np.asarray(indices[start : start + BLOCK])
        rows = rows_between(indptr, start, start + len(columns))
        others = rows != columns
        linked[rows[others]] = linked[columns[others]] = True
    return linked


def _in_blocks(
    sources: np.ndarray, targets: np.ndarray, weights: np.ndarray | None
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield some edges at a time, as kernels take them; what is mapped from a file does not stay in memory."""
    for start in range(0, len(sources), BLOCK):
        stop = min(start + BLOCK, len(sources))
        given = np.empty(0, np.float32) if weights is None else np.asarray(weights[start:stop])
        yield np.asarray(sources[start:stop]), np.asarray(targets[start:stop]), given
        for array in (sources, targets, weights):
            if array is not None:
                release(array, start, stop)


def _by_degree(degrees: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the order of nodes by degree, then by number, and the rank of each node in it, int32."""
    order = np.lexsort((numbers, -degrees))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return order, rank


def _ordered(
    indptr: np.ndarray, indices: np.ndarray, weights: np.ndarray, order: np.ndarray, *, directed: bool, weighted: bool
) -> Rows:
    """Bring rows into the order of their degrees, which merging may have changed."""
    from nearfield.kernels.adjacency import move_rows, sort_rows

    final, rank = _by_degree(degrees_of(indptr, indices, directed=directed), order)
    if not np.array_equal(final, np.arange(len(final))):
        moved_indptr = np.concatenate([[0], np.cumsum(np.diff(indptr)[final])])
        moved = np.empty_like(indices), np.empty_like(weights)
        move_rows(indptr, indices, weights, rank, moved_indptr, *moved)
        indptr, (indices, weights) = moved_indptr, moved
        sort_rows(indptr, indices, weights)
    return Rows(indptr, indices, weights if weighted else None, order[final])
