"""Factorization machines (Rendle, ICDM 2010): every feature a vector, every pair of features their dot product.

    score = w_0 + Σ_i w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j

The last sum in O(k·n) (lemma 3.1): ½ Σ_f ((Σ_i v_if x_i)² - Σ_i v_if² x_i²). With S = Σ_i v_i x_i and the loss's slope
e, ∂/∂v_i = e · x_i (S - v_i x_i) + λ v_i.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.lanes import LANE_BYTES, fma, load, load_int64, root, spread, store, store_float, total, zero
from nearfield.rank.kernels.layout import entries_of, feature_of, label_of, value_of, weight_of_row
from nearfield.rank.kernels.linear import linear_score, train_linear
from nearfield.rank.kernels.losses import predicted, slope

HALF, ONE = np.float32(0.5), np.float32(1.0)


@inlined
def score_of(row, rows, linear, bias, factors, row_bytes, sums):  # type: ignore[no-untyped-def]
    """The whole score; leaves S at the address `sums`."""
    return linear_score(row, rows, linear, bias, ONE) + pairs_score(row, rows, factors, row_bytes, sums)


@inlined
def pairs_score(row, rows, factors, row_bytes, sums):  # type: ignore[no-untyped-def]
    """Σ_{i<j} <v_i, v_j> x_i x_j; leaves S at the address `sums`."""
    first, stop = entries_of(row, rows)
    squares = zero()
    for k in range(0, row_bytes, LANE_BYTES):
        added = zero()
        for entry in range(first, stop):
            part = spread(value_of(entry, rows)) * load(factors + 2 * row_bytes * feature_of(entry, rows) + k)
            added = added + part
            squares = squares - part * part
        squares = fma(added, added, squares)
        store(sums + k, added)
    return HALF * total(squares)


@inlined
def train_pairs(row, rows, factors, row_bytes, sums, error, settings):  # type: ignore[no-untyped-def]
    """Change the vectors of a row's features; `error` is the loss's slope, S stands at `sums`."""
    rate, pull = spread(settings.alpha), spread(settings.l2)
    first, stop = entries_of(row, rows)
    for entry in range(first, stop):
        at = factors + 2 * row_bytes * feature_of(entry, rows)
        value, scale = spread(value_of(entry, rows)), spread(error * value_of(entry, rows))
        for k in range(0, row_bytes, LANE_BYTES):
            v = load(at + k)
            gradient = fma(scale, load(sums + k) - v * value, pull * v)
            if settings.adagrad:
                past = fma(gradient, gradient, load(at + row_bytes + k))
                store(at + row_bytes + k, past)
                gradient = gradient / root(past)
            store(at + k, v - rate * gradient)


@kernel
def train_fm(rows, linear, bias, factors, row_bytes, sums, settings, foretold):  # type: ignore[no-untyped-def]
    """See every row once, in their order; `foretold` gets what was predicted before each was learnt from.

    Parameters
    ----------
    rows, settings
        See `layout`.
    linear : address of float32, shape (bias + 1, 2)
        See `linear`.
    bias : int
        The bias's place in `linear`.
    factors : address of float32, shape (n_features, 2, k)
        Each vector beside its squared gradients; k a multiple of LANES, `row_bytes` its bytes.
    sums : address of float32, shape (k,)
        Room for S.
    foretold : address of float32, shape (n,)
    """
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        score = score_of(row, rows, linear, bias, factors, row_bytes, sums)
        store_float(foretold + 4 * row, predicted(score, settings.loss))
        error = weight_of_row(row, rows) * slope(score, label_of(row, rows), settings.loss)
        train_pairs(row, rows, factors, row_bytes, sums, error, settings)
        train_linear(row, rows, linear, bias, error, ONE, settings)


@kernel
def predict_fm(rows, linear, bias, factors, row_bytes, sums, settings, foretold):  # type: ignore[no-untyped-def]
    """What each row's label should be."""
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        score = score_of(row, rows, linear, bias, factors, row_bytes, sums)
        store_float(foretold + 4 * row, predicted(score, settings.loss))
