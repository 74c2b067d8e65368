"""Logistic and linear regression by FTRL-Proximal (McMahan et al., KDD 2013, algorithm 1).

With g_i = (p - y) · x_i for each feature i of a row, and the weights

    w_i = 0                                                   where |z_i| ≤ λ1
    w_i = - (z_i - sgn(z_i) λ1) / ((β + √n_i) / α + λ2)        elsewhere

a row changes

    σ_i = (√(n_i + g_i²) - √n_i) / α;    z_i ← z_i + g_i - σ_i w_i;    n_i ← n_i + g_i²

Only z and n are kept, side by side; a feature with |z| ≤ λ1 has no weight, and need not be stored by who serves. The
bias is the last feature, and has no λ1.

With counts (section 4.2) n is not summed, but estimated from how many rows with the feature were positive, P, and
negative, N, as if it were all that was known of them: n = P N / (P + N). Kept are z, P and N; many models that learn
from the same rows can share the counts. A row with a label between 0 and 1 is so much positive, the rest negative.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.lanes import load_float, load_int64, prefetch, store_float
from nearfield.rank.kernels.groups import rows_of_group, slopes_of_group, with_slopes
from nearfield.rank.kernels.layout import SOON, ask_for_row, entries_of, feature_of, label_of, value_of, weight_of_row
from nearfield.rank.kernels.losses import predicted, slope

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@inlined
def row_bytes_of(settings):  # type: ignore[no-untyped-def]
    """The bytes of a feature's state."""
    return 12 if settings.counts else 8


@inlined
def squares_of(at, settings):  # type: ignore[no-untyped-def]
    """n of the state at an address."""
    if settings.counts:
        positive, negative = load_float(at + 4), load_float(at + 8)
        return positive * negative / (positive + negative) if positive > 0 else ZERO
    return load_float(at + 4)


@inlined
def add_to_squares(at, gradient, label, weight, settings):  # type: ignore[no-untyped-def]
    """Count a row, or add its squared gradient."""
    if settings.counts:
        store_float(at + 4, load_float(at + 4) + weight * label)
        store_float(at + 8, load_float(at + 8) + weight * (ONE - label))
    else:
        store_float(at + 4, load_float(at + 4) + gradient * gradient)


@inlined
def weight_of(at, l1, settings):  # type: ignore[no-untyped-def]
    """The weight that the state at an address stands for."""
    z = load_float(at)
    excess = abs(z) - l1
    if excess <= 0:
        return ZERO
    size = excess / ((settings.beta + np.sqrt(squares_of(at, settings))) / settings.alpha + settings.l2)
    return -size if z > 0 else size


@inlined
def score_of(row, rows, state, bias, settings):  # type: ignore[no-untyped-def]
    """w·x + bias."""
    row_bytes = row_bytes_of(settings)
    score = weight_of(state + row_bytes * bias, ZERO, settings)
    first, stop = entries_of(row, rows)
    for entry in range(first, stop):
        at = state + row_bytes * feature_of(entry, rows)
        score += value_of(entry, rows) * weight_of(at, settings.l1, settings)
    return score


@inlined
def step(at, gradient, label, weight, l1, settings):  # type: ignore[no-untyped-def]
    """Change the state at an address; `label` and `weight` are the row's."""
    root, own = np.sqrt(squares_of(at, settings)), weight_of(at, l1, settings)
    add_to_squares(at, gradient, label, weight, settings)
    sigma = (np.sqrt(squares_of(at, settings)) - root) / settings.alpha
    store_float(at, load_float(at) + gradient - sigma * own)


@kernel
def train_ftrl(rows, state, bias, settings, foretold):  # type: ignore[no-untyped-def]
    """See every row once, in their order; `foretold` gets what was predicted before each was learnt from.

    Parameters
    ----------
    rows, settings
        See `layout`.
    state : address of float32, shape (bias + 1, 2), or with counts (bias + 1, 3)
        z and n, or z, P and N of each feature, the bias last.
    bias : int
        The bias's id.
    foretold : address of float32, shape (n,)
    """
    row_bytes = row_bytes_of(settings)
    for i in range(rows.n_rows):
        ask_for_row(i, rows)
        ask_for_features(i + SOON, rows, state, row_bytes)
        row = load_int64(rows.order + 8 * i)
        label, weight = label_of(row, rows), weight_of_row(row, rows)
        score = score_of(row, rows, state, bias, settings)
        store_float(foretold + 4 * row, predicted(score, settings.loss))
        gradient = weight * slope(score, label, settings.loss)
        first, stop = entries_of(row, rows)
        for entry in range(first, stop):
            at = state + row_bytes * feature_of(entry, rows)
            step(at, gradient * value_of(entry, rows), label, weight, settings.l1, settings)
        step(state + row_bytes * bias, gradient, label, weight, ZERO, settings)


@inlined
def ask_for_features(i, rows, state, row_bytes):  # type: ignore[no-untyped-def]
    """Ask for the state of the features of the i-th row in order."""
    if i < rows.n_rows:
        first, stop = entries_of(load_int64(rows.order + 8 * i), rows)
        for entry in range(first, stop):
            prefetch(state + row_bytes * feature_of(entry, rows))


@kernel
def predict_ftrl(rows, state, bias, settings, foretold):  # type: ignore[no-untyped-def]
    """What each row's label should be."""
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        store_float(foretold + 4 * row, predicted(score_of(row, rows, state, bias, settings), settings.loss))


@kernel
def train_ftrl_groups(rows, groups, state, bias, settings, foretold):  # type: ignore[no-untyped-def]
    """As `train_ftrl`, but by a loss of groups: a group is predicted as a whole, then learnt from row by row.

    Parameters
    ----------
    rows : Rows
        The rows of each group side by side in the order.
    groups : Groups
    """
    for group in range(groups.n_groups):
        part = rows_of_group(group, rows, groups)
        predict_ftrl(part, state, bias, settings, foretold)
        if slopes_of_group(part, foretold, groups.slopes, groups.discounts, settings.loss):
            train_ftrl(with_slopes(part, groups.slopes), state, bias, settings, groups.scratch)
