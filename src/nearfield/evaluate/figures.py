"""A figure with its bootstrap interval, and many of them from the same draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from nearfield.evaluate.resampling import RESAMPLES, Interval, interval, resample

Figures = dict[str, "Figure"]


class Figure(NamedTuple):
    """A figure and its 95 % bootstrap interval over cases; NaN where it is not defined."""

    value: float
    interval: Interval


def mean_figures(values: Mapping[str, np.ndarray], resamples: int = RESAMPLES, seed: int = 1) -> Figures:
    """Return the mean of each of several figures that all cases have, all from the same draws.

    Parameters
    ----------
    values : mapping of name to ndarray of float64, shape (m,)
        NaN for a case that has no such figure: it is no part of the mean.
    resamples, seed : int
        Of the bootstrap.

    Examples
    --------
    >>> mean_figures({"ndcg": np.array([1.0, 0.5, np.nan])})["ndcg"].value
    0.75
    """
    table = np.column_stack(list(values.values())) if values else np.empty((0, 0))
    known = ~np.isnan(table)
    table = np.where(known, table, 0)
    means = bootstrap(lambda weights: _ratio(weights @ table, weights @ known), len(table), resamples, seed)
    whole = _ratio(table.sum(axis=0), known.sum(axis=0))
    return {
        name: Figure(float(value), interval(drawn)) for name, value, drawn in zip(values, whole, means.T, strict=True)
    }


def bootstrap(
    statistic: Callable[[np.ndarray], np.ndarray], n: int, resamples: int = RESAMPLES, seed: int = 1
) -> np.ndarray:
    """Return a statistic of each resample of n cases, one row each; it is given blocks of `resampling.resample`."""
    if n == 0:
        return np.full((resamples, statistic(np.zeros((1, 0))).shape[1]), np.nan)
    return np.concatenate([statistic(weights) for weights in resample(n, resamples, seed)])


def difference(a: np.ndarray, b: np.ndarray, resamples: int = RESAMPLES, seed: int = 1) -> Figure:
    """Return the mean of a − b over the same cases: two recommenders compared case by case.

    The interval is that of pairs, much narrower than the two intervals side by side suggest.

    Examples
    --------
    >>> difference(np.array([1.0, 0.5, 0.0]), np.array([0.0, 0.5, 0.0])).value.__round__(3)
    0.333
    """
    return mean_figures({"difference": a - b}, resamples, seed)["difference"]


def _ratio(totals: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    return np.divide(totals, sizes, out=np.full(totals.shape, np.nan), where=sizes > 0)
