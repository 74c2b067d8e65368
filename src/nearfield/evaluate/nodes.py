"""Node classification: how much of nodes' labels their vectors tell (Perozzi et al. 2014, arXiv:1403.6652)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.errors import BadInput, import_extra
from nearfield.evaluate.bands import band_starts
from nearfield.graph import Graph
from nearfield.matching import shown
from nearfield.parameters import Count, Seed, checks_arguments
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    import scipy.sparse

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SHUFFLES = 10


@dataclass(frozen=True)
class DegreeBand:
    """The same figures over those of the foretold nodes whose degree is `low` to `high`, both included.

    Attributes
    ----------
    low, high : int
        The lowest and the highest degree of the labelled nodes in the band.
    nodes : int
        Labelled nodes in the band.
    micro_f1, macro_f1 : tuple of float
        One for each shuffle; NaN where none of the band's nodes is predicted.
    """

    low: int
    high: int
    nodes: int
    micro_f1: tuple[float, ...]
    macro_f1: tuple[float, ...]

    @property
    def micro(self) -> float:
        """The mean of `micro_f1` over shuffles that have one."""
        return _known_mean(self.micro_f1)

    @property
    def macro(self) -> float:
        """The mean of `macro_f1` over shuffles that have one."""
        return _known_mean(self.macro_f1)


@dataclass(frozen=True)
class ShareResult:
    """How well labels are foretold from the labels of a share of the nodes.

    Attributes
    ----------
    share : float
        Of the labelled nodes, those learnt from.
    micro_f1, macro_f1 : tuple of float
        One for each shuffle: over all labels together, and the mean over those that a predicted node has or is
        predicted to have.
    by_degree : tuple of DegreeBand
        The nodes of the lowest degree first.
    """

    share: float
    micro_f1: tuple[float, ...]
    macro_f1: tuple[float, ...]
    by_degree: tuple[DegreeBand, ...] = ()

    @property
    def micro(self) -> float:
        """The mean of `micro_f1`."""
        return float(np.mean(self.micro_f1))

    @property
    def macro(self) -> float:
        """The mean of `macro_f1`."""
        return float(np.mean(self.macro_f1))


@dataclass(frozen=True)
class NodeResult:
    """How vectors do at node classification.

    Attributes
    ----------
    shares : tuple of ShareResult
    nodes, labels : int
        Labelled nodes that have a vector, and labels that these have.
    unknown : tuple of str
        Labelled nodes without a vector; they are not used.
    unused : tuple of str
        Labels that no node with a vector has; they are left out.
    degrees : str
        What bands are of: "degree", in the graph; "count", of the vectors, where the graph has no edges; or "", where
        neither is known and there are no bands.
    """

    shares: tuple[ShareResult, ...]
    nodes: int
    labels: int
    unknown: tuple[str, ...]
    degrees: str = ""
    unused: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds, with the means."""
        shares = [_with_means(one) | {"by_degree": [*map(_with_means, one.by_degree)]} for one in self.shares]
        return asdict(self) | {"shares": shares}


def _with_means(one: ShareResult | DegreeBand) -> dict[str, Any]:
    return asdict(one) | {"micro": one.micro, "macro": one.macro}


def _known_mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


@checks_arguments
def node_classification(
    vectors: Vectors,
    graph: Graph,
    *,
    shares: Sequence[float] = SHARES,
    shuffles: Count = SHUFFLES,
    seed: Seed = 1,
    bands: int | Sequence[int] = 3,
) -> NodeResult:
    """Learn labels from some nodes' vectors, foretell those of the others.

    DeepWalk's protocol: the labelled nodes are shuffled, the first share is learnt from by logistic regression, one
    label against the rest (liblinear, C = 1); of each of the others it is known how many labels it has, k, and the k
    likeliest are foretold. With TP, FP, FN counted for each label,

        micro-F1 = 2 ΣTP / (2 ΣTP + ΣFP + ΣFN)        macro-F1 = mean of 2 TP / (2 TP + FP + FN)

    The mean is taken over labels that one of these nodes has or is predicted to have, as scikit-learn takes it.

    Two labels, of which A is predicted for three nodes of which two have it, and B for one node that has not it but is
    had by one: TP = (2, 0), FP = (1, 1), FN = (0, 1); micro-F1 = 4 / 7 = 0.571, macro-F1 = (0.8 + 0) / 2 = 0.4.

    Parameters
    ----------
    vectors : Vectors
        Input rows are used as they are; give `vectors.normalized()` for rows of length 1.
    graph : Graph
        With labels; of its edges only the degrees matter, for the bands.
    shares : sequence of float
        Above 0 and below 1.
    shuffles : int
        Each share is tried on this many shuffles, the same ones for all vectors over the same graph.
    seed : int
    bands : int or sequence of int
        How many bands of degree, of about equal size, or the degrees at which a new band begins.

    Raises
    ------
    BadInput
        A graph without labels, a share out of range, too few nodes for it.
    MissingExtra
        scikit-learn is not installed.
    """
    if graph.labels is None:
        raise BadInput("the graph has no labels; give them with graph.with_labels({node: label, …})")
    if shuffles < 1:
        raise BadInput(f"shuffles is {shuffles}; expected at least 1")
    known, unknown = _labelled(vectors, graph.keys, graph.labels)
    rows, labels = vectors[known], graph.labels[graph.vocabulary.ids(known)].toarray()
    used = labels.any(axis=0)
    unused = tuple(name for name, is_used in zip(graph.label_names, used.tolist(), strict=True) if not is_used)
    labels = labels[:, used]
    kind, degrees = _degrees(vectors, graph, known)
    place = np.zeros(len(rows), np.int64)
    if degrees is not None:
        place = np.searchsorted(band_starts(degrees, bands), degrees, side="right") - 1
    for share in shares:
        if not 0 < share < 1 or not 0 < int(share * len(rows)) < len(rows):
            raise BadInput(f"share {share} of {len(rows):,} nodes; expected some to train on and some to evaluate")
    results = []
    for share in shares:
        foretold = [*_foretold(rows, labels, share, shuffles, seed)]
        micro, macro = zip(*(f1_scores(labels[others], some) for others, some in foretold), strict=True)
        found = () if degrees is None else tuple(_bands(labels, foretold, degrees, place))
        results.append(ShareResult(share, micro, macro, found))
    return NodeResult(tuple(results), len(rows), labels.shape[1], unknown, kind, unused)


def f1_scores(wanted: np.ndarray, foretold: np.ndarray) -> tuple[float, float]:
    """Return micro-F1 and macro-F1 of bool matrices, shape (n, n_labels); see `node_classification`."""
    hits = np.count_nonzero(wanted & foretold, axis=0)
    named = np.count_nonzero(wanted, axis=0) + np.count_nonzero(foretold, axis=0)  # 2 TP + FP + FN
    by_label = 2 * hits[named > 0] / named[named > 0]
    return float(2 * hits.sum() / max(1, named.sum())), float(by_label.mean()) if len(by_label) else 0.0


def _labelled(
    vectors: Vectors, keys: Sequence[str], labels: scipy.sparse.csr_matrix
) -> tuple[list[str], tuple[str, ...]]:
    """Return the labelled nodes that have a vector, sorted by key, and those without one.

    Sorted, so that shuffles do not depend on how vectors or graph are sorted.
    """
    labelled = sorted(keys[i] for i in np.flatnonzero(np.diff(labels.indptr)).tolist())
    known = [key for key in labelled if key in vectors]
    if len(known) < 2:
        raise BadInput(
            f"{len(known)} of {len(labelled):,} labelled nodes have a vector; expected two or more: labels are of such"
            f" as {shown(labelled)}, vectors of such as {shown(vectors.keys)}"
        )
    return known, tuple(key for key in labelled if key not in vectors)


def _degrees(vectors: Vectors, graph: Graph, keys: list[str]) -> tuple[str, np.ndarray | None]:
    """Return what is known of how connected nodes are, as `NodeResult.degrees` names it, and the numbers."""
    if len(graph.indices):
        return "degree", graph.degrees[graph.vocabulary.ids(keys)]
    if vectors.counts is not None:
        return "count", vectors.counts[vectors.vocabulary.ids(keys)]
    return "", None


def _foretold(
    rows: np.ndarray, labels: np.ndarray, share: float, shuffles: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Learn from a share of the nodes of each shuffle; yield the other nodes and their labels as foretold.

    The same shuffles for every share.
    """
    for shuffle in range(shuffles):
        order = np.random.default_rng([seed, shuffle]).permutation(len(rows))
        learnt, others = np.split(order, [int(share * len(rows))])
        likelihoods = _one_against_rest(rows[learnt], labels[learnt], rows[others])
        yield others, _likeliest(likelihoods, np.count_nonzero(labels[others], axis=1))


def _bands(
    labels: np.ndarray, foretold: Sequence[tuple[np.ndarray, np.ndarray]], degrees: np.ndarray, place: np.ndarray
) -> Iterator[DegreeBand]:
    for band in np.unique(place).tolist():
        within = degrees[place == band]
        scores = []
        for others, some in foretold:
            here = place[others] == band
            scores.append(f1_scores(labels[others[here]], some[here]) if here.any() else (np.nan, np.nan))
        micro, macro = zip(*scores, strict=True)
        yield DegreeBand(int(within.min()), int(within.max()), len(within), micro, macro)


def _one_against_rest(rows: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the log-odds of each label for other rows, float64; a label that no row has is the least likely."""
    linear_model = import_extra("sklearn.linear_model", "evaluate")
    odds = np.full((len(others), labels.shape[1]), -np.inf)
    for label in range(labels.shape[1]):
        wanted = labels[:, label]
        if wanted.all():
            odds[:, label] = np.inf
        elif wanted.any():
            model = linear_model.LogisticRegression(solver="liblinear").fit(rows, wanted)
            odds[:, label] = model.decision_function(others)
    return odds


def _likeliest(odds: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Return bool: the k[i] largest of row i, the earlier of equals."""
    order = np.argsort(-odds, axis=1, kind="stable")
    chosen = np.zeros(odds.shape, bool)
    np.put_along_axis(chosen, order, np.arange(odds.shape[1]) < k[:, None], axis=1)
    return chosen
