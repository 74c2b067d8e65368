"""Two stages: some candidates out of all items by their vectors, then put in order by a model that looks closer.

Covington, Adams & Sargin, "Deep neural networks for YouTube recommendations", RecSys 2016, section 2.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

import numpy as np

from nearfield.base import Estimator
from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.files import atomic_folder, read_config, reads_whole_folder, write_config
from nearfield.formats import load
from nearfield.parameters import Count, Interval, checks_arguments
from nearfield.queries import Neighbours
from nearfield.rank import Ranker, load_ranker
from nearfield.recommend.candidate_features import CandidateFeatures
from nearfield.vectors import Vectors
from nearfield.vocabulary import Keys, as_list

KIND = "two-stage recommender"
FORMAT_VERSION = 1
MakeFeatures = Callable[[Sequence[Keys], Sequence[Sequence[str]]], Examples]


class TwoStageRecommender(Estimator):
    """Candidates by `Vectors.next`, ordered by a ranker.

    Parameters
    ----------
    vectors : Vectors
        With an output matrix.
    ranker : Ranker
        A model of `nearfield.rank`, fitted already or by `fit`.
    features : callable, optional
        `features(histories, candidates)` makes an `Examples` with a row for each candidate of each history, history by
        history; all in one space. Without it, `CandidateFeatures(vectors)`.
    n_candidates : int
        How many the first stage lets through.
    decay : float, optional
        Of the first stage: an entry of a history that is followed by i others weighs decay^i; None: all weigh the same.

    Examples
    --------
    >>> from nearfield.rank import LogisticRegression
    >>> vectors = Vectors(["a", "b", "c"], np.eye(3), np.array([[0, 1, 0], [1, 0, 0], [0.5, 0.5, 0.0]]))
    >>> recommender = TwoStageRecommender(vectors, LogisticRegression(alpha=1.0), n_candidates=2)
    >>> recommender = recommender.fit([["a"], ["b"], ["a"]], ["c", "c", "c"])
    >>> [key for key, _ in recommender.recommend([["a"]], 2, exclude=[["a"]])[0]]
    ['c', 'b']
    """

    vectors: Vectors = field(kw_only=False)
    ranker: Ranker = field(kw_only=False)
    features: MakeFeatures | None = field(default=None, kw_only=False)
    n_candidates: Count = 100
    decay: Annotated[float | None, Interval(0, 1, low_open=True)] = None

    def __post_init__(self) -> None:
        """Check the parameters: candidates may be asked for at once."""
        self._check_parameters()
        self._features: MakeFeatures = CandidateFeatures(self.vectors) if self.features is None else self.features

    def fit(self, histories: Sequence[Keys], targets: Sequence[Keys], *, exclude: Sequence[Keys] | None = None) -> Self:
        """Let the ranker learn which candidates of each history came next.

        The vectors should not have seen these targets: to vectors that have, they look likelier than those of new
        histories will.

        Parameters
        ----------
        histories : sequence of m keys or lists of keys
        targets : sequence of m keys or lists of keys
            What came after each.
        exclude : sequence of m keys or lists of keys, optional
            As for `recommend`.

        Raises
        ------
        BadInput
            Lists that do not fit together; no target among the candidates.
        """
        self.ranker.fit(self.training_rows(histories, targets, exclude=exclude))
        return self

    def training_rows(
        self, histories: Sequence[Keys], targets: Sequence[Keys], *, exclude: Sequence[Keys] | None = None
    ) -> Examples:
        """Return what `fit` learns from: each history's candidates, label 1 for its targets, the history as group."""
        if len(targets) != len(histories):
            raise BadInput(f"{len(targets)} targets for {len(histories)} histories; expected one list each")
        candidates = self._candidates(histories, exclude)
        rows = self._rows(histories, candidates)
        wanted = [set(as_list(one)) for one in targets]
        labels = np.array(
            [key in one for one, keys in zip(wanted, candidates, strict=True) for key in keys], np.float32
        )
        if not labels.any():
            raise BadInput(f"no target is among its history's {self.n_candidates} candidates; choose more n_candidates")
        groups = np.repeat(np.arange(len(candidates)), [len(keys) for keys in candidates])
        return Examples(
            labels, rows.indptr, rows.features, rows.fields, rows.values,
            weights=rows.weights, groups=groups, times=rows.times, space=rows.space,
        )  # fmt: skip

    @checks_arguments
    def recommend(
        self, histories: Sequence[Keys], k: Count = 10, *, exclude: Sequence[Keys] | None = None
    ) -> list[Neighbours]:
        """Return the k candidates of each history that the ranker finds best, the best first.

        Parameters
        ----------
        histories : sequence of m keys or lists of keys
            The oldest entry first. Keys that the vectors do not know are skipped; where none is left, so is the answer.
        k : int
            n_candidates at most.
        exclude : sequence of m keys or lists of keys, optional
            Keys to leave out, one list for each history; `exclude=histories` gives nobody what they have had.

        Returns
        -------
        list of m lists of (key, score)
            The score is the probability, or the value, that the ranker predicts; equal ones come in the order of the
            first stage.
        """
        if not 1 <= k <= self.n_candidates:
            raise BadInput(f"k is {k}; expected 1 to n_candidates, {self.n_candidates}")
        candidates = self._candidates(histories, exclude)
        scores = self._scores(self._rows(histories, candidates))
        ends = np.cumsum([0, *map(len, candidates)])
        parts = (scores[start:stop] for start, stop in pairwise(ends))
        return [_best(keys, part, k) for keys, part in zip(candidates, parts, strict=True)]

    def next_batch(
        self, histories: Sequence[Keys], *, k: int = 10, exclude: Sequence[Keys] | None = None
    ) -> list[Neighbours]:
        """Answer as `recommend`, by the name that `evaluate` knows, so that it can judge both stages alike."""
        return self.recommend(histories, k, exclude=exclude)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder with `vectors`, `ranker` and `config.json`; whole or not at all.

        Features made by a function of yours are not written: give it to `load_recommender` again.
        """
        made = self._features.to_dict() if isinstance(self._features, CandidateFeatures) else None
        with atomic_folder(path) as folder:
            self.vectors.save(folder / "vectors", format="native")
            self.ranker.save(folder / "ranker")
            content = {"n_candidates": self.n_candidates, "decay": self.decay, "features": made}
            write_config(folder, KIND, FORMAT_VERSION, content)

    def _candidates(self, histories: Sequence[Keys], exclude: Sequence[Keys] | None) -> list[list[str]]:
        found = self.vectors.next_batch(
            histories, k=self.n_candidates, exclude=exclude, decay=self.decay, unknown="skip"
        )
        return [[key for key, _ in one] for one in found]

    def _rows(self, histories: Sequence[Keys], candidates: Sequence[Sequence[str]]) -> Examples:
        rows, n = self._features(histories, candidates), sum(map(len, candidates))
        if len(rows) != n:
            raise BadInput(f"features made {len(rows)} rows for {n} candidates; expected one each")
        return rows

    def _scores(self, rows: Examples) -> np.ndarray:
        if not len(rows):
            return np.zeros(0, np.float32)
        return self.ranker.foretell(rows)


@reads_whole_folder
def load_recommender(path: str | os.PathLike[str], *, features: MakeFeatures | None = None) -> TwoStageRecommender:
    """Read what `TwoStageRecommender.save` wrote: it recommends as the saved one did. Nothing of it can run code.

    Parameters
    ----------
    path
    features : callable, optional
        That which the saved one was made with, where it was a function of your own.
    """
    folder = Path(path)
    config = read_config(folder, KIND, FORMAT_VERSION)
    vectors, ranker = load(folder / "vectors"), load_ranker(folder / "ranker")
    made = config.get("features")
    if made is None and features is None:
        raise BadInput(f"{folder}: was saved with features of a function; give it, as load_recommender(…, features=…)")
    try:
        chosen = features or CandidateFeatures(vectors, **(made or {}))
        return TwoStageRecommender(vectors, ranker, chosen, n_candidates=config["n_candidates"], decay=config["decay"])
    except (TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{folder / 'config.json'}: does not say how candidates are made; it is damaged") from error


def _best(keys: Sequence[str], scores: np.ndarray, k: int) -> Neighbours:
    order = np.argsort(-scores, kind="stable")[:k].tolist()
    return [(keys[i], float(scores[i])) for i in order]
