"""Logistic and linear regression by FTRL-Proximal (McMahan et al., KDD 2013, algorithm 1).

With g_i = (p - y) · x_i for each feature i of a row, and the weights

    w_i = 0                                                   where |z_i| ≤ λ1
    w_i = - (z_i - sgn(z_i) λ1) / ((β + √n_i) / α + λ2)        elsewhere

a row changes

    σ_i = (√(n_i + g_i²) - √n_i) / α;    z_i ← z_i + g_i - σ_i w_i;    n_i ← n_i + g_i²

Only z and n are kept, side by side; a feature with |z| ≤ λ1 has no weight, and need not be stored by who serves. The
bias is the last feature, and has no λ1.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.lanes import load_float, load_int64, prefetch, store_float
from nearfield.rank.kernels.layout import SOON, ask_for_row, entries_of, feature_of, label_of, value_of, weight_of_row
from nearfield.rank.kernels.losses import predicted, slope

PAIR = 8  # bytes of z and n


@inlined
def weight_of(at, l1, settings):  # type: ignore[no-untyped-def]
    """The weight that z and n at an address stand for."""
    z = load_float(at)
    excess = abs(z) - l1
    if excess <= 0:
        return np.float32(0.0)
    size = excess / ((settings.beta + np.sqrt(load_float(at + 4))) / settings.alpha + settings.l2)
    return -size if z > 0 else size


@inlined
def score_of(row, rows, state, bias, settings):  # type: ignore[no-untyped-def]
    """w·x + bias."""
    score = weight_of(state + PAIR * bias, np.float32(0.0), settings)
    first, stop = entries_of(row, rows)
    for entry in range(first, stop):
        score += value_of(entry, rows) * weight_of(state + PAIR * feature_of(entry, rows), settings.l1, settings)
    return score


@inlined
def step(at, gradient, l1, settings):  # type: ignore[no-untyped-def]
    """Change z and n at an address."""
    n = load_float(at + 4)
    after = n + gradient * gradient
    sigma = (np.sqrt(after) - np.sqrt(n)) / settings.alpha
    store_float(at, load_float(at) + gradient - sigma * weight_of(at, l1, settings))
    store_float(at + 4, after)


@kernel
def train_ftrl(rows, state, bias, settings, foretold):  # type: ignore[no-untyped-def]
    """See every row once, in their order; `foretold` gets what was predicted before each was learnt from.

    Parameters
    ----------
    rows, settings
        See `layout`.
    state : address of float32, shape (bias + 1, 2)
        z and n of each feature, the bias last.
    bias : int
        The bias's id.
    foretold : address of float32, shape (n,)
    """
    for i in range(rows.n_rows):
        ask_for_row(i, rows)
        ask_for_features(i + SOON, rows, state)
        row = load_int64(rows.order + 8 * i)
        score = score_of(row, rows, state, bias, settings)
        store_float(foretold + 4 * row, predicted(score, settings.loss))
        gradient = weight_of_row(row, rows) * slope(score, label_of(row, rows), settings.loss)
        first, stop = entries_of(row, rows)
        for entry in range(first, stop):
            at = state + PAIR * feature_of(entry, rows)
            step(at, gradient * value_of(entry, rows), settings.l1, settings)
        step(state + PAIR * bias, gradient, np.float32(0.0), settings)


@inlined
def ask_for_features(i, rows, state):  # type: ignore[no-untyped-def]
    """Ask for the state of the features of the i-th row in order."""
    if i < rows.n_rows:
        first, stop = entries_of(load_int64(rows.order + 8 * i), rows)
        for entry in range(first, stop):
            prefetch(state + PAIR * feature_of(entry, rows))


@kernel
def predict_ftrl(rows, state, bias, settings, foretold):  # type: ignore[no-untyped-def]
    """What each row's label should be."""
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        store_float(foretold + 4 * row, predicted(score_of(row, rows, state, bias, settings), settings.loss))
