"""Exact top-K by blocked matrix products: the best rows of a table for many queries, without an m × n matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nearfield.errors import BadInput
from nearfield.tables import Table

BLOCK_ROWS = 4_096  # rows of the table scored in one go
BLOCK_SCORES = 1 << 21  # scores held at a time: 8 MB
GROUP = 32  # scores of which only the best is looked at to find a bound
DENSE = 2  # where one row in so many is allowed, scoring all of them is as quick as gathering these

Rows = slice | np.ndarray  # neighbours, or ids
Score = Callable[[slice, Rows], np.ndarray]


def top_k(
    queries: np.ndarray,
    table: np.ndarray | Table,
    k: int,
    *,
    weights: np.ndarray | None = None,
    exclude: Sequence[np.ndarray] | None = None,
    allow: np.ndarray | None = None,
    block: int = BLOCK_ROWS,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the k rows of `table` with the largest dot product with each query, the best first.

    Exact. Equal scores are ordered by smaller id. Memory beyond the result stays at a few blocks of scores.

    Parameters
    ----------
    queries : ndarray of float32, shape (m, dim)
    table : ndarray of float32, shape (n, dim), or Table
    k : int
        At least 1. With k > n, or k > the number of ids that are allowed, there are so many columns.
    weights : ndarray of float32, shape (n,), optional
        Each row's scores are multiplied by its weight; inverse norms give cosines.
    exclude : sequence of m arrays of int, optional
        Ids that each query must not get.
    allow : array of int, optional
        The only ids that any query may get, in any order; all if it is not given.
    block : int
        Rows of `table` scored in one go.

    Returns
    -------
    ids : ndarray of int64, shape (m, min(k, n or allowed ids))
        -1 where a query has no more rows left.
    scores : ndarray of float32, of the same shape
        -inf where the id is -1.
    """
    queries = np.ascontiguousarray(queries, np.float32)
    if queries.ndim != 2 or queries.shape[1] != table.shape[1]:
        raise BadInput(f"queries have shape {queries.shape}; expected (number of queries, {table.shape[1]})")

    def score(some: slice, rows: Rows) -> np.ndarray:
        scores = queries[some] @ table[rows].T
        return scores if weights is None else np.multiply(scores, weights[rows], out=scores)

    return top_k_by(score, len(queries), len(table), k, exclude=exclude, allow=allow, block=block)


def top_k_by(
    score: Score,
    n_queries: int,
    n_rows: int,
    k: int,
    *,
    exclude: Sequence[np.ndarray] | None = None,
    allow: np.ndarray | None = None,
    block: int = BLOCK_ROWS,
) -> tuple[np.ndarray, np.ndarray]:
    """Do what `top_k` does for any score: `score(queries, rows)` gives float32 scores for a slice of queries and rows.

    Rows are a slice of ids or, where few are allowed, an array of them.
    """
    if not isinstance(k, int | np.integer) or k < 1:
        raise BadInput(f"k is {k!r}; expected a whole number of at least 1")
    allowed = None if allow is None else _checked_allowed(allow, n_rows)
    n_places = n_rows if allowed is None else len(allowed)
    k = min(k, n_places)
    block = max(1, block, min(GROUP * k, n_places))  # fewer rows could not bound the k-th best
    places = np.full((n_queries, k), n_places, np.int64)
    scores = np.full((n_queries, k), -np.inf, np.float32)
    excluded = _Pairs(exclude, n_queries, allowed)
    step = max(1, BLOCK_SCORES // block)
    for first in range(0, n_queries if k else 0, step):
        some = slice(first, min(first + step, n_queries))
        for start in range(0, n_places, block):
            rows = slice(start, min(start + block, n_places))
            found = score(some, rows) if allowed is None else _score_allowed(score, some, allowed[rows])
            excluded.blank(found, some, rows)
            _merge(places[some], scores[some], found, start)
    ids = places if allowed is None else np.append(allowed, -1)[places]
    ids[scores == -np.inf] = -1
    return ids, scores


def _checked_allowed(allow: np.ndarray, n_rows: int) -> np.ndarray:
    """Return the ids that are allowed, each once and rising, so that equal scores stay in the order of ids."""
    ids = np.unique(np.asarray(allow))
    if len(ids) and (ids.dtype.kind not in "iu" or ids[0] < 0 or ids[-1] >= n_rows):
        raise BadInput(f"allow holds ids from {ids[0]} to {ids[-1]}; expected whole numbers from 0 to {n_rows - 1}")
    return ids.astype(np.int64)


def _score_allowed(score: Score, some: slice, ids: np.ndarray) -> np.ndarray:
    """Score rising ids: gathered where they lie far apart, else by scoring all rows from the first to the last."""
    first, stop = int(ids[0]), int(ids[-1]) + 1
    if stop - first > DENSE * len(ids):
        return score(some, ids)
    return score(some, slice(first, stop))[:, ids - first]


def _merge(ids: np.ndarray, scores: np.ndarray, found: np.ndarray, start: int) -> None:
    """Put those of `found`, scores of rows `start` …, that belong to the best k in their places; in place."""
    k = ids.shape[1]
    passing = np.flatnonzero(found >= np.maximum(scores[:, -1], _bound(found, k))[:, None])
    if not len(passing):
        return
    query, column = np.divmod(passing, found.shape[1])
    which, first, counts = np.unique(query, return_index=True, return_counts=True)
    # a row for each query concerned: its best so far, then what passed, padded to the same length
    place = np.repeat(np.arange(len(which)), counts), k + np.arange(len(query)) - np.repeat(first, counts)
    all_scores = np.full((len(which), k + int(counts.max())), -np.inf, np.float32)
    all_ids = np.zeros(all_scores.shape, np.int64)
    all_scores[:, :k], all_ids[:, :k] = scores[which], ids[which]
    all_scores[place], all_ids[place] = found[query, column], column + start
    # equal scores stay in order, and so that of their ids
    best = np.argsort(-all_scores, axis=1, kind="stable")[:, :k]
    scores[which] = np.take_along_axis(all_scores, best, axis=1)
    ids[which] = np.take_along_axis(all_ids, best, axis=1)


def _bound(found: np.ndarray, k: int) -> np.ndarray:
    """Return, for each row, a lower bound of its k-th best: the k-th best of the maxima of groups of columns.

    Finding it costs one vectorised pass, where selecting by partition costs several.
    """
    m, width = found.shape
    n_groups = width // GROUP
    if n_groups < k:
        return np.full(m, -np.inf, np.float32)
    maxima = found[:, : n_groups * GROUP].reshape(m, GROUP, n_groups).max(axis=1)
    return np.partition(maxima, n_groups - k, axis=1)[:, n_groups - k]


class _Pairs:
    """The excluded (query, place) pairs, laid out flat and in the order of queries.

    A place is an id or, where only some ids are allowed, that of an id among them.
    """

    def __init__(self, exclude: Sequence[np.ndarray] | None, n_queries: int, allowed: np.ndarray | None) -> None:
        lists = [()] * n_queries if exclude is None else exclude
        if len(lists) != n_queries:
            raise BadInput(f"exclude has {len(lists)} lists for {n_queries} queries; expected one each")
        lengths = np.fromiter(map(len, lists), np.int64, n_queries)
        self.places = np.concatenate([np.empty(0, np.int64), *map(np.asarray, lists)]).astype(np.int64)
        self.queries = np.repeat(np.arange(n_queries), lengths)
        if allowed is not None:
            held = np.isin(self.places, allowed)
            self.places, self.queries = np.searchsorted(allowed, self.places[held]), self.queries[held]

    def blank(self, found: np.ndarray, some: slice, rows: slice) -> None:
        """Set the scores of excluded pairs to -inf, in place."""
        first, stop = np.searchsorted(self.queries, [some.start, some.stop])
        queries, places = self.queries[first:stop], self.places[first:stop]
        here = (places >= rows.start) & (places < rows.stop)
        found[queries[here] - some.start, places[here] - rows.start] = -np.inf
