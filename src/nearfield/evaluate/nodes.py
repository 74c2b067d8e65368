"""Node classification: how much of nodes' labels their vectors tell (Perozzi et al. 2014, arXiv:1403.6652)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.errors import BadInput, import_extra
from nearfield.graph import Graph
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    import scipy.sparse

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SHUFFLES = 10


@dataclass(frozen=True)
class ShareResult:
    """How well labels are foretold from the labels of a share of the nodes.

    Attributes
    ----------
    share : float
        Of the labelled nodes, those learnt from.
    micro_f1, macro_f1 : tuple of float
        One for each shuffle: over all labels together, and the mean over labels.
    """

    share: float
    micro_f1: tuple[float, ...]
    macro_f1: tuple[float, ...]

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
        Labelled nodes that have a vector, and labels.
    unknown : tuple of str
        Labelled nodes without a vector; they are not used.
    """

    shares: tuple[ShareResult, ...]
    nodes: int
    labels: int
    unknown: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds, with the means."""
        shares = [asdict(one) | {"micro": one.micro, "macro": one.macro} for one in self.shares]
        return asdict(self) | {"shares": shares}


def node_classification(
    vectors: Vectors, graph: Graph, *, shares: Sequence[float] = SHARES, shuffles: int = SHUFFLES, seed: int = 1
) -> NodeResult:
    """Learn labels from some nodes' vectors, foretell those of the others.

    DeepWalk's protocol: the labelled nodes are shuffled, the first share is learnt from by logistic regression, one
    label against the rest (liblinear, C = 1); of each of the others it is known how many labels it has, k, and the k
    likeliest are foretold. With TP, FP, FN counted for each label,

        micro-F1 = 2 ΣTP / (2 ΣTP + ΣFP + ΣFN)        macro-F1 = mean of 2 TP / (2 TP + FP + FN), 0 where that is 0 / 0

    Two labels, of which A is foretold for three nodes of which two have it, and B for one node that has not it but is
    had by one: TP = (2, 0), FP = (1, 1), FN = (0, 1); micro-F1 = 4 / 7 = 0.571, macro-F1 = (0.8 + 0) / 2 = 0.4.

    Parameters
    ----------
    vectors : Vectors
        Input rows are used as they are; give `vectors.normalized()` for rows of length 1.
    graph : Graph
        With labels; only these matter.
    shares : sequence of float
        Above 0 and below 1.
    shuffles : int
        Each share is tried on this many shuffles, the same ones for all vectors over the same graph.
    seed : int

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
    rows, labels, unknown = _labelled(vectors, graph)
    for share in shares:
        if not 0 < share < 1 or not 0 < int(share * len(rows)) < len(rows):
            raise BadInput(f"share {share} of {len(rows):,} nodes; expected nodes to learn from and nodes to foretell")
    results = [_try_share(rows, labels, share, shuffles, seed) for share in shares]
    return NodeResult(tuple(results), len(rows), labels.shape[1], unknown)


def f1_scores(wanted: np.ndarray, foretold: np.ndarray) -> tuple[float, float]:
    """Return micro-F1 and macro-F1 of bool matrices, shape (n, n_labels); see `node_classification`."""
    hits = np.count_nonzero(wanted & foretold, axis=0)
    named = np.count_nonzero(wanted, axis=0) + np.count_nonzero(foretold, axis=0)  # 2 TP + FP + FN
    by_label = np.divide(2 * hits, named, out=np.zeros(len(hits)), where=named > 0)
    return float(2 * hits.sum() / max(1, named.sum())), float(by_label.mean())


def _labelled(vectors: Vectors, graph: Graph) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return vectors and labels (bool) of the nodes that have both, sorted by key, and the keys without a vector.

    Sorted, so that shuffles do not depend on how vectors or graph are sorted.
    """
    matrix: scipy.sparse.csr_matrix = graph.labels
    labelled = sorted(graph.keys[i] for i in np.flatnonzero(np.diff(matrix.indptr)).tolist())
    known = [key for key in labelled if key in vectors]
    if len(known) < 2:
        raise BadInput(f"{len(known)} of {len(labelled):,} labelled nodes have a vector; expected two or more")
    labels = matrix[graph.vocabulary.ids(known)].toarray()
    return vectors[known], labels, tuple(key for key in labelled if key not in vectors)


def _try_share(rows: np.ndarray, labels: np.ndarray, share: float, shuffles: int, seed: int) -> ShareResult:
    """Learn from a share of the nodes of each shuffle; the same shuffles for every share."""
    scores = []
    for shuffle in range(shuffles):
        order = np.random.default_rng([seed, shuffle]).permutation(len(rows))
        learnt, others = np.split(order, [int(share * len(rows))])
        likelihoods = _one_against_rest(rows[learnt], labels[learnt], rows[others])
        scores.append(f1_scores(labels[others], _likeliest(likelihoods, np.count_nonzero(labels[others], axis=1))))
    micro, macro = zip(*scores, strict=True)
    return ShareResult(share, micro, macro)


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
