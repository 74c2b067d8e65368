"""Link prediction: are pairs of nodes that an edge joins scored above pairs that none does?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.errors import BadInput, import_extra
from nearfield.evaluate.bands import band_starts
from nearfield.evaluate.breakdown import Group, flat
from nearfield.evaluate.figures import Figure, bootstrap
from nearfield.evaluate.held_out_edges import LinkCases
from nearfield.evaluate.resampling import RESAMPLES, interval
from nearfield.parameters import Resamples, Seed, checks_arguments
from nearfield.vectors import Vectors

BLOCK = 1 << 14  # pairs whose rows are held at a time


@dataclass(frozen=True)
class LinkResult:
    """How well held-out edges were told from other pairs, with 95 % bootstrap intervals over pairs.

    Attributes
    ----------
    score : str
    n : int
        Edges; there are as many pairs without one.
    figures : dict of str to Figure
        `auc`: the probability that an edge is scored above another pair, ties counting half. `average_precision`: the
        mean precision at the edges, from the highest score down; half by chance.
    by_degree : tuple of Group
        The same by the smaller of the two degrees that a pair's nodes have in the training graph, the lowest first.
        `n` counts edges and other pairs, which are no longer as many: average precisions of bands do not compare.
    """

    score: str
    n: int
    figures: dict[str, Figure]
    by_degree: tuple[Group, ...] = ()

    @property
    def auc(self) -> float:
        """The area under the receiver operating characteristic."""
        return self.figures["auc"].value

    @property
    def average_precision(self) -> float:
        """The average precision."""
        return self.figures["average_precision"].value

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds."""
        groups = [one.to_dict() for one in self.by_degree]
        return {"score": self.score, "n": self.n} | flat(self.figures) | {"by_degree": groups}


@checks_arguments
def link_prediction(
    vectors: Vectors,
    cases: LinkCases,
    *,
    score: str = "cosine",
    bands: int | Sequence[int] = 3,
    resamples: Resamples = RESAMPLES,
    seed: Seed = 1,
) -> LinkResult:
    """Score the pairs of `held_out_edges.hold_out_edges` and judge the order.

    Parameters
    ----------
    vectors : Vectors
        Learnt from `cases.train`.
    cases : LinkCases
    score : {"cosine", "dot", "next", "hadamard"}
        Of a pair (i, j): the cosine or the dot product of the input rows, the dot product of i's input row and j's
        output row (what directions need), or logistic regression over the products of their entries, learnt from the
        edges that are known (Grover & Leskovec 2016, table 1; needs the extra `evaluate`). With output rows the
        second row of "hadamard" is the output row, if the graph is directed.
    bands : int or sequence of int
        How many bands of degree, of about equal size, or the degrees at which a new band begins.
    resamples, seed : int
        Of the bootstrap.

    Raises
    ------
    BadInput
        An unknown score; "next" without output rows.
    UnknownKey
        A node without a vector.
    MissingExtra
        "hadamard" without scikit-learn.
    """
    scores = score_pairs_of(vectors, cases, score)
    labels = np.repeat([True, False], [len(cases.edges), len(cases.non_edges)])
    smaller = cases.train.degrees[np.concatenate([cases.edges, cases.non_edges])].min(axis=1)
    starts = band_starts(smaller, bands)
    place = np.searchsorted(starts, smaller, side="right") - 1
    groups = []
    for band in np.unique(place):
        here = place == band
        low, high = int(smaller[here].min()), int(smaller[here].max())
        name = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        figures = link_figures(scores[here], labels[here], resamples, seed)
        groups.append(Group(name, low, high, int(here.sum()), figures))
    return LinkResult(score, len(cases.edges), link_figures(scores, labels, resamples, seed), tuple(groups))


def score_pairs_of(vectors: Vectors, cases: LinkCases, score: str) -> np.ndarray:
    """Return the scores of `cases.edges`, then of `cases.non_edges`, float64."""
    if score not in SCORES:
        raise BadInput(f"score is {score!r}; expected one of {', '.join(SCORES)}")
    if score == "next" and vectors.output is None:
        raise BadInput("score is 'next' and the vectors have no output rows; expected some, or score='dot'")
    return SCORES[score](vectors, cases)


def link_figures(
    scores: np.ndarray, labels: np.ndarray, resamples: int = RESAMPLES, seed: int = 1
) -> dict[str, Figure]:
    """Return AUC and average precision; NaN where there are no pairs of one kind.

    Parameters
    ----------
    scores : ndarray of float64, shape (m,)
    labels : ndarray of bool, shape (m,)
        Whether each pair is an edge.

    Examples
    --------
    >>> figures = link_figures(np.array([0.9, 0.8, 0.1]), np.array([True, False, True]))
    >>> figures["auc"].value, round(figures["average_precision"].value, 3)
    (0.5, 0.833)
    """
    order = np.argsort(-scores, kind="stable")
    falling, wanted = scores[order], labels[order].astype(float)
    starts = np.flatnonzero(np.concatenate([[True], falling[1:] != falling[:-1]])[: len(falling)])

    def statistic(weights: np.ndarray) -> np.ndarray:
        """AUC and average precision for each row of weights; pairs of one score are one step."""
        weights = weights[:, order]
        hits, misses = (np.add.reduceat(weights * one, starts, axis=1) for one in (wanted, 1 - wanted))
        hits_so_far, misses_so_far = hits.cumsum(axis=1), misses.cumsum(axis=1)
        n_hits, n_misses = hits_so_far[:, -1], misses_so_far[:, -1]
        below = n_misses[:, None] - misses_so_far + misses / 2
        auc = _ratio((hits * below).sum(axis=1), n_hits * n_misses)
        precision = _ratio(hits_so_far, hits_so_far + misses_so_far)
        return np.column_stack([auc, _ratio(np.nansum(hits * precision, axis=1), n_hits)])

    whole = statistic(np.ones((1, len(scores))))[0]
    drawn = bootstrap(statistic, len(scores), resamples, seed)
    names = ("auc", "average_precision")
    return {name: Figure(float(whole[i]), interval(drawn[:, i])) for i, name in enumerate(names)}


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def _products(
    vectors: Vectors, cases: LinkCases, pairs: np.ndarray, second: np.ndarray, unit: bool = False
) -> np.ndarray:
    """Return the dot product of each pair's input row and row of `second`, float64."""
    ids = vectors.vocabulary.ids(cases.train.keys)
    first = vectors.input
    if unit:
        lengths = np.maximum(np.linalg.norm(first, axis=1, keepdims=True), np.float32(1e-30))
        first = second = first / lengths
    found = np.empty(len(pairs))
    for start in range(0, len(pairs), BLOCK):
        i, j = ids[pairs[start : start + BLOCK]].T
        found[start : start + BLOCK] = np.einsum("ij,ij->i", first[i], second[j])
    return found


def _tested(cases: LinkCases) -> np.ndarray:
    return np.concatenate([cases.edges, cases.non_edges])


def _cosine(vectors: Vectors, cases: LinkCases) -> np.ndarray:
    return _products(vectors, cases, _tested(cases), vectors.input, unit=True)


def _dot(vectors: Vectors, cases: LinkCases) -> np.ndarray:
    return _products(vectors, cases, _tested(cases), vectors.input)


def _next(vectors: Vectors, cases: LinkCases) -> np.ndarray:
    assert vectors.output is not None
    return _products(vectors, cases, _tested(cases), vectors.output)


def _hadamard(vectors: Vectors, cases: LinkCases) -> np.ndarray:
    """Learn from the known pairs which products of entries tell edges; return the decision for the others."""
    linear_model = import_extra("sklearn.linear_model", "evaluate")
    preprocessing = import_extra("sklearn.preprocessing", "evaluate")
    ids = vectors.vocabulary.ids(cases.train.keys)
    second = vectors.output if cases.train.directed and vectors.output is not None else vectors.input

    def features(pairs: np.ndarray) -> np.ndarray:
        i, j = ids[pairs].T
        return vectors.input[i] * second[j]

    known = np.concatenate([cases.known_edges, cases.known_non_edges])
    labels = np.repeat([1, 0], [len(cases.known_edges), len(cases.known_non_edges)])
    scaler = preprocessing.StandardScaler().fit(features(known))  # entries differ by orders of magnitude
    model = linear_model.LogisticRegression(max_iter=1_000).fit(scaler.transform(features(known)), labels)
    return model.decision_function(scaler.transform(features(_tested(cases)))).astype(np.float64)


SCORES: dict[str, Callable[[Vectors, LinkCases], np.ndarray]] = {
    "cosine": _cosine,
    "dot": _dot,
    "next": _next,
    "hadamard": _hadamard,
}
