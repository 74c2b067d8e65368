"""From edges to rows of neighbours (compressed sparse rows): counted, placed, sorted and merged.

Nodes are numbered 0 … n-1. `rank` says which row each has, so that rows may be ordered without touching the edges.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel


@inlined
def stays(source, target, weight, loops):  # type: ignore[no-untyped-def]
    """Whether an edge is stored: not if it weighs 0, nor if it is a self-loop and these are dropped."""
    return weight > 0 and (loops or source != target)


@kernel
def count_ends(sources, targets, weights, both, loops, rank, lengths):  # type: ignore[no-untyped-def]
    """Add to `lengths`, int64, shape (n,), how many entries each row will have.

    Parameters
    ----------
    sources, targets : int32, shape (m,)
    weights : float32, shape (m,), or (0,): all weigh 1
    both : bool
        Whether an edge stands in the rows of both of its ends; a self-loop stands in its row once.
    loops : bool
        Whether self-loops stay.
    rank : int32, shape (n,)
    """
    for i in range(len(sources)):
        source, target = sources[i], targets[i]
        if stays(source, target, weights[i] if len(weights) else np.float32(1), loops):
            lengths[rank[source]] += 1
            if both and source != target:
                lengths[rank[target]] += 1


@kernel
def place_edges(sources, targets, weights, both, loops, rank, free, indices, row_weights):  # type: ignore[no-untyped-def]
    """Write every edge where its row is free, as `count_ends` counted them; `free`, int64, shape (n,), moves on."""
    for i in range(len(sources)):
        source, target = sources[i], targets[i]
        weight = weights[i] if len(weights) else np.float32(1)
        if not stays(source, target, weight, loops):
            continue
        for end in range(2 if both and source != target else 1):
            row, column = (rank[target], rank[source]) if end else (rank[source], rank[target])
            indices[free[row]] = column
            if len(row_weights):
                row_weights[free[row]] = weight
            free[row] += 1


@kernel
def sort_rows(indptr, indices, row_weights):  # type: ignore[no-untyped-def]
    """Sort each row by column, in place; what has the same column keeps its order."""
    for row in range(len(indptr) - 1):
        start, stop = indptr[row], indptr[row + 1]
        columns = indices[start:stop]
        if len(row_weights):
            order = np.argsort(columns, kind="mergesort")
            row_weights[start:stop] = row_weights[start:stop][order]
            indices[start:stop] = columns[order]
        else:
            columns.sort()


@kernel
def merge_rows(indptr, indices, row_weights, largest):  # type: ignore[no-untyped-def]
    """Make one entry of those that have the same column, in place; return how many entries are left.

    Their weight is the largest or the sum, added up in float64 in their order, so that both directions of an edge get
    the same. `indptr` is written, too.
    """
    written, start = 0, indptr[0]
    for row in range(len(indptr) - 1):
        i, stop = start, indptr[row + 1]
        start = stop
        while i < stop:
            column = indices[i]
            weight = np.float64(0)
            while i < stop and indices[i] == column:
                if len(row_weights):
                    weight = max(weight, np.float64(row_weights[i])) if largest else weight + row_weights[i]
                i += 1
            indices[written] = column
            if len(row_weights):
                row_weights[written] = weight
            written += 1
        indptr[row + 1] = written
    return written


@kernel
def move_rows(indptr, indices, row_weights, rank, new_indptr, new_indices, new_weights):  # type: ignore[no-untyped-def]
    """Copy row i to row rank[i] of new rows, and name the columns accordingly; rows are no longer sorted."""
    for row in range(len(indptr) - 1):
        to = new_indptr[rank[row]]
        for i in range(indptr[row], indptr[row + 1]):
            new_indices[to] = rank[indices[i]]
            if len(row_weights):
                new_weights[to] = row_weights[i]
            to += 1
