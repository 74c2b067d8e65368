"""Figures of a stream, held against the papers' sums done by hand and against loops over their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nearfield.errors import BadInput
from nearfield.evaluate.continual import (
    average_accuracy,
    backward_transfer,
    forgetting,
    forward_transfer,
    intransigence,
    minimum_accuracy,
    worst_case_accuracy,
)

# three slices; the second takes half of what was known of the first, the third brings some of it back
SCORES = np.array([[0.8, 0.3, 0.1], [0.4, 0.9, 0.2], [0.6, 0.7, 1.0]])
MATRICES = st.integers(1, 6).flatmap(lambda n: arrays(float, (n, n), elements=st.floats(0, 1, width=32)))


def test_sums_done_by_hand():
    assert average_accuracy(SCORES) == pytest.approx((0.6 + 0.7 + 1.0) / 3)
    assert backward_transfer(SCORES) == pytest.approx(((0.6 - 0.8) + (0.7 - 0.9)) / 2)
    assert forward_transfer(SCORES, np.array([9.0, 0.1, 0.15])) == pytest.approx(((0.3 - 0.1) + (0.2 - 0.15)) / 2)
    assert forgetting(SCORES) == pytest.approx(((0.8 - 0.6) + (0.9 - 0.7)) / 2)
    joint = np.diag([0.0, 0.95, 0.9])
    assert intransigence(SCORES, joint) == pytest.approx(((0.95 - 0.9) + (0.9 - 1.0)) / 2)


def test_a_curve_by_hand():
    """Two points in each update; the second slice is lowest in the midst of the third's."""
    curve = np.array([[0.8, 0.0, 0.0], [0.3, 0.5, 0.0], [0.4, 0.9, 0.0], [0.5, 0.2, 0.6], [0.6, 0.7, 1.0]])
    learning = np.array([0, 1, 1, 2, 2])
    assert minimum_accuracy(curve, learning) == pytest.approx((0.3 + 0.2) / 2)
    assert worst_case_accuracy(curve, learning) == pytest.approx(1.0 / 3 + 2 / 3 * 0.25)
    assert minimum_accuracy(curve[:3], learning[:3]) == pytest.approx(0.3)
    assert worst_case_accuracy(curve[:1], learning[:1]) == 0.8


@given(MATRICES)
def test_forgetting_by_its_definition(scores):
    n = len(scores)
    falls = []
    for j in range(n - 1):
        best = -np.inf
        for i in range(j, n - 1):
            best = max(best, scores[i, j])
        falls.append(best - scores[n - 1, j])
    expected = sum(falls) / len(falls) if falls else np.nan
    assert forgetting(scores) == pytest.approx(expected, nan_ok=True)
    # whoever is nowhere better than when it had just learnt has forgotten as much as it transferred backwards
    kept = np.where(np.arange(n)[:, None] > np.arange(n), np.minimum(scores, np.diagonal(scores)), scores)
    assert forgetting(kept) == pytest.approx(-backward_transfer(kept), nan_ok=True)


@given(MATRICES)
def test_who_never_forgets_and_who_stays_behind_nobody(scores):
    never = np.maximum.accumulate(scores, axis=0)
    if len(scores) > 1:
        assert forgetting(never) <= 0
        assert backward_transfer(never) >= 0
        constant = np.tile(scores[0], (len(scores), 1))
        assert forgetting(constant) == backward_transfer(constant) == intransigence(scores, scores) == 0
        assert forward_transfer(constant, constant[0]) == 0
    # where an update is one point, the worst moment is one of the rows
    learning = np.arange(len(scores))
    assert worst_case_accuracy(never, learning) == pytest.approx(
        np.mean([*(never[j + 1, j] for j in range(len(scores) - 1)), never[-1, -1]])
    )


@pytest.mark.parametrize("figure", [backward_transfer, forgetting])
def test_one_slice_has_nothing_behind(figure):
    assert np.isnan(figure(np.array([[0.5]])))
    assert average_accuracy(np.array([[0.5]])) == 0.5


def test_cells_that_are_not_needed_may_be_missing():
    scores = np.where(np.tri(3, k=1) > 0, SCORES, np.nan)
    assert forgetting(scores) == forgetting(SCORES)
    assert forward_transfer(scores, np.zeros(3)) == pytest.approx(0.25)
    scores[2, 0] = np.nan
    with pytest.raises(BadInput, match="a score is nan; expected numbers wherever"):
        average_accuracy(scores)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: average_accuracy(np.ones((2, 3))), r"shape \(2, 3\); expected a row and a column"),
        (lambda: average_accuracy(np.ones((0, 0))), r"shape \(0, 0\)"),
        (lambda: forward_transfer(SCORES, np.zeros(2)), "2 scores to compare with for 3 slices"),
        (lambda: intransigence(SCORES, np.zeros((2, 2))), "1 scores to compare with for 2 slices"),
        (lambda: minimum_accuracy(SCORES, np.array([0, 1])), "2 slices in work for scores of shape"),
        (lambda: minimum_accuracy(SCORES, np.array([0, 2, 1])), "fall; expected the order"),
        (lambda: minimum_accuracy(SCORES, np.array([0, 1, 3])), "slice 3 in work, of 3"),
    ],
)
def test_what_is_no_matrix(call, message):
    with pytest.raises(BadInput, match=message):
        call()
