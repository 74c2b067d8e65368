"""Where the item taken ranks among what was offered (Grbovic & Cheng 2018, section 4.1 and figure 6).

A rank is told as the share of the others that rank before it: 0 is first, 0.5 is chance, 1 is last; ties count half.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from searches import Fold, Log, Search

import nearfield as nf

CLICKS = 17  # back from the goal, as in the paper's figure
RECENT, DECAY = 5, 0.8  # what `next` is asked with, as everywhere in this project
K = 10

Values = dict[str, np.ndarray]


def fit(fold: Fold, log: Log, parts: Iterable[str], **settings: Any) -> nf.Vectors:
    """Learn a fold's sessions with some of what they bring beside their items."""
    sessions = fold.sessions
    brought = {
        "goals": [one.goal for one in sessions],
        "rejected": [one.rejected for one in sessions],
        "users": [one.user for one in sessions],
        "groups": log.groups,
    }
    model = nf.ItemEmbedding(workers=1, verbose=False, **settings)
    return model.fit([one.items for one in sessions], **{part: brought[part] for part in parts}).vectors_


def by_cosine(vectors: nf.Vectors, searches: list[Search]) -> Values:
    """Rank by cosine with the k-th last click: float64, shape (searches, 17), NaN where nobody clicked so often.

    "offered": among what was offered; "all": among all known items but the clicks.
    """
    unit = vectors.normalized().input
    found = {name: np.full((len(searches), CLICKS), np.nan) for name in ("offered", "all")}
    for i, one in enumerate(searches):
        scores = unit[vectors.vocabulary.ids(one.clicks[: -CLICKS - 1 : -1])] @ unit.T
        for name, share in shares(vectors, one, scores).items():
            found[name][i, : len(share)] = share
    return found


def by_next(vectors: nf.Vectors, searches: list[Search]) -> Values:
    """Rank by what `next` says of the recent clicks, float64, shape (searches,), and NDCG@10 among all."""
    means = np.stack([vectors.profile(one.clicks[-RECENT:], decay=DECAY) for one in searches])
    found: dict[str, list[float]] = {"offered": [], "all": [], "ndcg": []}
    for one, mean in zip(searches, means, strict=True):
        scores = mean @ vectors.output.T
        share = {name: float(of_goal[0]) for name, of_goal in shares(vectors, one, scores[None]).items()}
        place = 1 + share["all"] * (len(vectors) - 1 - len(set(one.clicks)))
        gain = 1 / np.log2(place + 1) if place <= K else 0.0
        for name, value in (share | {"ndcg": gain}).items():
            found[name].append(value)
    return {name: np.array(values) for name, values in found.items()}


def shares(vectors: nf.Vectors, one: Search, scores: np.ndarray) -> Values:
    """The goal's rank by each row of scores, (m, items), among what was offered and among all that was not clicked."""
    ids = vectors.vocabulary.ids
    goal = scores[:, ids([one.goal])]
    out = ids([*dict.fromkeys(one.clicks), one.goal])
    others = np.delete(scores, out, axis=1)
    offered = scores[:, ids(one.offered)] if one.offered else np.empty((len(scores), 0))
    return {name: before(goal, among) for name, among in (("offered", offered), ("all", others))}


def before(goal: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The share of others, (m, n), with a higher score than the goal's, (m, 1); NaN where there are none.

    Examples
    --------
    >>> before(np.array([[0.5], [0.5]]), np.array([[0.9, 0.5, 0.1, 0.2], [0.1, 0.2, 0.3, 0.4]]))
    array([0.375, 0.   ])
    """
    if not others.shape[1]:
        return np.full(len(goal), np.nan)
    return ((others > goal) + 0.5 * (others == goal)).mean(axis=1)
