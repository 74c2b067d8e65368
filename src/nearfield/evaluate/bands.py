"""Rare against frequent: a correlation by how often words were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.correlation import spearman, spearman_interval
from nearfield.evaluate.resampling import Interval


@dataclass(frozen=True)
class Band:
    """Pairs whose rarer word was seen `low` to `high` times, both included; `high` is None where there is no end.

    Attributes
    ----------
    low : int
    high : int or None
    rho : float
        NaN where it is not defined.
    interval : (float, float)
        The 95 % bootstrap interval.
    n : int
        Pairs.
    """

    low: int
    high: int | None
    rho: float
    interval: Interval
    n: int


def frequency_bands(
    people: np.ndarray,
    cosines: np.ndarray,
    counts: np.ndarray,
    bands: int | Sequence[int],
    resamples: int,
    seed: int,
) -> tuple[Band, ...]:
    """Return the correlation in each band of `counts`, the rarest first.

    `bands` is how many of about equal size (fewer where counts are equal), or the counts at which a new band begins.
    """
    starts = band_starts(counts, bands)
    place = np.searchsorted(starts, counts, side="right") - 1
    ends = [*(starts[1:] - 1).tolist(), None]
    found = []
    for i, (low, high) in enumerate(zip(starts.tolist(), ends, strict=True)):
        a, b = people[place == i], cosines[place == i]
        found.append(Band(low, high, spearman(a, b), spearman_interval(a, b, resamples, seed), len(a)))
    return tuple(found)


def band_starts(counts: np.ndarray, bands: int | Sequence[int]) -> np.ndarray:
    """Return the lowest count of each band, int64, rising; the first is 0."""
    if isinstance(bands, int):
        if bands < 1:
            raise BadInput(f"bands is {bands}; expected at least 1, or the counts at which a new band begins")
        quantiles = np.arange(1, bands) / bands
        inner = np.quantile(counts, quantiles, method="higher") if len(counts) else np.empty(0)
        inner = inner[inner > (counts.min() if len(counts) else 0)]  # a band below the lowest count were empty
    else:
        inner = np.asarray(bands)
        if inner.ndim != 1 or (len(inner) and (inner.dtype.kind not in "iu" or inner.min() < 1)):
            raise BadInput(f"bands are {list(bands)}; expected whole numbers above 0 at which a new band begins")
        if np.any(np.diff(inner) <= 0):
            raise BadInput(f"bands are {list(bands)}; expected each above the one before")
    return np.concatenate([[0], np.unique(inner)]).astype(np.int64)
