"""Retrieval: is the item that came next among the first k of all unseen ones?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.resampling import Interval, mean_interval
from nearfield.sequences import Sequences
from nearfield.vocabulary import Vocabulary


@dataclass(frozen=True)
class RetrievalResult:
    """How often and how high the item that came next was found, with 95 % bootstrap intervals over sequences."""

    k: int
    hit_rate: float
    hit_rate_interval: Interval
    ndcg: float
    ndcg_interval: Interval
    n: int

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds."""
        return asdict(self)


def leave_last_out(sequences: Sequences) -> tuple[Sequences, list[str]]:
    """Split into what came before, to learn from, and the last key of each sequence, to be foretold.

    Sequences of fewer than two tokens have nothing to foretell and are left out. The vocabulary is counted anew without
    the last keys, so that nothing about them is known beforehand; a key that was seen only as a last one is not in it.

    Returns
    -------
    train : Sequences
        With the weights and times that there are.
    targets : list of str
        `targets[i]` came after `train[i]`.
    """
    lengths = np.diff(sequences.offsets)
    long = lengths >= 2
    if not long.any():
        raise BadInput("no sequence has two tokens or more; expected something to foretell")
    last = sequences.offsets[1:][long] - 1
    kept = np.repeat(long, lengths)
    kept[last] = False
    tokens, keys = sequences.tokens[kept], sequences.vocabulary.keys
    counts = np.bincount(tokens, minlength=len(keys))
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    ids = np.full(len(keys), -1, np.int32)
    ids[order] = np.arange(len(order))
    train = Sequences(
        Vocabulary([keys[i] for i in order], counts[order]),
        ids[tokens],
        np.concatenate([[0], np.cumsum(lengths[long] - 1)]),
        None if sequences.weights is None else sequences.weights[kept],
        None if sequences.times is None else sequences.times[kept],
    )
    return train, [keys[i] for i in sequences.tokens[last]]


def next_item(
    recommended: Sequence[Sequence[tuple[str, float]]], targets: Sequence[str], *, k: int = 10, seed: int = 1
) -> RetrievalResult:
    """Judge lists by the one item that came next.

    HR@k, the hit rate, is the share of sequences whose target is among the first k. NDCG@k is the mean of
    1 / log2(place + 1), 0 for places beyond k: with a single relevant item the ideal list has it first, and scores 1.

    Parameters
    ----------
    recommended : m lists of (key, score), the best first
        As `Vectors.next_batch(histories, k=k, exclude=histories)` or `Popularity.next_batch` gives them. They should be
        ranked over all unseen items, not over a sample of them (Krichene & Rendle 2020).
    targets : m keys
    k : int
    seed : int
        Of the bootstrap.

    Examples
    --------
    The target is found in second place, in first place, and not at all: HR@2 = 2/3, NDCG@2 = (0.63 + 1 + 0) / 3.

    >>> lists = [[("a", 0.9), ("b", 0.8)], [("b", 0.7), ("a", 0.1)], [("a", 0.3), ("c", 0.2)]]
    >>> result = next_item(lists, ["b", "b", "b"], k=2)
    >>> round(result.hit_rate, 3), round(result.ndcg, 3)
    (0.667, 0.544)
    """
    if k < 1:
        raise BadInput(f"k is {k}; expected at least 1")
    if len(recommended) != len(targets) or not targets:
        raise BadInput(f"{len(recommended)} lists for {len(targets)} targets; expected one each, and at least one")
    places = np.array([_place(one, target, k) for one, target in zip(recommended, targets, strict=True)])
    hits = (places > 0).astype(np.float64)
    gains = hits / np.log2(np.maximum(places, 1) + 1)
    return RetrievalResult(
        k=k,
        hit_rate=float(hits.mean()),
        hit_rate_interval=mean_interval(hits, seed=seed),
        ndcg=float(gains.mean()),
        ndcg_interval=mean_interval(gains, seed=seed),
        n=len(targets),
    )


def _place(recommended: Iterable[tuple[str, float]], target: str, k: int) -> int:
    """Return the place of the target among the first k, 1 for the best; 0 where it is not."""
    keys = (key for key, _ in islice(recommended, k))
    return next((place for place, key in enumerate(keys, 1) if key == target), 0)


class Popularity:
    """The baseline that gives everybody the most frequent keys.

    Parameters
    ----------
    sequences : Sequences
        Whose vocabulary has the counts.
    """

    def __init__(self, sequences: Sequences) -> None:
        self.vocabulary = sequences.vocabulary

    def next_batch(
        self, histories: Sequence[object], *, k: int = 10, exclude: Sequence[Collection[str]] | None = None
    ) -> list[list[tuple[str, float]]]:
        """Return the k most frequent keys for each history, with their counts, but those to `exclude`."""
        counted = list(zip(self.vocabulary.keys, self.vocabulary.counts.astype(float).tolist(), strict=True))
        lists = [()] * len(histories) if exclude is None else exclude
        if len(lists) != len(histories):
            raise BadInput(f"exclude has {len(lists)} lists for {len(histories)} histories; expected one each")
        outs = (set(out) for out in lists)
        return [list(islice((pair for pair in counted if pair[0] not in out), k)) for out in outs]
