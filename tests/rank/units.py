"""Rows in the units that rankers train on, a value at a time: the reference for `rank.scaling`."""

import numpy as np

from nearfield.examples import Examples


def replaced(examples, **changes):
    """The same rows with other arrays."""
    return Examples(**examples._arrays() | changes, space=examples.space)


def running_scales(examples, squares=None):
    """Root mean squares after each entry, and per feature at the end; rows of weight 0 and zeros do not count."""
    sums = {} if squares is None else squares
    after = np.zeros(len(examples.features))
    for row in range(len(examples)):
        for entry in range(examples.indptr[row], examples.indptr[row + 1]):
            feature, x = int(examples.features[entry]), float(examples.entry_values[entry])
            total, n = sums.get(feature, (0.0, 0))
            if x != 0 and (examples.weights is None or examples.weights[row] > 0):
                total, n = total + x * x, n + 1
                sums[feature] = total, n
            after[entry] = np.sqrt(total / n) if n else 0.0
    return after, {feature: np.sqrt(total / n) for feature, (total, n) in sums.items()}


def divided(values, scales):
    return np.where(scales > 0, values / np.where(scales > 0, scales, 1), np.sign(values)).astype(np.float32)


def trained_on(examples, loss="logistic"):
    """Rows as the first call of `partial_fit` trains on them."""
    after, _ = running_scales(examples)
    labels = examples.labels.astype(np.float64)
    if loss == "squared":
        mean = np.average(labels, weights=examples.weights)
        labels = (labels - mean) / np.sqrt(np.average((labels - mean) ** 2, weights=examples.weights))
    return replaced(examples, values=divided(examples.entry_values, after), labels=labels.astype(np.float32))


def asked_with(examples, model):
    """Rows as a model that has seen values predicts for them."""
    return replaced(examples, values=divided(examples.entry_values, model.scales_[examples.features, 0]))


def in_units(model, predictions):
    """Predictions of standardised targets, as the model returns them."""
    if model.loss != "squared":
        return predictions
    mean, deviation = model.targets_
    return mean + deviation * np.asarray(predictions)
