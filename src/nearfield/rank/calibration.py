"""Calibration: from a model's predictions to probabilities that come true, learnt from rows that it has not seen."""

from __future__ import annotations

from typing import Self

import numpy as np

from nearfield.errors import BadInput
from nearfield.estimator import Estimator
from nearfield.rank.metrics import LEAST

STEPS = 100  # of Newton's method, which needs about six
ENOUGH = 1e-10


class IsotonicCalibration(Estimator):
    """The rising step function nearest to the labels (Zadrozny & Elkan, KDD 2002), by scipy's pool of violators.

    It mends any shape of error that keeps the order, and wants some thousand rows. Between the predictions that it has
    seen it is linear, beyond them constant.

    Attributes
    ----------
    predictions_, probabilities_ : ndarray of float64, shape (m,)
        The function's points.
    """

    def fit(self, predictions: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None) -> Self:
        """Learn from predictions, labels 0 and 1, and weights, each of shape (n,)."""
        from scipy.optimize import isotonic_regression

        predictions, labels, weights = _checked(predictions, labels, weights)
        points, place = np.unique(predictions, return_inverse=True)
        total = np.bincount(place, weights)
        means = np.bincount(place, weights * labels) / total
        self.predictions_ = points
        self.probabilities_ = np.asarray(isotonic_regression(means, weights=total).x)
        return self

    def predict(self, predictions: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, float32, shape (n,)."""
        return np.interp(predictions, self.predictions_, self.probabilities_).astype(np.float32)


class PlattCalibration(Estimator):
    """p ↦ σ(slope · logit(p) + intercept), for few rows (Platt 1999; with his targets, which keep off 0 and 1).

    Attributes
    ----------
    slope_, intercept_ : float
        1 and 0 where nothing needs to be mended; a slope below 1 says that the model is too sure of itself.
    """

    def fit(self, predictions: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None) -> Self:
        """Learn from predicted probabilities, labels 0 and 1, and weights, each of shape (n,)."""
        predictions, labels, weights = _checked(predictions, labels, weights)
        positives, negatives = float(weights @ labels), float(weights @ (1 - labels))
        targets = np.where(labels > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
        features = np.stack([_logit(predictions), np.ones(len(labels))], axis=1)
        found = np.array([0.0, np.log((positives + 1) / (negatives + 1))])
        for _ in range(STEPS):
            p = 1 / (1 + np.exp(-features @ found))
            gradient = features.T @ (weights * (p - targets))
            curvature = (features.T * (weights * p * (1 - p))) @ features + np.eye(2) * ENOUGH
            step = np.linalg.solve(curvature, gradient)
            found = found - step
            if np.abs(step).max() < ENOUGH:
                break
        self.slope_, self.intercept_ = float(found[0]), float(found[1])
        return self

    def predict(self, predictions: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, float32, shape (n,)."""
        score = self.slope_ * _logit(np.asarray(predictions, np.float64)) + self.intercept_
        return (1 / (1 + np.exp(-score))).astype(np.float32)


def _logit(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, LEAST, 1 - LEAST)
    return np.log(p / (1 - p))


def _checked(
    predictions: np.ndarray, labels: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    predictions, labels = np.asarray(predictions, np.float64), np.asarray(labels, np.float64)
    weights = np.ones(len(labels)) if weights is None else np.asarray(weights, np.float64)
    if not len(predictions) == len(labels) == len(weights) or not len(labels):
        raise BadInput(f"{len(predictions)} predictions, {len(labels)} labels; expected as many, and at least one")
    if not np.isfinite(predictions).all() or not np.isin(labels, (0.0, 1.0)).all():
        raise BadInput("calibration wants finite predictions and labels 0 and 1")
    counted = weights > 0
    if not counted.any():
        raise BadInput("all rows weigh 0")
    return predictions[counted], labels[counted], weights[counted]
