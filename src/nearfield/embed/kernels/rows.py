"""Whole rows: ask for, clear, add, sum."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import CACHE_LINE, LANE_BYTES, load, load_int64, prefetch, spread, store, zero


@inlined
def prefetch_row(row, row_bytes):  # type: ignore[no-untyped-def]
    """Ask for all cache lines of a row."""
    for k in range(0, row_bytes, CACHE_LINE):
        prefetch(row + k)


@inlined
def clear_row(row, row_bytes):  # type: ignore[no-untyped-def]
    """Set a row to zero."""
    for k in range(0, row_bytes, LANE_BYTES):
        store(row + k, zero())


@inlined
def add_row(source, target, row_bytes):  # type: ignore[no-untyped-def]
    """target ← target + source."""
    for k in range(0, row_bytes, LANE_BYTES):
        store(target + k, load(target + k) + load(source + k))


@inlined
def add_to_rows(source, rows, m, row_bytes):  # type: ignore[no-untyped-def]
    """Add a row to each of the m listed rows; one that is listed twice gets it twice."""
    for k in range(0, row_bytes, LANE_BYTES):
        added = load(source + k)
        for i in range(m):
            target = load_int64(rows + 8 * i) + k
            store(target, load(target) + added)


@inlined
def sum_rows(rows, m, scale, target, row_bytes):  # type: ignore[no-untyped-def]
    """target ← scale · Σ of the m listed rows."""
    factor = spread(np.float32(scale))
    for k in range(0, row_bytes, LANE_BYTES):
        total = zero()
        for i in range(m):
            total = total + load(load_int64(rows + 8 * i) + k)
        store(target + k, total * factor)
