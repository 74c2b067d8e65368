"""Whole rows: ask for, clear, add, sum."""

from __future__ import annotations

import numpy as np

from nearfield.embed.kernels.compilation import inlined
from nearfield.embed.kernels.lanes import CACHE_LINE, LANE_BYTES, load, load_int64, prefetch, spread, store, zero


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
def sum_rows(rows, m, scale, target, row_bytes):  # type: ignore[no-untyped-def]
    """target ← scale · Σ of the m listed rows."""
    factor = spread(np.float32(scale))
    for k in range(0, row_bytes, LANE_BYTES):
        total = zero()
        for i in range(m):
            total = total + load(load_int64(rows + 8 * i) + k)
        store(target + k, total * factor)
