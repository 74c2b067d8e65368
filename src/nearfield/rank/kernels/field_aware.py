"""Field-aware factorization machines (Juan et al., RecSys 2016): a vector of each feature for each field it meets.

    score = w_0 + √r · Σ_i w_i x_i + r · Σ_{i<j} <v_{i, f_j}, v_{j, f_i}> x_i x_j        r = 1 / Σ_i x_i², or 1

(equation 4, with a linear part and a bias, which the paper leaves out; r is its instance-wise normalisation, section
3.3). With the loss's slope e, ∂/∂v_{i, f_j} = e · r · x_i x_j · v_{j, f_i} + λ v_{i, f_j}, and AdaGrad (algorithm 1):
G ← G + g², v ← v - α · g / √G.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.lanes import LANE_BYTES, fma, load, load_int64, root, spread, store, store_float, total, zero
from nearfield.rank.kernels.layout import entries_of, feature_of, field_of, label_of, value_of, weight_of_row
from nearfield.rank.kernels.linear import linear_score, train_linear
from nearfield.rank.kernels.losses import predicted, slope


@inlined
def normalisation(row, rows, settings):  # type: ignore[no-untyped-def]
    """r: 1 / Σ x², or 1."""
    squares = np.float32(0.0)
    if settings.normalize:
        first, stop = entries_of(row, rows)
        for entry in range(first, stop):
            squares += value_of(entry, rows) ** 2
    return np.float32(1.0) / squares if squares > 0 else np.float32(1.0)


@inlined
def vector_of(feature, field, factors, row_bytes, n_fields):  # type: ignore[no-untyped-def]
    """The address of v_{feature, field}; its squared gradients stand `row_bytes` behind it."""
    return factors + 2 * row_bytes * (feature * n_fields + field)


@inlined
def score_of(row, rows, linear, bias, factors, row_bytes, n_fields, r):  # type: ignore[no-untyped-def]
    """The whole score."""
    pairs = pairs_score(row, rows, factors, row_bytes, n_fields)
    return linear_score(row, rows, linear, bias, np.sqrt(r)) + r * pairs


@inlined
def pairs_score(row, rows, factors, row_bytes, n_fields):  # type: ignore[no-untyped-def]
    """Σ_{i<j} <v_{i, f_j}, v_{j, f_i}> x_i x_j."""
    sums = zero()
    first, stop = entries_of(row, rows)
    for i in range(first, stop):
        feature, field, x = feature_of(i, rows), field_of(i, rows), value_of(i, rows)
        for j in range(i + 1, stop):
            one = vector_of(feature, field_of(j, rows), factors, row_bytes, n_fields)
            other = vector_of(feature_of(j, rows), field, factors, row_bytes, n_fields)
            both = spread(x * value_of(j, rows))
            for k in range(0, row_bytes, LANE_BYTES):
                sums = fma(both * load(one + k), load(other + k), sums)
    return total(sums)


@inlined
def train_pairs(row, rows, factors, row_bytes, n_fields, error, settings):  # type: ignore[no-untyped-def]
    """Change both vectors of each pair; `error` is the loss's slope times r."""
    rate, pull = spread(-settings.alpha), spread(settings.l2)
    first, stop = entries_of(row, rows)
    for i in range(first, stop):
        feature, field, x = feature_of(i, rows), field_of(i, rows), error * value_of(i, rows)
        for j in range(i + 1, stop):
            one = vector_of(feature, field_of(j, rows), factors, row_bytes, n_fields)
            other = vector_of(feature_of(j, rows), field, factors, row_bytes, n_fields)
            both = spread(x * value_of(j, rows))
            for k in range(0, row_bytes, LANE_BYTES):
                u, v = load(one + k), load(other + k)
                adagrad_step(one + k, u, fma(both, v, pull * u), row_bytes, rate)
                adagrad_step(other + k, v, fma(both, u, pull * v), row_bytes, rate)


@inlined
def adagrad_step(at, v, gradient, row_bytes, rate):  # type: ignore[no-untyped-def]
    """Change LANES factors, `v` now, at an address; `rate` is below 0."""
    past = fma(gradient, gradient, load(at + row_bytes))
    store(at + row_bytes, past)
    store(at, fma(rate, gradient / root(past), v))


@kernel
def train_ffm(rows, linear, bias, factors, row_bytes, n_fields, settings, foretold):  # type: ignore[no-untyped-def]
    """See every row once, in their order; `foretold` gets what was predicted before each was learnt from.

    Parameters
    ----------
    rows, settings
        See `layout`.
    linear : address of float32, shape (bias + 1, 2)
        See `linear`.
    bias : int
        The bias's place in `linear`.
    factors : address of float32, shape (n_features, n_fields, 2, k)
        Each vector beside its squared gradients; k a multiple of LANES, `row_bytes` its bytes.
    foretold : address of float32, shape (n,)
    """
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        r = normalisation(row, rows, settings)
        score = score_of(row, rows, linear, bias, factors, row_bytes, n_fields, r)
        store_float(foretold + 4 * row, predicted(score, settings.loss))
        error = weight_of_row(row, rows) * slope(score, label_of(row, rows), settings.loss)
        train_pairs(row, rows, factors, row_bytes, n_fields, error * r, settings)
        train_linear(row, rows, linear, bias, error, np.sqrt(r), settings)


@kernel
def predict_ffm(rows, linear, bias, factors, row_bytes, n_fields, settings, foretold):  # type: ignore[no-untyped-def]
    """What each row's label should be."""
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        r = normalisation(row, rows, settings)
        score = score_of(row, rows, linear, bias, factors, row_bytes, n_fields, r)
        store_float(foretold + 4 * row, predicted(score, settings.loss))
