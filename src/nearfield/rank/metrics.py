"""The mean loss of predictions, which training watches."""

from __future__ import annotations

import numpy as np

from nearfield.examples import Examples

LEAST = 1e-7  # as close to 0 or 1 as a probability is taken


def mean_loss(foretold: np.ndarray, examples: Examples, loss: str) -> float:
    """Return the weighted mean of -log p(label) with "logistic", of (prediction - label)² with "squared".

    With a loss of groups it is that of pairs, see `groups.mean_pair_loss`, also with "lambdarank": the weights of its
    pairs depend on the order that is predicted, so that its own values could not be compared from pass to pass.
    """
    if loss not in ("logistic", "squared"):
        from nearfield.rank.groups import mean_pair_loss

        return mean_pair_loss(foretold, examples)
    labels, p = examples.labels.astype(np.float64), foretold.astype(np.float64)
    if loss == "logistic":
        p = np.clip(p, LEAST, 1 - LEAST)
        losses = -(labels * np.log(p) + (1 - labels) * np.log1p(-p))
    else:
        losses = (p - labels) ** 2
    return float(np.average(losses, weights=examples.weights))


def baseline_loss(examples: Examples, loss: str) -> tuple[float, float]:
    """Return the weighted mean of the labels, and the mean loss of predicting it for all rows."""
    mean = float(np.average(examples.labels.astype(np.float64), weights=examples.weights))
    return mean, mean_loss(np.full(len(examples), mean), examples, loss)
