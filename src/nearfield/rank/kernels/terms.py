"""The entries of one row, made ready once: they are met again for each pair, and again to learn from.

A term is 24 bytes: the address of its feature's vectors, its field's place among the vectors of another feature, its
feature's number (int32) and its value (float32).
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import load_float, load_int32, load_int64, store_float, store_int32, store_int64
from nearfield.rank.kernels.layout import entries_of, feature_of, field_of, value_of

TERM = 24


@inlined
def terms_of(i, rows, factors, row_bytes, n_fields, normalize, terms):  # type: ignore[no-untyped-def]
    """Write the terms of the i-th row in order at the address `terms`, none behind the last; return where they end.

    With `normalize` the values are divided by the root of the sum of their squares.
    """
    if i >= rows.n_rows:
        return terms
    first, stop = entries_of(load_int64(rows.order + 8 * i), rows)
    scale = normalisation(first, stop, rows) if normalize else np.float32(1.0)
    at = terms
    for entry in range(first, stop):
        feature = feature_of(entry, rows)
        store_int64(at, factors + 2 * row_bytes * n_fields * feature)
        store_int64(at + 8, 2 * row_bytes * field_of(entry, rows))
        store_int32(at + 16, np.int32(feature))
        store_float(at + 20, scale * value_of(entry, rows))
        at += TERM
    return at


@inlined
def normalisation(first, stop, rows):  # type: ignore[no-untyped-def]
    """1 / √Σ x², or 1 where all are 0."""
    squares = np.float32(0.0)
    for entry in range(first, stop):
        squares += value_of(entry, rows) ** 2
    return np.float32(1.0) / np.sqrt(squares) if squares > 0 else np.float32(1.0)


@inlined
def vectors_of(term):  # type: ignore[no-untyped-def]
    """The address of the vectors of a term's feature."""
    return load_int64(term)


@inlined
def own_of(term):  # type: ignore[no-untyped-def]
    """How far from the first vector of any feature its vector for this term's field stands."""
    return load_int64(term + 8)


@inlined
def term_feature(term):  # type: ignore[no-untyped-def]
    """The number of a term's feature."""
    return np.int64(load_int32(term + 16))


@inlined
def term_value(term):  # type: ignore[no-untyped-def]
    """The value of a term."""
    return load_float(term + 20)
