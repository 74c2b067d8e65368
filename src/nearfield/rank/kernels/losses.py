"""The losses of a row, of its score s and label y, and their derivative by the score.

LOGISTIC   log(1 + eˢ) - y·s, the cross-entropy of σ(s) and y in 0 … 1;  derivative σ(s) - y
SQUARED    (s - y)² / 2;                                                  derivative s - y
PAIRWISE, LAMBDARANK
    of all rows of a group together, see `groups`, which puts the derivative in the place of the label
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined

LOGISTIC, SQUARED, PAIRWISE, LAMBDARANK = 0, 1, 2, 3


@inlined
def predicted(score, loss):  # type: ignore[no-untyped-def]
    """The prediction: σ(score), or the score itself."""
    if loss == LOGISTIC:
        return np.float32(1.0) / (np.float32(1.0) + np.exp(-score))
    return score


@inlined
def slope(score, label, loss):  # type: ignore[no-untyped-def]
    """The loss's derivative by the score: the prediction minus the label, or of a group what is in its place."""
    if loss >= PAIRWISE:
        return label
    return predicted(score, loss) - label
