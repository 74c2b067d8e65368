"""Rows of neighbours at their addresses: where they are, whether an edge is there, what it weighs."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import load_double, load_float, load_int32, load_int64
from nearfield.kernels.randomness import below, draw_alias

NOWHERE = np.int64(-1)


@inlined
def row_of(links, node):  # type: ignore[no-untyped-def]
    """Where a node's row starts, and where it stops."""
    at = links.indptr + 8 * node
    return load_int64(at), load_int64(at + 8)


@inlined
def neighbour(links, place):  # type: ignore[no-untyped-def]
    """The node that the entry at `place` names."""
    return np.int64(load_int32(links.indices + 4 * place))


@inlined
def weight_of(links, place):  # type: ignore[no-untyped-def]
    """What the entry at `place` weighs."""
    return np.float64(load_float(links.weights + 4 * place)) if links.weights != 0 else 1.0


@inlined
def total_of(links, node, degree):  # type: ignore[no-untyped-def]
    """What the entries of a node's row weigh together."""
    return load_double(links.totals + 8 * node) if links.weights != 0 else np.float64(degree)


@inlined
def place_of(links, source, target):  # type: ignore[no-untyped-def]
    """Where the edge from source to target stands, or NOWHERE: a binary search in the row."""
    # of the two rows that have an undirected edge, the later one is the shorter
    row, column = (target, source) if links.symmetric and target > source else (source, target)
    low, stop = row_of(links, row)
    high = stop
    while low < high:
        middle = (low + high) >> 1
        if neighbour(links, middle) < column:
            low = middle + 1
        else:
            high = middle
    return low if low < stop and neighbour(links, low) == column else NOWHERE


@inlined
def place_between(links, low, high, node):  # type: ignore[no-untyped-def]
    """The first place from `low` to `high` whose entry is `node` or comes after it, near `low` found at once."""
    step = np.int64(1)
    while low + step < high and neighbour(links, low + step) < node:
        low += step
        step *= 2
    stop = min(low + step, high)
    while low < stop:
        middle = (low + stop) >> 1
        if neighbour(links, middle) < node:
            low = middle + 1
        else:
            stop = middle
    return low


@inlined
def draw_place(links, start, degree, random):  # type: ignore[no-untyped-def]
    """Draw an entry of a row by weight from 64 random bits."""
    if links.alias == 0:
        return start + below(random, degree)
    return start + draw_alias(random, links.alias + 8 * start, degree)
