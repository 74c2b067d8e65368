"""The scale of each feature, and values in units of it, as online learners that do not depend on scale have them.

    s_i² = mean of x_i² over the entries of feature i that are not 0;    x_i ← x_i / s_i

Ross, Mineiro & Langford, "Normalized Online Learning" (UAI 2013, arXiv:1305.6646): with values in units of their scale,
per-coordinate rates need no assumption about units. Their algorithm NAG takes the largest |x| so far; the root mean
square, as in its variant sNAG, is less sensitive to outliers. Weights are those of the scaled values, and stay as they
are when a scale changes.

`scales` is float32, shape (n_features, 2): s_i beside the number of entries that it was computed from. A feature that
was never seen has s_i = 0; its values are replaced by their sign.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.lanes import load_float, load_int64, store_float
from nearfield.rank.kernels.layout import entries_of, feature_of, value_of, weight_of_row

PAIR = 8  # bytes of a scale and its count


@inlined
def observe(at, value):  # type: ignore[no-untyped-def]
    """Add a value to the mean of the squares at an address; zeros do not count."""
    if value != 0:
        x, root, n = np.float64(value), np.float64(load_float(at)), np.float64(load_float(at + 4)) + 1.0
        square = root * root
        store_float(at, np.float32(np.sqrt(square + (x * x - square) / n)))
        store_float(at + 4, np.float32(n))


@inlined
def scaled(value, at):  # type: ignore[no-untyped-def]
    """The value in units of the scale at an address."""
    scale = load_float(at)
    if scale > 0:
        return value / scale
    return np.float32(np.sign(value))


@kernel
def observe_rows(rows, scales):  # type: ignore[no-untyped-def]
    """Add the values of rows to the scales at an address, in the order of the rows; rows of weight 0 do not count."""
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        if weight_of_row(row, rows) > 0:
            first, stop = entries_of(row, rows)
            for entry in range(first, stop):
                observe(scales + PAIR * feature_of(entry, rows), value_of(entry, rows))


@kernel
def scale_rows(rows, scales, running, values):  # type: ignore[no-untyped-def]
    """Write the scaled values of rows at the address `values`, float32, one an entry.

    With `running` each value is added to its scale first, so that rows in two calls are as in one.
    """
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        counts = running and weight_of_row(row, rows) > 0
        first, stop = entries_of(row, rows)
        for entry in range(first, stop):
            at, value = scales + PAIR * feature_of(entry, rows), value_of(entry, rows)
            if counts:
                observe(at, value)
            store_float(values + 4 * entry, scaled(value, at))
