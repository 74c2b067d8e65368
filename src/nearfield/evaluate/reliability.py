"""Calibration: of the rows predicted at 0.3, are three in ten labelled 1?"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

from nearfield.errors import BadInput

Equal = Literal["rows", "width"]


class Bin(NamedTuple):
    """Rows of similar predictions.

    low, high : the lowest and the highest of the predictions; n : the rows' weight; predicted, observed : the mean
    prediction, and the share of rows labelled 1.
    """

    low: float
    high: float
    n: float
    predicted: float
    observed: float


def reliability(
    labels: np.ndarray,
    predictions: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    bins: int = 10,
    equal: Equal = "rows",
) -> tuple[Bin, ...]:
    """Return the reliability table (Murphy & Winkler 1977), lowest predictions first; bins without rows are left out.

    Parameters
    ----------
    labels, predictions, weights : ndarray, shape (n,)
    bins : int
    equal : {"rows", "width"}
        Whether bins have the same number of rows, but for ties, or the same share of 0 … 1. Clicks are rare: with bins
        of equal width nearly all of them fall into the first.

    Examples
    --------
    >>> for one in reliability(np.array([0, 0, 1, 1]), np.array([0.1, 0.3, 0.7, 0.9]), bins=2):
    ...     print(f"{one.predicted:.1f} {one.observed:.1f}")
    0.2 0.0
    0.8 1.0
    """
    if equal not in get_args(Equal):
        raise BadInput(f"equal is {equal!r}; expected one of {', '.join(get_args(Equal))}")
    if bins < 1:
        raise BadInput(f"bins is {bins}; expected at least 1")
    labels, predictions = np.asarray(labels, np.float64), np.asarray(predictions, np.float64)
    if not len(labels):
        return ()
    weights = np.ones(len(labels)) if weights is None else np.asarray(weights, np.float64)
    shares = np.linspace(0, 1, bins + 1)[1:-1]
    place = np.searchsorted(np.quantile(predictions, shares) if equal == "rows" else shares, predictions)
    chosen = ((place == one) & (weights > 0) for one in range(bins))
    return tuple(_bin(labels[rows], predictions[rows], weights[rows]) for rows in chosen if rows.any())


def calibration_error(
    labels: np.ndarray,
    predictions: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    bins: int = 10,
    equal: Equal = "rows",
) -> float:
    """Return the expected calibration error, Σ_b n_b |observed_b - predicted_b| / n (Guo et al., ICML 2017, eq. 5).

    Examples
    --------
    >>> round(calibration_error(np.array([0, 0, 1, 1]), np.array([0.1, 0.3, 0.7, 0.9]), bins=2), 3)
    0.2
    """
    table = reliability(labels, predictions, weights, bins=bins, equal=equal)
    n = sum(one.n for one in table)
    return sum(one.n * abs(one.observed - one.predicted) for one in table) / n if n else np.nan


def _bin(labels: np.ndarray, predictions: np.ndarray, weights: np.ndarray) -> Bin:
    means = (float(np.average(values, weights=weights)) for values in (predictions, labels))
    return Bin(float(predictions.min()), float(predictions.max()), float(weights.sum()), *means)
