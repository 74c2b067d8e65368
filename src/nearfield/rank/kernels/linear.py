"""The linear part and the bias of factorization machines, by the same rule as their factors.

    score = bias + Σ_i w_i x_i

`table` is float32, shape (bias + 1, 2): each weight beside the sum of its squared gradients (AdaGrad, Duchi et al.
2011), the bias last: G ← G + g², w ← w - α · g / √G; without AdaGrad w ← w - α · g.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import load_float, store_float
from nearfield.rank.kernels.terms import TERM, term_feature, term_value

PAIR = 8  # bytes of a weight and its squared gradients


@inlined
def linear_score(terms, stop, table, bias):  # type: ignore[no-untyped-def]
    """bias + Σ w_i x_i."""
    score = load_float(table + PAIR * bias)
    for term in range(terms, stop, TERM):
        score += term_value(term) * load_float(table + PAIR * term_feature(term))
    return score


@inlined
def train_linear(terms, stop, table, bias, error, settings):  # type: ignore[no-untyped-def]
    """Change the weights of a row's features, and the bias; l2 pulls at the weights only."""
    for term in range(terms, stop, TERM):
        at = table + PAIR * term_feature(term)
        move(at, error * term_value(term) + settings.l2_linear * load_float(at), settings)
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
