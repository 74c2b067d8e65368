"""How good predicted probabilities and values are: their order, their size, and both.

Labels y are 0 or 1, predictions p probabilities, weights how much each row counts (all 1 without them). A figure that
is not defined, such as an AUC without negatives, is NaN.
"""

from __future__ import annotations

import numpy as np

from nearfield.rank.metrics import LEAST


class Areas:
    """Areas under the ROC curve of one or several groups of rows, for any weights; the rows are sorted once.

    With tied predictions in blocks t, from the lowest up, of positive weight P_t and negative weight N_t,

        area = Σ_t P_t (N_1 + … + N_{t-1} + N_t / 2) / (Σ P · Σ N)

    the probability that a positive row is predicted above a negative one, ties counting half (Hanley & McNeil 1982).
    """

    def __init__(self, labels: np.ndarray, predictions: np.ndarray, groups: np.ndarray | None = None) -> None:
        groups = np.zeros(len(labels), np.int64) if groups is None else np.asarray(groups)
        self._order = np.lexsort((predictions, groups))
        sorted_groups, sorted_predictions = groups[self._order], np.asarray(predictions)[self._order]
        group_starts = np.flatnonzero(np.append(True, np.diff(sorted_groups) != 0)) if len(groups) else np.empty(0, int)
        changed = np.append(True, (np.diff(sorted_predictions) != 0) | (np.diff(sorted_groups) != 0))
        self._blocks = np.flatnonzero(changed) if len(groups) else np.empty(0, int)
        self._group_of_block = np.searchsorted(group_starts, self._blocks, side="right") - 1
        self._n_groups = len(group_starts)
        self._positive = np.asarray(labels)[self._order] > 0

    def __call__(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the area and the weight of each group, float64, by ascending group."""
        weights = np.asarray(weights, np.float64)[self._order]
        positive, negative = (
            np.add.reduceat(np.where(chosen, weights, 0), self._blocks) if len(weights) else np.empty(0)
            for chosen in (self._positive, ~self._positive)
        )
        totals = [np.bincount(self._group_of_block, w, self._n_groups) for w in (positive, negative)]
        before_group = np.cumsum(totals[1]) - totals[1]
        below = np.cumsum(negative) - negative - before_group[self._group_of_block] + negative / 2
        wins = np.bincount(self._group_of_block, positive * below, self._n_groups)
        pairs = totals[0] * totals[1]
        return np.divide(wins, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0), totals[0] + totals[1]


def auc(labels: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the probability that a row labelled 1 is predicted above one labelled 0, ties counting half.

    Examples
    --------
    Of the four pairs two are in order and one is tied:

    >>> auc(np.array([1, 1, 0, 0]), np.array([0.9, 0.4, 0.4, 0.6]))
    0.625
    """
    areas, _ = Areas(labels, predictions)(_ones(labels, weights))
    return float(areas[0]) if len(areas) else np.nan


def group_auc(
    labels: np.ndarray, predictions: np.ndarray, groups: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Return the mean AUC of groups, such as users, weighted by their rows (Zhou et al., KDD 2018, equation 7).

    Groups whose labels are all alike have no AUC and are left out.

    Examples
    --------
    Group 7 has an AUC of 1 over three rows, group 8 one of 0 over two, group 9 none:

    >>> group_auc(np.array([1, 0, 0, 1, 0, 1]), np.array([0.9, 0.2, 0.1, 0.3, 0.8, 0.5]), np.array([7, 7, 7, 8, 8, 9]))
    0.6
    """
    areas, sizes = Areas(labels, predictions, groups)(_ones(labels, weights))
    known = ~np.isnan(areas)
    return float(np.average(areas[known], weights=sizes[known])) if known.any() else np.nan


def ndcg_of_groups(
    labels: np.ndarray, predictions: np.ndarray, groups: np.ndarray, k: int = 10
) -> tuple[np.ndarray, np.ndarray]:
    """Return the NDCG@k of each group and its number of rows, float64, by ascending group.

    The DCG of Burges (2010), Σ (2^y - 1) / log2(1 + place) over the first k places, by that of the best order. Rows of
    equal predictions share the mean discount of their places, so that their order in the file says nothing. NaN for a
    group whose labels are all alike, which any order suits.
    """
    labels, predictions = np.asarray(labels, np.float64), np.asarray(predictions)
    names, group = np.unique(groups, return_inverse=True)
    n, sizes = len(names), np.bincount(group, minlength=len(np.unique(groups)))
    starts = np.cumsum(sizes) - sizes
    lowest, highest = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(lowest, group, labels)
    np.maximum.at(highest, group, labels)
    gains = np.exp2(labels - np.maximum(highest, 0)[group]) - np.exp2(-np.maximum(highest, 0))[group]
    place = np.arange(len(labels)) - np.repeat(starts, sizes) + 1
    discounts = np.where(place <= k, 1 / np.log2(1 + place), 0.0)  # of the rows in order
    order = np.lexsort((-predictions, group))
    changed = np.append(True, (np.diff(group[order]) != 0) | (np.diff(predictions[order]) != 0))[: len(order)]
    tied = np.cumsum(changed) - 1
    shared = (np.bincount(tied, discounts) / np.bincount(tied))[tied] if len(order) else discounts
    dcg = np.bincount(group[order], gains[order] * shared, n)
    best = np.bincount(group[order], gains[np.lexsort((-labels, group))] * discounts, n)
    return np.divide(dcg, best, out=np.full(n, np.nan), where=(lowest < highest) & (best > 0)), sizes.astype(np.float64)


def group_ndcg(labels: np.ndarray, predictions: np.ndarray, groups: np.ndarray, k: int = 10) -> float:
    """Return the mean NDCG@k of groups, each counting once; those whose labels are all alike are left out.

    Parameters
    ----------
    labels : ndarray of float, shape (n,)
        Grades of 0 and more, such as 0 and 1.

    Examples
    --------
    In group 7 the row that is wanted stands at place 2, (1 / log2(3)) / 1 = 0.631, in group 8 at place 1:

    >>> group_ndcg(np.array([0, 1, 1, 0]), np.array([0.9, 0.8, 0.5, 0.4]), np.array([7, 7, 8, 8])).__round__(3)
    0.815
    """
    values, _ = ndcg_of_groups(labels, predictions, groups, k)
    return float(np.nanmean(values)) if not np.isnan(values).all() else np.nan


def log_losses(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Return -y log p - (1 - y) log(1 - p) of each row, float64, with p kept within 1e-7 of 0 and 1."""
    p = np.clip(np.asarray(predictions, np.float64), LEAST, 1 - LEAST)
    return -np.where(np.asarray(labels) > 0, np.log(p), np.log1p(-p))


def log_loss(labels: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the mean of -y log p - (1 - y) log(1 - p).

    Examples
    --------
    >>> round(log_loss(np.array([1, 0]), np.array([0.5, 0.5])), 4)
    0.6931
    """
    return _mean(log_losses(labels, predictions), weights)


def normalised_entropy(labels: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the log loss by that of predicting the share of positives for all rows; below 1 is better than that.

    He et al., ADKDD 2014, equation 1.

    Examples
    --------
    >>> normalised_entropy(np.array([1, 0, 0, 0]), np.array([0.25, 0.25, 0.25, 0.25]))
    1.0
    """
    share = _mean(np.asarray(labels, np.float64), weights)
    entropy = log_loss(labels, np.full(len(labels), share), weights)
    return log_loss(labels, predictions, weights) / entropy if 0 < share < 1 else np.nan


def rmse(labels: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the root of the mean of (p - y)².

    Examples
    --------
    >>> rmse(np.array([3.0, 5.0]), np.array([4.0, 4.0]))
    1.0
    """
    return float(np.sqrt(_mean((np.asarray(predictions, np.float64) - labels) ** 2, weights)))


def _ones(labels: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    return np.ones(len(labels)) if weights is None else weights


def _mean(values: np.ndarray, weights: np.ndarray | None) -> float:
    total = len(values) if weights is None else np.sum(weights, dtype=np.float64)
    return float(np.average(values, weights=weights)) if total > 0 else np.nan
