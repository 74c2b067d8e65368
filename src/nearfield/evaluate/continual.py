"""What a learner keeps and gains as slices of a stream come one after the other.

`scores` is the matrix R of Lopez-Paz & Ranzato 2017: R[i, j] says how good the learner is on slice j when it has learnt
slices 0 … i; higher is better. Only what a figure is made of has to be there: other cells may be NaN.
"""

from __future__ import annotations

import numpy as np

from nearfield.errors import BadInput


def average_accuracy(scores: np.ndarray) -> float:
    """Return how good the learner is at the end, over all slices.

    ACC = 1/T Σ_j R[T-1, j] (Lopez-Paz & Ranzato 2017, arXiv:1706.08840, equation 2).

    Parameters
    ----------
    scores : ndarray of float64, shape (T, T)

    Raises
    ------
    BadInput
        No square matrix, or a cell that the figure is made of is no number; so do all functions here.

    Examples
    --------
    >>> average_accuracy(np.array([[0.5, 0.2], [0.4, 0.6]]))
    0.5
    """
    return float(_used(_square(scores)[-1]).mean())


def backward_transfer(scores: np.ndarray) -> float:
    """Return by how much later slices have bettered earlier ones; below 0: what was forgotten.

    BWT = 1/(T-1) Σ_{j<T-1} R[T-1, j] - R[j, j] (Lopez-Paz & Ranzato 2017, equation 3); NaN where T is 1.

    Examples
    --------
    >>> round(backward_transfer(np.array([[0.5, 0.2], [0.4, 0.6]])), 3)
    -0.1
    """
    scores = _square(scores)
    return _mean(_used(scores[-1, :-1]) - _used(np.diagonal(scores)[:-1]))


def forward_transfer(scores: np.ndarray, before: np.ndarray) -> float:
    """Return by how much the slices learnt so far better the next, which has not been learnt yet.

    FWT = 1/(T-1) Σ_{j>0} R[j-1, j] - b[j] (Lopez-Paz & Ranzato 2017, equation 4); NaN where T is 1.

    Parameters
    ----------
    scores : ndarray of float64, shape (T, T)
    before : ndarray of float64, shape (T,)
        b: how good something is on each slice that has learnt none of them. The paper has random weights; against the
        version that learnt the first slice and nothing since, the figure is what updates are worth.

    Examples
    --------
    >>> round(forward_transfer(np.array([[0.5, 0.2], [0.4, 0.6]]), np.array([0.1, 0.1])), 3)
    0.1
    """
    scores = _square(scores)
    return _mean(_used(np.diagonal(scores, 1)) - _used(_row(before, len(scores))[1:]))


def forgetting(scores: np.ndarray) -> float:
    """Return how far each earlier slice has fallen below the best that was reached on it; 0: nothing is forgotten.

    F = 1/(T-1) Σ_{j<T-1} (max_{i<T-1} R[i, j] - R[T-1, j]) (Chaudhry et al. 2018, arXiv:1801.10112, equation 3). The
    maximum is taken from when slice j was learnt, i ≥ j: before, there was nothing to forget. NaN where T is 1.

    Examples
    --------
    >>> round(forgetting(np.array([[0.5, 0.0, 0.0], [0.6, 0.7, 0.0], [0.4, 0.8, 0.9]])), 3)
    0.05
    """
    scores = _square(scores)
    best = [_used(scores[j:-1, j]).max() for j in range(len(scores) - 1)]
    return _mean(np.array(best) - _used(scores[-1, :-1]))


def intransigence(scores: np.ndarray, reference: np.ndarray) -> float:
    """Return how far the learner stays behind a reference on the slice that it has just learnt.

    I_k = a*_k - R[k, k], where the reference has learnt all slices up to k together (Chaudhry et al. 2018, equation 4);
    the mean over the slices after the first, with which both begin. Below 0: the learner is better. NaN where T is 1.

    Parameters
    ----------
    scores, reference : ndarray of float64, shape (T, T)

    Examples
    --------
    >>> round(intransigence(np.array([[0.5, 0.2], [0.4, 0.6]]), np.array([[0.5, 0.2], [0.5, 0.7]])), 3)
    0.1
    """
    ours, theirs = (np.diagonal(_square(one))[1:] for one in (scores, reference))
    return _mean(_used(_row(theirs, len(ours))) - _used(ours))


def minimum_accuracy(curve: np.ndarray, learning: np.ndarray) -> float:
    """Return the lowest that earlier slices fell to since they were learnt: how deep the stability gap is.

    min-ACC = 1/(k-1) Σ_{j<k} min_n A(j, n), over the points n after slice j was learnt and up to now, k the slice in
    work (De Lange et al. 2023, arXiv:2205.13452, section 3); NaN where no slice lies behind.

    Parameters
    ----------
    curve : ndarray of float64, shape (points, T)
        A: the scores of the slices at points of time, some of them in the midst of an update.
    learning : ndarray of int, shape (points,)
        The slice in work at each point, never falling.

    Examples
    --------
    >>> curve = np.array([[0.5, 0.1], [0.2, 0.4], [0.4, 0.6]])
    >>> minimum_accuracy(curve, np.array([0, 1, 1]))
    0.2
    """
    curve, learning = _curve(curve, learning)
    lowest = [_used(curve[learning > j, j]).min() for j in range(int(learning[-1]))]
    return _mean(np.array(lowest))


def worst_case_accuracy(curve: np.ndarray, learning: np.ndarray) -> float:
    """Return the trade-off between the slice just learnt and the lowest of the earlier ones.

    WC-ACC = A(k, now)/k + (1 - 1/k) min-ACC for the k slices learnt (De Lange et al. 2023, section 3).

    Examples
    --------
    >>> curve = np.array([[0.5, 0.1], [0.2, 0.4], [0.4, 0.6]])
    >>> worst_case_accuracy(curve, np.array([0, 1, 1]))
    0.4
    """
    curve, learning = _curve(curve, learning)
    last = int(learning[-1])
    now = float(_used(curve[-1, last : last + 1])[0])
    return now if last == 0 else (now + last * minimum_accuracy(curve, learning)) / (last + 1)


def _square(scores: np.ndarray) -> np.ndarray:
    matrix = np.asarray(scores, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise BadInput(f"the scores have shape {matrix.shape}; expected a row and a column for each slice")
    return matrix


def _row(values: np.ndarray, n: int) -> np.ndarray:
    row = np.asarray(values, np.float64)
    if row.shape != (n,):
        raise BadInput(f"{row.size} scores to compare with for {n} slices; expected one each")
    return row


def _curve(curve: np.ndarray, learning: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    curve, learning = np.asarray(curve, np.float64), np.asarray(learning)
    if curve.ndim != 2 or learning.shape != (len(curve),) or not len(curve):
        raise BadInput(f"{learning.size} slices in work for scores of shape {curve.shape}; expected one for each point")
    if learning.dtype.kind not in "iu" or np.any(np.diff(learning) < 0):
        raise BadInput("the slices in work are no whole numbers or fall; expected the order in which they were learnt")
    if learning[0] < 0 or learning[-1] >= curve.shape[1]:
        raise BadInput(f"slice {learning[-1]} in work, of {curve.shape[1]}; expected slices that have scores")
    return curve, learning


def _used(cells: np.ndarray) -> np.ndarray:
    if not np.isfinite(cells).all():
        raise BadInput(f"a score is {cells[~np.isfinite(cells)][0]}; expected numbers wherever the figure needs them")
    return cells


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
