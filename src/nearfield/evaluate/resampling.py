"""Bootstrap: how far a figure could have been another, had other cases of the same kind been drawn (Efron 1979)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nearfield.errors import BadInput

Interval = tuple[float, float]

RESAMPLES = 1_000
BLOCK = 1 << 20  # weights held at a time


def resample(n: int, resamples: int = RESAMPLES, seed: int = 1) -> Iterator[np.ndarray]:
    """Yield blocks of resamples of n cases: how often each case was drawn, float64, shape (rows, n).

    The same arguments give the same draws, so that differences between two figures on the same cases are paired.
    """
    if resamples < 1:
        raise BadInput(f"resamples is {resamples}; expected at least 1")
    random = np.random.default_rng(seed)
    step = max(1, BLOCK // max(1, n))
    for first in range(0, resamples, step):
        rows = min(step, resamples - first)
        drawn = random.integers(0, n, (rows, n)) + n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)


def interval(figures: np.ndarray) -> Interval:
    """Return the middle 95 % of resampled figures; NaN among them (nothing varied) is left out."""
    known = figures[~np.isnan(figures)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def mean_interval(values: np.ndarray, resamples: int = RESAMPLES, seed: int = 1) -> Interval:
    """Return the bootstrap's 95 % interval of a mean; (NaN, NaN) of nothing."""
    n = len(values)
    if n == 0:
        return np.nan, np.nan
    return interval(np.concatenate([weights @ values / n for weights in resample(n, resamples, seed)]))
