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
    """Return how surely words that stand together are told from words drawn at random, between 0 and 1.

    exp(-loss): the geometric mean of σ(u·v) for a word u and one v at most `window` before or after it, and of σ(-u·n)
    for words n drawn by their counts in `sequences` to the power 3/4, in equal parts: the loss of skip-gram with
    negative sampling, held out (Mikolov et al. 2013, arXiv:1310.4546, equation 4). A pair with a word that the vectors
    do not know counts 1/2, which is knowing nothing.

    Parameters
    ----------
    vectors : Vectors
        With output rows.
    sequences : Sequences
        Of which 20,000 pairs are drawn.
    window : int
    seed : int
        Of the draw: the same pairs and the same noise for all vectors.

    Raises
    ------
    BadInput
        Vectors without output rows; no sequence of two words.
    """
    if vectors.output_table is None:
        raise BadInput("the vectors have no output rows; expected such as were trained by negative sampling")
    random = np.random.default_rng(seed)
    centres, company = _pairs(sequences, window, random)
    weights = np.bincount(sequences.tokens, minlength=len(sequences.vocabulary)).astype(np.float64) ** 0.75
    noise = random.choice(len(weights), (len(centres), NOISE), p=weights / weights.sum())
    rows = _rows(vectors, sequences)
    truth = _log_sigmoid(vectors, rows[centres], rows[company])
    others = _log_sigmoid(vectors, np.repeat(rows[centres], NOISE), rows[noise.ravel()], sign=-1.0)
    return float(np.exp((truth.mean() + others.mean()) / 2))


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


def _rows(vectors: Vectors, sequences: Sequences) -> np.ndarray:
    """The row of each key of the sequences, -1 where the vectors do not know it."""
    return np.array([vectors.vocabulary.get(key, -1) for key in sequences.vocabulary.keys], np.int64)


def _log_sigmoid(vectors: Vectors, left: np.ndarray, right: np.ndarray, sign: float = 1.0) -> np.ndarray:
    """log σ(sign · input·output) of pairs of rows, log 1/2 where one is not known; float64."""
    assert vectors.output_table is not None  # the caller has looked
    known = (left >= 0) & (right >= 0)
    scores = np.zeros(len(left))
    rows = vectors.input_table[left[known]], vectors.output_table[right[known]]
    scores[known] = np.einsum("ij,ij->i", *rows, dtype=np.float64)
    return -np.logaddexp(0.0, -sign * scores)
