"""Beyond accuracy: how much of the catalogue lists reach, how new, how different and how popular what they hold is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np

from nearfield.evaluate.accuracy import Recommended
from nearfield.evaluate.figures import Figure, Figures, bootstrap
from nearfield.evaluate.resampling import RESAMPLES, interval
from nearfield.vectors import Vectors
from nearfield.vocabulary import Vocabulary


def listed_ids(recommended: Recommended, vocabulary: Vocabulary, k: int) -> np.ndarray:
    """Return the ids of the first k keys of each list, int64, shape (m, k); -1 beyond its end or for unknown keys."""
    ids = np.full((len(recommended), k), -1, np.int64)
    for row, one in zip(ids, recommended, strict=True):
        found = [vocabulary.get(key) for key, _ in islice(one, k)]
        row[: len(found)] = [-1 if i is None else i for i in found]
    return ids


def novelty(ids: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the mean self-information of what each list holds, in bits: −log2 p(item) (Zhou et al. 2010).

    p(item) is the item's share of all that was seen in training. NaN for a list without a known item.

    Parameters
    ----------
    ids : ndarray of int64, shape (m, k)
        As from `listed_ids`.
    counts : ndarray of int64, shape (n,)
        How often each item was seen.

    Examples
    --------
    A half and a quarter of all that was seen: (1 + 2) / 2 bits.

    >>> novelty(np.array([[0, 1]]), np.array([4, 2, 2]))
    array([1.5])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = -np.log2(counts / counts.sum())
    return _means(bits, ids)


def popularity_rank(ids: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the mean popularity percentile of what each list holds: 0 the rarest item, 1 the most popular.

    An item's percentile is the share of other items that are less popular, those as popular counted half. Lists drawn
    evenly from the catalogue have 0.5; what is above is popularity bias. NaN for a list without a known item.

    Examples
    --------
    The most popular of five items, and one of the two in the middle: (1 + (1 + 0.5 + 0.5) / 4) / 2.

    >>> popularity_rank(np.array([[0, 2]]), np.array([9, 5, 3, 3, 1]))
    array([0.6875])
    """
    rising = np.sort(counts)
    below = np.searchsorted(rising, counts, side="left")
    as_popular = np.searchsorted(rising, counts, side="right") - below - 1
    return _means((below + as_popular / 2) / max(len(counts) - 1, 1), ids)


def intra_list_diversity(recommended: Recommended, vectors: Vectors, k: int) -> np.ndarray:
    """Return 1 − the mean cosine over all pairs of a list's items (Ziegler et al. 2005), by their input rows.

    NaN for a list with fewer than two items that have a vector. To compare recommenders, take the same vectors for all.

    Examples
    --------
    Cosines 0 (a, b), 1 (a, c) and 0 (b, c): 1 − 1 / 3.

    >>> vectors = Vectors(["a", "b", "c"], np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]], np.float32))
    >>> intra_list_diversity([[("a", 3.0), ("b", 2.0), ("c", 1.0)]], vectors, k=3).round(3)
    array([0.667])
    """
    diverse = np.full(len(recommended), np.nan)
    for i, row in enumerate(listed_ids(recommended, vectors.vocabulary, k)):
        units = vectors.input_table.unit(row[row >= 0]).astype(np.float64)
        units = units[np.einsum("ij,ij->i", units, units) > 0]
        n, total = len(units), units.sum(axis=0)
        if n >= 2:  # |Σ u|² = n + twice the sum of the cosines of pairs
            diverse[i] = 1 - (total @ total - n) / (n * (n - 1))
    return diverse


def coverage(exposures: np.ndarray, n_items: int) -> np.ndarray:
    """Return the share of the catalogue that stands in any list.

    Parameters
    ----------
    exposures : ndarray, shape (rows, s)
        How often each of s ≤ n_items items stands in lists; items that stand in none may be left out.
    n_items : int
        In the catalogue.

    Examples
    --------
    >>> coverage(np.array([[3, 1, 0]]), 4)
    array([0.5])
    """
    return np.count_nonzero(exposures, axis=1) / n_items


def gini(exposures: np.ndarray, n_items: int) -> np.ndarray:
    """Return Gini's index of how unevenly lists show items: 0 where all are shown alike, near 1 where one is.

    G = Σ (2 i − n − 1) x_i / (n Σ x), x rising. NaN where nothing is shown. Parameters as for `coverage`.

    Examples
    --------
    x = 0, 0, 1, 3: (1 · 1 + 3 · 3) / (4 · 4).

    >>> gini(np.array([[3, 1]]), 4)
    array([0.625])
    """
    rising = np.sort(exposures, axis=1)
    n_shown = exposures.shape[1]  # the others come before them, with nothing
    places = 2 * np.arange(n_items - n_shown + 1, n_items + 1) - n_items - 1
    totals = n_items * exposures.sum(axis=1)
    return np.divide(rising @ places, totals, out=np.full(len(exposures), np.nan), where=totals > 0)


def catalogue_figures(ids: np.ndarray, n_items: int, resamples: int = RESAMPLES, seed: int = 1) -> Figures:
    """Return `coverage` and `gini` of lists, with intervals.

    A resample has fewer different lists than there are, and so covers less. The intervals are the bootstrap's spread,
    moved so that its mean is the figure itself.

    Parameters
    ----------
    ids : ndarray of int64, shape (m, k)
        As from `listed_ids`.
    n_items : int
        In the catalogue.
    """
    from scipy.sparse import csr_array

    rows, places = np.nonzero(ids >= 0)
    shown, column = np.unique(ids[rows, places], return_inverse=True)
    held = csr_array((np.ones(len(rows)), (rows, column)), shape=(len(ids), len(shown)))

    def both(weights: np.ndarray) -> np.ndarray:
        exposures = weights @ held
        return np.column_stack([coverage(exposures, n_items), gini(exposures, n_items)])

    whole = both(np.ones((1, len(ids))))[0]
    drawn = bootstrap(both, len(ids), resamples, seed)
    drawn += whole - drawn.mean(axis=0)
    names: Sequence[str] = ("coverage", "gini")
    return {name: Figure(float(whole[i]), interval(drawn[:, i])) for i, name in enumerate(names)}


def _means(values: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return the mean of `values` over each row's ids; NaN where there are none."""
    known = ids >= 0
    totals = np.where(known, values[ids], 0).sum(axis=1)
    sizes = known.sum(axis=1)
    return np.divide(totals, sizes, out=np.full(len(ids), np.nan), where=sizes > 0)
