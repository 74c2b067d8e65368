"""How well lists hit what came next: one figure a case; means over cases are what papers report.

All take `found`, bool, shape (m, k): whether a target stands at each of the first k places of each of m lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from nearfield.errors import BadInput
from nearfield.vocabulary import Keys, as_list

Recommended = Sequence[Sequence[tuple[str, float]]]


def find_targets(recommended: Recommended, targets: Sequence[Keys], k: int) -> np.ndarray:
    """Return whether a target stands at each of the first k places, bool, shape (m, k).

    A target that stands twice in a list is found once, at its first place.

    Examples
    --------
    >>> find_targets([[("a", 0.9), ("b", 0.8)], [("b", 0.7)]], ["b", ["c", "b"]], k=2)
    array([[False,  True],
           [ True, False]])
    """
    if k < 1:
        raise BadInput(f"k is {k}; expected at least 1")
    if len(recommended) != len(targets) or not len(targets):
        raise BadInput(f"{len(recommended)} lists for {len(targets)} targets; expected one each, and at least one")
    found = np.zeros((len(targets), k), bool)
    for row, one, wanted in zip(found, recommended, targets, strict=True):
        row[_places(islice(one, k), set(as_list(wanted)))] = True
    return found


def hit_rate(found: np.ndarray) -> np.ndarray:
    """Return 1 for a list with a target, else 0; its mean is HR@k.

    Examples
    --------
    >>> hit_rate(np.array([[False, True, False], [False, False, False]]))
    array([1., 0.])
    """
    return np.asarray(found.any(axis=1), np.float64)


def recall(found: np.ndarray, n_targets: np.ndarray) -> np.ndarray:
    """Return the share of each case's targets that are found: hits / targets. With one target it is the hit rate.

    Examples
    --------
    Of four targets two are found: 2 / 4.

    >>> recall(np.array([[True, False, True]]), np.array([4]))
    array([0.5])
    """
    return found.sum(axis=1) / n_targets


def precision(found: np.ndarray) -> np.ndarray:
    """Return the share of places that hold a target: hits / k, also for lists that are shorter.

    Examples
    --------
    >>> precision(np.array([[True, False, True, False]]))
    array([0.5])
    """
    return found.sum(axis=1) / found.shape[1]


def ndcg(found: np.ndarray, n_targets: np.ndarray) -> np.ndarray:
    """Return the normalised discounted cumulative gain (Järvelin & Kekäläinen 2002) of each list.

    A target at place p gains 1 / log2(p + 1); the sum is divided by that of the best list, which has its targets at the
    first min(k, targets) places.

    Examples
    --------
    Two targets, one at place 2 of 3: (1 / log2(3)) / (1 / log2(2) + 1 / log2(3)) = 0.631 / 1.631.

    >>> ndcg(np.array([[False, True, False]]), np.array([2])).round(3)
    array([0.387])
    """
    k = found.shape[1]
    gains = 1 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(gains)[np.minimum(n_targets, k) - 1]
    return (found @ gains) / best


def reciprocal_rank(found: np.ndarray) -> np.ndarray:
    """Return 1 / the place of the first target, 0 where none is found; its mean is MRR@k.

    Examples
    --------
    >>> reciprocal_rank(np.array([[False, True, True], [False, False, False]]))
    array([0.5, 0. ])
    """
    return found.any(axis=1) / (found.argmax(axis=1) + 1.0)


def accuracy(found: np.ndarray, n_targets: np.ndarray) -> dict[str, np.ndarray]:
    """Return all of these by name, float64, shape (m,) each."""
    return {
        "hit_rate": hit_rate(found),
        "recall": recall(found, n_targets),
        "precision": precision(found),
        "ndcg": ndcg(found, n_targets),
        "mrr": reciprocal_rank(found),
    }


def _places(one: Iterable[tuple[str, float]], wanted: set[str]) -> list[int]:
    found = []
    for place, (key, _) in enumerate(one):
        if key in wanted:
            wanted.discard(key)
            found.append(place)
    return found
