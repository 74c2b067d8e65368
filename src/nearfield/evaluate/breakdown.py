"""For whom and for what: the same figures by how long histories are, and by how popular what came next is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.evaluate.bands import band_starts
from nearfield.evaluate.figures import Figure, Figures, mean_figures
from nearfield.evaluate.resampling import RESAMPLES
from nearfield.vocabulary import Vocabulary

SHARES = {"head": 1 / 3, "middle": 2 / 3, "tail": 1.0}  # of all that was seen, where each band ends
UNSEEN = "unseen"


@dataclass(frozen=True)
class Group:
    """The figures of some of the cases.

    Attributes
    ----------
    name : str
    low, high : int
        The shortest and the longest history, or how often the rarest and the most popular target were seen.
    n : int
        Cases.
    figures : dict of str to Figure
    """

    name: str
    low: int
    high: int
    n: int
    figures: dict[str, Figure]

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds."""
        return {"name": self.name, "low": self.low, "high": self.high, "n": self.n} | flat(self.figures)


def by_history_length(
    values: Mapping[str, np.ndarray],
    lengths: np.ndarray,
    bands: int | Sequence[int] = 3,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> tuple[Group, ...]:
    """Return the figures by how long the history is, the shortest first.

    Parameters
    ----------
    values : mapping of name to ndarray of float64, shape (m,)
    lengths : ndarray of int64, shape (m,)
    bands : int or sequence of int
        How many of about equal size (fewer where lengths are equal), or the lengths at which a new band begins.
    resamples, seed : int
        Of the bootstrap.
    """
    starts = band_starts(lengths, bands)
    place = np.searchsorted(starts, lengths, side="right") - 1
    names = dict.fromkeys(range(len(starts)), "")
    return tuple(_groups(values, place, names, lengths, resamples, seed))


def by_popularity(
    values: Mapping[str, np.ndarray],
    targets: Sequence[str],
    vocabulary: Vocabulary,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> tuple[Group, ...]:
    """Return the figures by how popular the (first) target is: head, middle, tail, and unseen in training.

    Each of the first three bands makes up a third of all that was seen: the head is a few popular items, the long tail
    many rare ones. A band without cases is left out.
    """
    ids = np.array([vocabulary.get(key, -1) for key in targets], np.int64)
    counts = np.where(ids >= 0, vocabulary.counts[ids], 0) if len(vocabulary) else np.zeros(len(ids), np.int64)
    seen_before = np.empty_like(vocabulary.counts)
    order = np.argsort(-vocabulary.counts, kind="stable")
    seen_before[order] = np.cumsum(vocabulary.counts[order]) - vocabulary.counts[order]
    ends = np.array(list(SHARES.values())) * vocabulary.counts.sum()
    place = np.where(ids >= 0, np.searchsorted(ends, seen_before[ids], side="right"), len(SHARES))
    return tuple(_groups(values, place, dict(enumerate([*SHARES, UNSEEN])), counts, resamples, seed))


def flat(figures: Figures) -> dict[str, Any]:
    """Return figures as JSON has them: `ndcg` and `ndcg_interval` beside each other."""
    return {
        name: content
        for key, figure in figures.items()
        for name, content in ((key, figure.value), (f"{key}_interval", figure.interval))
    }


def _groups(
    values: Mapping[str, np.ndarray],
    place: np.ndarray,
    names: Mapping[int, str],
    measure: np.ndarray,
    resamples: int,
    seed: int,
) -> Iterator[Group]:
    for i, name in names.items():
        here = place == i
        if here.any():
            low, high = int(measure[here].min()), int(measure[here].max())
            figures = mean_figures({key: one[here] for key, one in values.items()}, resamples, seed)
            yield Group(name or _span(low, high), low, high, int(here.sum()), figures)


def _span(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
