"""Popularity: the part of scores that all inputs share, taken out, put on a line, and led by the counts."""

from __future__ import annotations

import numpy as np
import pytest

from nearfield.update.growth import Grown
from nearfield.update.popularity import follow_counts, moments_of, popularity_of, shared_direction
from nearfield.vocabulary import Vocabulary

RANDOM = np.random.default_rng(4)


def rows(n, dim=6):
    """Rows that share a direction, as inputs do."""
    return (RANDOM.normal(0, 0.3, (n, dim)) + np.eye(dim)[0]).astype(np.float32)


def test_it_is_the_line_through_scores_over_logs_of_counts():
    inputs, counts = rows(40), np.sort(RANDOM.integers(1, 500, 40))[::-1]
    middle = np.average(inputs, axis=0, weights=counts)
    outputs = rows(40) + np.outer(0.5 * np.log(counts), middle / (middle @ middle)).astype(np.float32)
    found = popularity_of(inputs, outputs, counts)
    slope, level = np.polyfit(np.log(counts), outputs @ middle, 1)
    np.testing.assert_allclose(found.middle, middle, rtol=1e-5)
    assert (found.slope, found.level) == pytest.approx((slope, level), rel=1e-4)


def test_a_step_along_raises_every_score_alike():
    inputs, counts = rows(200), RANDOM.integers(1, 50, 200)
    found = popularity_of(inputs, rows(200), counts)
    raised = inputs @ found.along
    assert np.average(raised, weights=counts) == pytest.approx(1)
    # any other direction with the same mean is less even
    for other in RANDOM.normal(size=(50, 6)):
        other /= found.middle @ other
        assert np.average((inputs @ other - 1) ** 2, weights=counts) >= np.average((raised - 1) ** 2, weights=counts)


def test_keys_of_one_count_have_no_slope():
    found = popularity_of(rows(5), outputs := rows(5), np.full(5, 3))
    assert found.slope == 0
    assert found.level == pytest.approx(float((outputs @ found.middle).mean()), rel=1e-5)


@pytest.mark.parametrize(("steepness", "wanted"), [(-3.0, 0.0), (9.0, 1.0)])
def test_counts_that_are_nearly_alike_make_no_steep_line(steepness, wanted):
    inputs, counts = rows(30), np.array([100, 99] * 15)
    middle = np.average(inputs, axis=0, weights=counts)
    outputs = np.outer(steepness * np.log(counts), middle / (middle @ middle)).astype(np.float32)
    found = popularity_of(inputs, outputs, counts)
    assert found.slope == wanted
    assert found.level + found.slope * np.log(counts).mean() == pytest.approx((outputs @ middle).mean(), rel=1e-4)


@pytest.fixture
def updated():
    """Six old keys and two new ones; all output rows have moved."""
    input, output = rows(8), rows(8)
    seen, counts = np.array([90, 50, 20, 9, 4, 1]), np.array([90, 80, 20, 18, 4, 2, 5, 1])
    grown = Grown(Vocabulary([f"k{i}" for i in range(8)], counts), input, output, 6, seen)
    moved = output + RANDOM.normal(0, 0.5, output.shape).astype(np.float32)
    moved[6] += 5 * popularity_of(input[:6], output[:6], seen).along.astype(np.float32)
    moved[7] -= 50 * popularity_of(input[:6], output[:6], seen).along.astype(np.float32)
    return grown, input + RANDOM.normal(0, 0.05, input.shape).astype(np.float32), moved


def test_old_keys_move_with_their_counts_and_new_ones_come_down_to_the_line(updated):
    grown, input, output = updated
    counts, learnt = grown.vocabulary.counts, output.copy()
    before = popularity_of(grown.input[:6], grown.output[:6], grown.seen_before)
    follow_counts(grown, input, output, frozen=False)
    middle = np.average(input[:6], axis=0, weights=counts[:6])
    was = grown.output[:6] @ before.middle
    wanted = was + before.slope * np.log(counts[:6] / grown.seen_before)
    np.testing.assert_allclose(output[:6] @ middle, wanted, atol=1e-4)
    assert output[6] @ middle == pytest.approx(before.level + before.slope * np.log(5), abs=1e-4)
    assert output[7].tobytes() == learnt[7].tobytes()  # below the line already
    # nothing but the shared part has changed
    along = popularity_of(input[:6], learnt[:6], counts[:6]).along
    change = (output - learnt)[:6]
    np.testing.assert_allclose(change - np.outer(change @ along / (along @ along), along), 0, atol=1e-5)


def test_new_keys_foretell_each_other_as_they_have_learnt_to():
    """Inputs of new keys that point elsewhere are left out of what lowers new keys."""
    input, counts = rows(40), RANDOM.integers(1, 50, 40)
    elsewhere = np.tile(np.eye(6, dtype=np.float32)[5], (3, 1)) * 2 + RANDOM.normal(0, 0.01, (3, 6)).astype(np.float32)
    (_, plain), (middle, aside) = (shared_direction(moments_of(input, counts), apart) for apart in (None, elsewhere))
    assert middle @ aside == pytest.approx(1)
    assert np.abs(elsewhere @ aside).max() < 0.05 < np.abs(elsewhere @ plain).max()


def test_frozen_rows_stay(updated):
    grown, input, output = updated
    learnt = output.copy()
    follow_counts(grown, input, output, frozen=True)
    assert output[:6].tobytes() == learnt[:6].tobytes()
    assert output[6].tobytes() != learnt[6].tobytes()
