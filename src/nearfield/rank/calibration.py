"""Calibration: from a model's predictions to probabilities that hold, fitted to rows that the model has not seen."""

from __future__ import annotations

import os
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from nearfield.arrays import mapped
from nearfield.base import Estimator
from nearfield.errors import BadInput, IncompatibleVersion
from nearfield.files import atomic_folder, read_config, reads_whole_folder, write_config
from nearfield.rank.metrics import LEAST

KIND = "calibration"
FORMAT_VERSION = 1
STEPS = 100  # of Newton's method, which needs about six
ENOUGH = 1e-10
ROUNDING = 1e-5  # float32 probabilities may be this far beyond 0 and 1, and from a sum of 1


class Calibration(Estimator):
    """Base of the calibrations: what they take, and how they are saved.

    Predictions are probabilities of label 1, shape (n,), or of both labels, shape (n, 2), as `predict_proba` returns
    them; `predict` returns one probability a row in either case.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = ()

    def fit(self, predictions: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None) -> Self:
        """Fit to predictions, shape (n,) or (n, 2), labels 0 and 1, and weights of at least 0, both of shape (n,).

        Raises
        ------
        BadInput
            Other shapes, no rows, predictions outside of 0 to 1 or NaN, or rows of weight above 0 of one class only:
            of such, nothing can be said about how predictions and labels go together.
        """
        self._fit(*_checked(predictions, labels, weights))
        return self

    def predict(self, predictions: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities of label 1, float32, shape (n,); errors as in `fit`, but none for no rows."""
        return self._calibrated(_probabilities(predictions)).astype(np.float32)

    @abstractmethod
    def _fit(self, predictions: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> None:
        """Fit to checked rows, float64."""

    @abstractmethod
    def _calibrated(self, predictions: np.ndarray) -> np.ndarray:
        """Map probabilities."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder that `nearfield.load` reads; whole or not at all."""
        arrays = {name: np.asarray(getattr(self, name), np.float64) for name in self.ARRAYS}
        with atomic_folder(path) as folder:
            for name, array in arrays.items():
                np.save(folder / f"{name}.npy", array)
            write_config(folder, KIND, FORMAT_VERSION, {"calibration": type(self).__name__})

    def _restore(self, folder: Path) -> None:
        for name in self.ARRAYS:
            array = np.array(mapped(folder / f"{name}.npy"))
            if array.dtype != np.float64 or not np.isfinite(array).all():
                raise BadInput(f"{folder / name}.npy: is {array.dtype}, or holds NaN; the folder is damaged")
            setattr(self, name, array)


class IsotonicCalibration(Calibration):
    """The rising step function nearest to the labels (Zadrozny & Elkan, KDD 2002), by scipy's pool of violators.

    It corrects any error that keeps the order, and needs some thousand rows. Between the predictions that it has seen
    it is linear, beyond them constant.

    Attributes
    ----------
    predictions_, probabilities_ : ndarray of float64, shape (m,)
        The function's points.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = ("predictions_", "probabilities_")

    def _fit(self, predictions: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> None:
        from scipy.optimize import isotonic_regression

        points, place = np.unique(predictions, return_inverse=True)
        total = np.bincount(place, weights)
        means = np.bincount(place, weights * labels) / total
        self.predictions_ = points
        self.probabilities_ = np.asarray(isotonic_regression(means, weights=total).x)

    def _calibrated(self, predictions: np.ndarray) -> np.ndarray:
        return np.interp(predictions, self.predictions_, self.probabilities_)

    def _restore(self, folder: Path) -> None:
        super()._restore(folder)
        points, probabilities = self.predictions_, self.probabilities_
        if points.ndim != 1 or points.shape != probabilities.shape or not len(points) or np.any(np.diff(points) <= 0):
            raise BadInput(f"{folder}: {points.shape} points for {probabilities.shape} values; the folder is damaged")


class PlattCalibration(Calibration):
    """p ↦ σ(slope · logit(p) + intercept), for few rows (Platt 1999; with his targets, which keep off 0 and 1).

    Attributes
    ----------
    slope_, intercept_ : float
        1 and 0 where nothing needs to be corrected; a slope below 1 says that the model is too sure of itself.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = ("slope_", "intercept_")

    def _fit(self, predictions: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> None:
        positives, negatives = float(weights @ labels), float(weights @ (1 - labels))
        targets = np.where(labels > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
        features = np.stack([_logit(predictions), np.ones(len(labels))], axis=1)
        coefficients = np.array([0.0, np.log((positives + 1) / (negatives + 1))])
        for _ in range(STEPS):
            p = 1 / (1 + np.exp(-features @ coefficients))
            gradient = features.T @ (weights * (p - targets))
            curvature = (features.T * (weights * p * (1 - p))) @ features + np.eye(2) * ENOUGH
            step = np.linalg.solve(curvature, gradient)
            coefficients = coefficients - step
            if np.abs(step).max() < ENOUGH:
                break
        self.slope_, self.intercept_ = float(coefficients[0]), float(coefficients[1])

    def _calibrated(self, predictions: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(self.slope_ * _logit(predictions) + self.intercept_)))

    def _restore(self, folder: Path) -> None:
        super()._restore(folder)
        if np.shape(self.slope_) or np.shape(self.intercept_):
            raise BadInput(f"{folder}: slope and intercept are no single numbers; the folder is damaged")
        self.slope_, self.intercept_ = float(self.slope_), float(self.intercept_)


CALIBRATIONS: dict[str, type[Calibration]] = {kind.__name__: kind for kind in (IsotonicCalibration, PlattCalibration)}


@reads_whole_folder
def load_calibration(path: str | os.PathLike[str]) -> Calibration:
    """Read what a calibration's `save` wrote."""
    folder = Path(path)
    name: Any = read_config(folder, KIND, FORMAT_VERSION).get("calibration")
    if name not in CALIBRATIONS:
        raise IncompatibleVersion(
            f"{folder / 'config.json'}: calibration is {name!r}; this version has {', '.join(CALIBRATIONS)}"
        )
    calibration = CALIBRATIONS[name]()
    calibration._restore(folder)
    return calibration


def _logit(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, LEAST, 1 - LEAST)
    return np.log(p / (1 - p))


def _probabilities(predictions: np.ndarray) -> np.ndarray:
    """Return probabilities of label 1, float64, shape (n,), of predictions of shape (n,) or (n, 2)."""
    given = _numbers("predictions", predictions)
    if given.ndim != 1 and (given.ndim != 2 or given.shape[1] != 2):
        raise BadInput(
            f"predictions have the shape {given.shape}; expected (n,), probabilities of label 1, or (n, 2) as"
            " predict_proba returns them"
        )
    outside = ~((given >= -ROUNDING) & (given <= 1 + ROUNDING))  # NaN is outside, too
    if outside.any():
        raise BadInput(f"a prediction is {given[outside][0]:g}; expected probabilities, 0 to 1")
    if given.ndim == 2:
        sums = given.sum(axis=1)
        if np.any(np.abs(sums - 1) > 10 * ROUNDING):
            wrong = sums[np.abs(sums - 1) > 10 * ROUNDING][0]
            raise BadInput(f"the probabilities of labels 0 and 1 sum to {wrong:g}; expected 1, as of predict_proba")
        given = given[:, 1]
    return np.clip(given, 0, 1)


def _numbers(what: str, values: np.ndarray) -> np.ndarray:
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{what} are no array of numbers ({error})") from error


def _checked(
    predictions: np.ndarray, labels: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    predictions, labels = _probabilities(predictions), _numbers("labels", labels)
    weights = np.ones(len(predictions)) if weights is None else _numbers("weights", weights)
    for what, array in (("labels", labels), ("weights", weights)):
        if array.ndim != 1:
            raise BadInput(f"{what} have the shape {array.shape}; expected (n,)")
        if len(array) != len(predictions):
            raise BadInput(f"{len(predictions)} predictions, {len(array)} {what}; expected as many")
    if not len(predictions):
        raise BadInput("no rows to calibrate by")
    if not np.isin(labels, (0.0, 1.0)).all():
        raise BadInput(f"a label is {labels[~np.isin(labels, (0.0, 1.0))][0]:g}; calibration expects labels 0 and 1")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise BadInput("weights hold numbers below 0, NaN or infinite ones; expected 0 or more")
    counted = weights > 0
    if not counted.any():
        raise BadInput("all rows weigh 0")
    present = np.unique(labels[counted])
    if len(present) == 1:
        raise BadInput(f"all labels are {present[0]:g}; calibration needs rows of both labels")
    return predictions[counted], labels[counted], weights[counted]
