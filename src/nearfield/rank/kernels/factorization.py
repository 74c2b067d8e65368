"""Factorization machines (Rendle, ICDM 2010): every feature a vector, every pair of features their dot product.

    score = w_0 + Σ_i w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j

The last sum in O(k·n) (lemma 3.1): ½ Σ_f ((Σ_i v_if x_i)² - Σ_i v_if² x_i²). With S = Σ_i v_i x_i and the loss's slope
e, ∂/∂v_i = e · x_i (S - v_i x_i) + λ v_i.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.elementwise import inverse_root
from nearfield.kernels.lanes import (
    CACHE_LINE,
    LANE_BYTES,
    fma,
    load,
    load_int64,
    prefetch,
    spread,
    store,
    store_float,
    total,
    zero,
)
from nearfield.rank.kernels.groups import rows_of_group, slopes_of_group, with_slopes
from nearfield.rank.kernels.layout import ask_for_row, label_of, weight_of_row
from nearfield.rank.kernels.linear import linear_score, train_linear
from nearfield.rank.kernels.losses import predicted, slope
from nearfield.rank.kernels.terms import TERM, term_value, terms_of, vectors_of

HALF = np.float32(0.5)


@inlined
def pairs_score(terms, stop, row_bytes, sums):  # type: ignore[no-untyped-def]
    """Σ_{i<j} <v_i, v_j> x_i x_j; leaves S at the address `sums`."""
    squares = zero()
    for k in range(0, row_bytes, LANE_BYTES):
        added = zero()
        for term in range(terms, stop, TERM):
            part = spread(term_value(term)) * load(vectors_of(term) + k)
            added = added + part
            squares = squares - part * part
        squares = fma(added, added, squares)
        store(sums + k, added)
    return HALF * total(squares)


@inlined
def train_pairs(terms, stop, row_bytes, sums, error, settings):  # type: ignore[no-untyped-def]
    """Change the vectors of a row's features; `error` is the loss's slope, S stands at `sums`."""
    rate, pull = spread(-settings.alpha), spread(settings.l2)
    for term in range(terms, stop, TERM):
        value, scale = spread(term_value(term)), spread(error * term_value(term))
        for at in range(vectors_of(term), vectors_of(term) + row_bytes, LANE_BYTES):
            v = load(at)
            gradient = fma(scale, load(sums + at - vectors_of(term)) - v * value, pull * v)
            if settings.adagrad:
                past = fma(gradient, gradient, load(at + row_bytes))
                store(at + row_bytes, past)
                gradient = gradient * inverse_root(past)
            store(at, fma(rate, gradient, v))


@inlined
def ask_for_vectors(terms, stop, row_bytes):  # type: ignore[no-untyped-def]
    """Ask for the vectors of a row's features."""
    for term in range(terms, stop, TERM):
        for k in range(0, 2 * row_bytes, CACHE_LINE):
            prefetch(vectors_of(term) + k)


@inlined
def train_rows(rows, linear, bias, factors, row_bytes, terms, sums, settings, foretold):  # type: ignore[no-untyped-def]
    """See `train_fm`."""
    here, coming = terms, terms + TERM * rows.longest
    coming_stop = terms_of(0, rows, factors, row_bytes, 1, settings.normalize, coming)
    for i in range(rows.n_rows):
        ask_for_row(i, rows)
        row = load_int64(rows.order + 8 * i)
        here, coming, stop = coming, here, coming_stop
        coming_stop = terms_of(i + 1, rows, factors, row_bytes, 1, settings.normalize, coming)
        ask_for_vectors(coming, coming_stop, row_bytes)
        score = linear_score(here, stop, linear, bias) + pairs_score(here, stop, row_bytes, sums)
        store_float(foretold + 4 * row, predicted(score, settings.loss))
        error = weight_of_row(row, rows) * slope(score, label_of(row, rows), settings.loss)
        train_pairs(here, stop, row_bytes, sums, error, settings)
        train_linear(here, stop, linear, bias, error, settings)


@kernel
def train_fm(rows, linear, bias, factors, row_bytes, terms, sums, settings, foretold):  # type: ignore[no-untyped-def]
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
    terms : address
        Room for the terms of two rows, each of the longest.
    sums : address of float32, shape (k,)
        Room for S.
    foretold : address of float32, shape (n,)
    """
    if row_bytes == LANE_BYTES:  # compiled for one register a vector, without a loop over it
        train_rows(rows, linear, bias, factors, LANE_BYTES, terms, sums, settings, foretold)
    else:
        train_rows(rows, linear, bias, factors, row_bytes, terms, sums, settings, foretold)


@kernel
def predict_fm(rows, linear, bias, factors, row_bytes, terms, sums, settings, foretold):  # type: ignore[no-untyped-def]
    """What each row's label should be."""
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        stop = terms_of(i, rows, factors, row_bytes, 1, settings.normalize, terms)
        score = linear_score(terms, stop, linear, bias) + pairs_score(terms, stop, row_bytes, sums)
        store_float(foretold + 4 * row, predicted(score, settings.loss))


@kernel
def train_fm_groups(rows, groups, linear, bias, factors, row_bytes, terms, sums, settings, foretold):  # type: ignore[no-untyped-def]
    """As `train_fm`, but by a loss of groups: a group is predicted as a whole, then learnt from row by row.

    Parameters
    ----------
    rows : Rows
        The rows of each group side by side in the order.
    groups : Groups
    """
    for group in range(groups.n_groups):
        part = rows_of_group(group, rows, groups)
        predict_fm(part, linear, bias, factors, row_bytes, terms, sums, settings, foretold)
        if slopes_of_group(part, foretold, groups.slopes, groups.discounts, settings.loss):
            train_fm(
                with_slopes(part, groups.slopes),
                linear,
                bias,
                factors,
                row_bytes,
                terms,
                sums,
                settings,
                groups.scratch,
            )
