"""The baseline that any recommender has to beat: everybody gets what is most popular."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice

import numpy as np

from nearfield.errors import BadInput
from nearfield.moments import newest
from nearfield.queries import Neighbours
from nearfield.recency import microseconds
from nearfield.sequences import Sequences
from nearfield.vocabulary import Keys, as_list


class Popularity:
    """Give everybody the most frequent keys, or those most frequent of late.

    Parameters
    ----------
    sequences : Sequences
        Whose tokens are counted; their weights are not looked at.
    half_life : str or float, optional
        A token counts 2^(−age / half_life), its age counted from the newest but those of clocks
        that run ahead (see `nearfield.moments.last_day`): "7d", "12h", or seconds. Needs times.

    Attributes
    ----------
    vocabulary : Vocabulary
    scores : ndarray of float64, shape (n,)
        How much each key of the vocabulary was seen.

    Raises
    ------
    BadInput
        A half-life that is none, or one for sequences without times.
    """

    def __init__(self, sequences: Sequences, *, half_life: str | float | None = None) -> None:
        self.vocabulary = sequences.vocabulary
        if half_life is None:
            self.scores = self.vocabulary.counts.astype(np.float64)
        else:
            self.scores = _decayed_counts(sequences, half_life)
        order = np.argsort(-self.scores, kind="stable")
        self._ranked = [(self.vocabulary.keys[i], float(self.scores[i])) for i in order.tolist()]

    def next_batch(
        self, histories: Sequence[object], *, k: int = 10, exclude: Sequence[Keys] | None = None
    ) -> list[Neighbours]:
        """Return the k most frequent keys for each history, with their counts, but those to `exclude`."""
        lists = [()] * len(histories) if exclude is None else exclude
        if len(lists) != len(histories):
            raise BadInput(f"exclude has {len(lists)} lists for {len(histories)} histories; expected one each")
        return [self._best(k, set(as_list(out))) for out in lists]

    def _best(self, k: int, out: Collection[str]) -> Neighbours:
        return list(islice((pair for pair in self._ranked if pair[0] not in out), k))


def _decayed_counts(sequences: Sequences, half_life: str | float) -> np.ndarray:
    if sequences.times is None:
        raise BadInput("half_life for sequences without times; expected times, or no half-life")
    if not sequences.n_tokens:
        return np.zeros(len(sequences.vocabulary))
    times = np.asarray(sequences.times)
    ages = np.maximum(newest(times) - times, 0).astype(np.float64)
    cooled = 0.5 ** (ages / microseconds(half_life))
    return np.bincount(sequences.tokens, cooled, minlength=len(sequences.vocabulary))
