"""The linear part and the bias of factorization machines, by the same rule as their factors.

    score = bias + Σ_i w_i x_i

`table` is float32, shape (bias + 1, 2): each weight beside the sum of its squared gradients (AdaGrad, Duchi et al.
2011), the bias last: G ← G + g², w ← w - α · g / √G; without AdaGrad w ← w - α · g.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import load_float, store_float
from nearfield.rank.kernels.layout import entries_of, feature_of, value_of

PAIR = 8  # bytes of a weight and its squared gradients


@inlined
def linear_score(row, rows, table, bias, scale):  # type: ignore[no-untyped-def]
    """bias + scale · Σ w_i x_i."""
    total = np.float32(0.0)
    first, stop = entries_of(row, rows)
    for entry in range(first, stop):
        total += value_of(entry, rows) * load_float(table + PAIR * feature_of(entry, rows))
    return load_float(table + PAIR * bias) + scale * total


@inlined
def train_linear(row, rows, table, bias, error, scale, settings):  # type: ignore[no-untyped-def]
    """Change the weights of a row's features, and the bias; l2 pulls at the weights only."""
    first, stop = entries_of(row, rows)
    for entry in range(first, stop):
        at = table + PAIR * feature_of(entry, rows)
        move(at, error * scale * value_of(entry, rows) + settings.l2_linear * load_float(at), settings)
    move(table + PAIR * bias, error, settings)


@inlined
def move(at, gradient, settings):  # type: ignore[no-untyped-def]
    """Change the weight at an address."""
    rate = settings.alpha
    if settings.adagrad:
        past = load_float(at + 4) + gradient * gradient
        store_float(at + 4, past)
        rate /= np.sqrt(past)
    store_float(at, load_float(at) - rate * gradient)
