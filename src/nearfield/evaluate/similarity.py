"""Word similarity: does the cosine order pairs of words as people do?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.bands import Band, frequency_bands
from nearfield.evaluate.correlation import spearman, spearman_interval
from nearfield.evaluate.lookup import Lookup, unknown_words
from nearfield.evaluate.readers import Pair, PairList, read_pairs
from nearfield.evaluate.resampling import RESAMPLES, Interval
from nearfield.parameters import Resamples, Seed, checks_arguments
from nearfield.vectors import Vectors

Pairs = str | os.PathLike[str] | Iterable[tuple[str, str, float]]


@dataclass(frozen=True)
class SimilarityResult:
    """How vectors do on a set of word pairs.

    Attributes
    ----------
    name : str
        Of the set.
    rho : float
        Spearman's correlation over the pairs whose words are both known; NaN where it is not defined.
    interval : (float, float)
        Its 95 % bootstrap interval over pairs.
    n, total : int
        Pairs that were used, and pairs in the set.
    unknown : tuple of str
        Words without a vector; pairs with one of them are not used.
    bands : tuple of Band
        The same by how often the rarer word of a pair was seen; empty where the vectors know no counts.
    skipped : dict of str to int
        Lines of the file that are no pairs, by what they are: "comment", "header row".
    score_column : str or None
        Of the file: the number of the column with the scores, and its name if there is one.
    """

    name: str
    rho: float
    interval: Interval
    n: int
    total: int
    unknown: tuple[str, ...]
    bands: tuple[Band, ...]
    skipped: dict[str, int] = field(default_factory=dict)
    score_column: str | None = None

    @property
    def coverage(self) -> float:
        """The share of pairs that were used."""
        return self.n / self.total

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds."""
        return asdict(self) | {"coverage": self.coverage}


@dataclass(frozen=True)
class ScoredPairs:
    """The pairs of a set whose words are both known.

    Attributes
    ----------
    people, cosines : ndarray of float64, shape (n,)
    rarer_counts : ndarray of int64, shape (n,), or None
        How often the rarer word of each pair was seen.
    total : int
        Pairs in the set.
    unknown : tuple of str
    """

    people: np.ndarray
    cosines: np.ndarray
    rarer_counts: np.ndarray | None
    total: int
    unknown: tuple[str, ...]


@checks_arguments
def word_similarity(
    vectors: Vectors,
    pairs: Pairs,
    *,
    case_insensitive: bool = True,
    bands: int | Sequence[int] = 3,
    resamples: Resamples = RESAMPLES,
    seed: Seed = 1,
    score_column: int | str | None = None,
    encoding: str | None = None,
) -> SimilarityResult:
    """Correlate cosines with people's scores, as gensim's `evaluate_word_pairs` does.

    Parameters
    ----------
    vectors : Vectors
    pairs : path, or iterable of (word, word, score)
        A file as `readers.read_pairs` describes it.
    case_insensitive : bool
        Whether "King" may stand for "king"; of several spellings the first, most frequent one is taken.
    bands : int or sequence of int
        Into how many bands of about equal size to split the pairs by the count of their rarer word; or the counts at
        which a new band begins.
    resamples, seed : int
        Of the bootstrap.
    score_column, encoding
        Of a file, as for `readers.read_pairs`.

    Raises
    ------
    BadInput
        A file that cannot be read as pairs, no pairs, bands that are none.
    """
    listed = pairs
    if isinstance(pairs, str | os.PathLike):
        listed = read_pairs(pairs, score_column=score_column, encoding=encoding)
    scored = score_pairs(vectors, listed, case_insensitive=case_insensitive)
    people, cosines, counts = scored.people, scored.cosines, scored.rarer_counts
    return SimilarityResult(
        name=Path(pairs).stem if isinstance(pairs, str | os.PathLike) else "pairs",
        rho=spearman(people, cosines),
        interval=spearman_interval(people, cosines, resamples, seed),
        n=len(people),
        total=scored.total,
        unknown=scored.unknown,
        bands=() if counts is None else frequency_bands(people, cosines, counts, bands, resamples, seed),
        skipped=listed.skipped if isinstance(listed, PairList) else {},
        score_column=listed.score_column if isinstance(listed, PairList) else None,
    )


@checks_arguments
def score_pairs(vectors: Vectors, pairs: Pairs, *, case_insensitive: bool = True) -> ScoredPairs:
    """Return people's scores and cosines of the pairs whose words are both known."""
    listed = read_pairs(pairs) if isinstance(pairs, str | os.PathLike) else [_checked(pair) for pair in pairs]
    if not listed:
        raise BadInput("no word pairs; expected at least one (word, word, score)")
    words = [word for pair in listed for word in pair[:2]]
    rows = Lookup(vectors, case_insensitive).rows(words)
    known = rows.reshape(-1, 2).min(axis=1) >= 0
    first, second = rows.reshape(-1, 2)[known].T
    table = vectors.input_table
    return ScoredPairs(
        people=np.array([pair.score for pair in listed], np.float64)[known],
        cosines=np.einsum("ij,ij->i", table.unit(first), table.unit(second)).astype(np.float64),
        rarer_counts=None if vectors.counts is None else np.minimum(vectors.counts[first], vectors.counts[second]),
        total=len(listed),
        unknown=unknown_words(words, rows),
    )


def _checked(pair: object) -> Pair:
    match pair:
        case (str(first), str(second), score) if isinstance(score, int | float | np.number) and np.isfinite(score):
            return Pair(first, second, float(score))
    raise BadInput(f"{pair!r} is no word pair; expected (word, word, score)")
