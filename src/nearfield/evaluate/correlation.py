"""Spearman's rank correlation with ties, and its bootstrap."""

from __future__ import annotations

import numpy as np

from nearfield.evaluate.resampling import RESAMPLES, Interval, interval, resample


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Return Spearman's ρ: Pearson's correlation of ranks, where equal values share the mean of theirs.

    NaN where it is not defined: fewer than two values, or all of one side equal.

    Examples
    --------
    >>> spearman(np.array([1, 2, 3, 4]), np.array([1, 3, 2, 4]))
    0.8
    """
    return float(_weighted(a, b, np.ones((1, len(a))))[0])


def bootstrap_spearman(a: np.ndarray, b: np.ndarray, resamples: int = RESAMPLES, seed: int = 1) -> np.ndarray:
    """Return ρ of each resample of the pairs (a[i], b[i]), float64, shape (resamples,)."""
    if len(a) < 2:
        return np.full(resamples, np.nan)
    return np.concatenate([_weighted(a, b, weights) for weights in resample(len(a), resamples, seed)])


def spearman_interval(a: np.ndarray, b: np.ndarray, resamples: int = RESAMPLES, seed: int = 1) -> Interval:
    """Return the bootstrap's 95 % interval of ρ."""
    return interval(bootstrap_spearman(a, b, resamples, seed))


def _weighted(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return ρ for each row of `weights`, shape (rows, n), that says how often each pair stands in the sample."""
    middle = (weights.sum(axis=1, keepdims=True) + 1) / 2  # the mean of ranks
    x, y = _ranks(a, weights) - middle, _ranks(b, weights) - middle
    xw = x * weights
    covariance = np.einsum("ij,ij->i", xw, y)
    variances = np.einsum("ij,ij->i", xw, x) * np.einsum("ij,ij,ij->i", y, y, weights)
    rho = np.full(len(weights), np.nan)
    return np.divide(covariance, np.sqrt(variances), out=rho, where=variances > 0)


def _ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return mid-ranks, shape (rows, n): 1 is the smallest, equal values share the mean of their ranks."""
    order = np.argsort(values, kind="stable")
    in_order = values[order]
    starts = np.flatnonzero(np.concatenate([[True], in_order[1:] != in_order[:-1]])[: len(values)])
    if not len(starts):
        return np.zeros(weights.shape)
    tied = np.add.reduceat(weights[:, order], starts, axis=1)
    ranks = np.cumsum(tied, axis=1) - (tied - 1) / 2
    group = np.empty(len(values), np.int64)
    group[order] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(values)))
    return ranks[:, group]
