"""Ranking among sampled candidates, as some papers do: quicker to report, and misleading (Krichene & Rendle 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.splits import Cases
from nearfield.vocabulary import Vocabulary

if TYPE_CHECKING:
    from nearfield.evaluate.retrieval import Recommender

BLOCK = 128  # cases asked at a time: each has a list of nearly the whole catalogue to leave out


def among_candidates(
    recommender: Recommender,
    cases: Cases,
    shown: list[list[str]],
    n: int,
    k: int,
    repeats: bool,
    seed: int,
    options: dict[str, Any],
) -> list[list[tuple[str, float]]]:
    """Return the k best of each case's targets and n other items, drawn evenly from the catalogue.

    The same seed draws the same items for every recommender. With `repeats` items of the history may be drawn. All
    other items are excluded by name, which any recommender understands and no large catalogue is quick with.
    """
    if n < 1:
        raise BadInput(f"candidates is {n}; expected at least 1, or None to rank among all items")
    random = np.random.default_rng(seed)
    allowed = [
        {*targets, *_drawn(random, cases.vocabulary, n, set(targets).union(() if repeats else history))}
        for history, targets in zip(cases.histories, cases.targets, strict=True)
    ]
    known = getattr(recommender, "vocabulary", cases.vocabulary).keys
    found: list[list[tuple[str, float]]] = []
    for first in range(0, len(cases), BLOCK):
        block = slice(first, first + BLOCK)
        exclude = [[key for key in known if key not in one] for one in allowed[block]]
        asked = options | {name: options[name][block] for name in ("times",) if name in options}
        found += recommender.next_batch(shown[block], k=k, exclude=exclude, **asked)
    return found


def _drawn(random: np.random.Generator, vocabulary: Vocabulary, n: int, out: set[str]) -> list[str]:
    """Return n keys that are not in `out`, each as likely as any other; all where there are not more."""
    more = min(n + len(out), len(vocabulary))
    keys = [vocabulary.keys[i] for i in random.choice(len(vocabulary), more, replace=False).tolist()]
    return [key for key in keys if key not in out][:n]
