"""How good a version is on what a slice holds out: scores for `evaluate_stream`, the higher the better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate import Cases
from nearfield.sequences import Sequences
from nearfield.vectors import Vectors

BLOCK = 128  # cases whose scores of all items are held at a time
PAIRS = 20_000
NOISE = 5


class NextItemScore:
    """NDCG@k of what came next, among all items that the history does not hold.

    The figure of `item_retrieval(vectors, cases, k=k, last=last, decay=decay)`, which lists what it recommends. Here
    places are counted, and histories are turned into numbers once: a stream asks every version for all slices behind
    it, which is most of its work.

    Parameters
    ----------
    k, last, decay
        As for `item_retrieval`.
    """

    def __init__(self, *, k: int = 10, last: int = 5, decay: float = 0.8) -> None:
        self.k, self.last, self.decay = k, last, decay
        self._numbered: dict[int, _Numbered] = {}

    def __call__(self, vectors: Vectors, cases: Cases) -> float:
        """Return the score of vectors with output rows.

        Each case has a target that its history does not hold; only the first one counts.
        """
        if vectors.output_table is None:
            raise BadInput("the vectors have no output rows; expected such as were trained by negative sampling")
        numbered = self._numbered.get(id(cases))
        if numbered is None or numbered.cases is not cases:
            numbered = self._numbered[id(cases)] = _Numbered.of(cases, self.last)
        # the row of each key that the cases name; the last place, -1, is for none
        rows = np.array([*(vectors.vocabulary.get(key, -1) for key in numbered.keys), -1], np.int64)
        means, known = self._means(vectors, rows[numbered.shown])
        targets, output = rows[numbered.targets], vectors.output_table[:]
        asked = np.flatnonzero(known & (targets >= 0))
        gains = 0.0
        for some in np.split(asked, range(BLOCK, len(asked), BLOCK)):
            scores = means[some] @ output.T
            for row, case in zip(scores, some.tolist(), strict=True):
                out = rows[numbered.histories[case]]
                row[out[out >= 0]] = -np.inf
            places = _places(scores, targets[some])
            gains += float(np.sum(1 / np.log2(places[places <= self.k] + 1)))
        return gains / len(cases)

    def _means(self, vectors: Vectors, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The weighted mean of the rows shown, -1 where there is none, and whether there is one; see `recency`."""
        known: np.ndarray = shown >= 0
        newer: np.ndarray = np.cumsum(known[:, ::-1], axis=1)[:, ::-1] - known
        weights = np.where(known, self.decay**newer, 0.0)
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-30)
        rows = vectors.input_table[shown.ravel()].reshape(*shown.shape, -1)
        return np.einsum("ij,ijk->ik", weights.astype(np.float32), rows), np.asarray(known.any(axis=1))


@dataclass(frozen=True)
class _Numbered:
    """Cases by the numbers of their keys.

    shown : the last entries of each history, int64, shape (m, last), the newest last and -1 before the oldest;
    histories : what each holds, once; targets : int64, shape (m,).
    """

    cases: Cases
    keys: list[str]
    shown: np.ndarray
    histories: list[np.ndarray]
    targets: np.ndarray

    @classmethod
    def of(cls, cases: Cases, last: int) -> _Numbered:
        numbers: dict[str, int] = {}
        lists = [[numbers.setdefault(key, len(numbers)) for key in history] for history in cases.histories]
        targets = np.array([numbers.setdefault(one[0], len(numbers)) for one in cases.targets], np.int64)
        shown = np.full((len(lists), last), -1, np.int64)
        for row, one in zip(shown, lists, strict=True):
            row[last - len(one[-last:]) :] = one[-last:]
        return cls(cases, list(numbers), shown, [np.unique(np.array(one, np.int64)) for one in lists], targets)


def company_score(vectors: Vectors, sequences: Sequences, *, window: int = 5, seed: int = 1) -> float:
    """Return how often a word that stands beside another is told from one that does not: 1/2 is knowing nothing.

    The share of cases in which u·v > u·n, for a word u, one v at most `window` before or after it, and one n drawn by
    its count in `sequences`, so that popularity alone is of no help. Equal products count a half, and so does a case
    with a word that the vectors do not know. As only words of one text are compared, it does not matter how frequent
    they have become among all that was learnt.

    Parameters
    ----------
    vectors : Vectors
        With output rows.
    sequences : Sequences
        Of which 20,000 pairs are drawn, each with five n.
    window : int
    seed : int
        Of the draw: the same cases for all vectors.

    Raises
    ------
    BadInput
        Vectors without output rows; no sequence of two words.
    """
    if vectors.output_table is None:
        raise BadInput("the vectors have no output rows; expected such as were trained by negative sampling")
    random = np.random.default_rng(seed)
    centres, company = _pairs(sequences, window, random)
    noise = random.choice(sequences.tokens, (len(centres), NOISE))
    rows = np.array([vectors.vocabulary.get(key, -1) for key in sequences.vocabulary.keys], np.int64)
    u, v, n = rows[centres][:, None], rows[company][:, None], rows[noise]
    known = (u >= 0) & (v >= 0) & (n >= 0)
    if not known.any():
        return 0.5
    differences = _products(vectors, u, v) - _products(vectors, u, n)
    return float(np.where(known, (1 + np.sign(differences)) / 2, 0.5).mean())


def _places(scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """At which place of a list each row's target would stand, from 1 on; of equals the lower id comes first."""
    own = scores[np.arange(len(targets)), targets][:, None]
    before = (scores == own) & (np.arange(scores.shape[1]) < targets[:, None])
    return 1 + np.count_nonzero((scores > own) | before, axis=1)


def _pairs(sequences: Sequences, window: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw places, and for each another one of the same sequence not farther than `window`; return the tokens."""
    owner = np.repeat(np.arange(len(sequences)), np.diff(sequences.offsets))
    if not (np.diff(sequences.offsets) >= 2).any():
        raise BadInput("no sequence has two words; expected some that stand together")
    places = random.integers(0, len(owner), PAIRS)
    steps = random.integers(1, window + 1, PAIRS) * random.choice([-1, 1], PAIRS)
    others = places + steps
    inside = (others >= 0) & (others < len(owner))
    inside[inside] &= owner[others[inside]] == owner[places[inside]]
    return sequences.tokens[places[inside]], sequences.tokens[others[inside]]


def _products(vectors: Vectors, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Input·output of rows, int64, of shapes (m, 1) and (m, l); what stands for -1 is another row."""
    assert vectors.output_table is not None  # the caller has looked
    inputs = vectors.input_table[u.ravel()]
    outputs = vectors.output_table[v.ravel()].reshape(*v.shape, -1)
    return np.einsum("id,ijd->ij", inputs, outputs, dtype=np.float64)
