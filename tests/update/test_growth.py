"""Growth: where new keys start, how old ones fade."""

from __future__ import annotations

import numpy as np
import pytest

from nearfield.sequences import Sequences
from nearfield.update.growth import grow, in_order_of
from nearfield.vectors import Vectors

RANDOM = np.random.default_rng(0)


@pytest.fixture
def old():
    rows = RANDOM.normal(size=(2, 4, 3)).astype(np.float32)
    return Vectors(["a", "b", "c", "d"], rows[0], rows[1], counts=[90, 40, 10, 1])


def test_counts_are_added_up_and_ids_stay(old):
    grown = grow(old, Sequences.from_lists([["d", "d", "x"], ["x", "y", "d"]]), min_count=2)
    assert grown.vocabulary.keys == ("a", "b", "c", "d", "x")
    assert grown.vocabulary.counts.tolist() == [90, 40, 10, 4, 2]
    assert grown.seen_before.tolist() == [90, 40, 10, 1]
    assert grown.known == 4
    np.testing.assert_array_equal(grown.input[:4], old.input)
    np.testing.assert_array_equal(grown.output[:4], old.output)


def test_new_keys_start_between_their_neighbours(old):
    """As a slow loop finds them: every old key within the window, nearer ones heavier."""
    lists = [["a", "x", "b", "c", "x", "d"], ["x", "d"], ["y", "z"], ["z", "x", "y"]]
    grown = grow(old, Sequences.from_lists(lists), window=3)
    for key in ("x", "y", "z"):
        total, weights = np.zeros((2, 3)), 0.0
        for one in lists:
            for i, centre in enumerate(one):
                for j, other in enumerate(one):
                    if centre == key and other in old and 0 < abs(i - j) <= 3:
                        weight = (3 - abs(i - j) + 1) / 3
                        number = old.vocabulary[other]
                        total += weight * np.stack([old.input[number], old.output[number]])
                        weights += weight
        number = grown.vocabulary[key]
        if weights:
            np.testing.assert_allclose(grown.input[number], total[0] / weights, atol=1e-6)
            assert ranks_like_the_rare(old, grown, number, total[1] / weights)
        else:  # nobody near whom we know: as a fit starts
            assert 0 < np.abs(grown.input[number]).max() <= 0.5 / 3
            assert not grown.output[number].any()


def ranks_like_the_rare(old, grown, number, mean_output):
    """Whether an output row is the mean of its neighbours' but for a shift by which it scores as rare keys do."""
    counts = np.array([90, 40, 10, 1])  # what the old rows were learnt from
    middle = np.average(old.input, axis=0, weights=counts)
    scores, logs = old.output @ middle, np.log(counts)
    slope = np.clip(np.polyfit(logs, scores, 1)[0], 0, 1)
    line = slope, scores.mean() - slope * logs.mean()
    shift = grown.output[number] - mean_output
    weighted = old.input * np.sqrt(counts)[:, None]
    w = np.linalg.lstsq(weighted, np.sqrt(counts))[0]  # every input's score with it is as near to 1 as can be
    along = abs(shift @ w) / np.linalg.norm(shift) / np.linalg.norm(w)
    score = grown.output[number] @ middle
    return np.isclose(score, np.polyval(line, np.log(grown.vocabulary.counts[number])), atol=1e-4) and along > 0.999


def test_new_keys_start_at_random(old):
    grown = grow(old, Sequences.from_lists([["a", "x"]]), initial="random", seed=3)
    assert 0 < np.abs(grown.input[4]).max() <= 0.5 / 3
    assert not grown.output[4].any()
    again = grow(old, Sequences.from_lists([["a", "x"]]), initial="random", seed=3)
    np.testing.assert_array_equal(grown.input, again.input)


def test_new_keys_start_from_their_kin(old):
    side = {
        "brand": {"a": "red", "b": "red", "x": "red", "y": "blue"},
        "genre": {"a": ["war"], "c": ["war", "love"], "x": ["love", "war"], "z": ["odd"]},
    }
    grown = grow(old, Sequences.from_lists([["x", "y", "z", "a"]]), initial=side)
    a, b, c = old.input[:3]
    wanted = ((a + b) / 2 + c + (a + c) / 2) / 3  # each value's carriers weigh 1 together
    np.testing.assert_allclose(grown.input[grown.vocabulary["x"]], wanted, atol=1e-6)
    for alone in ("y", "z"):
        assert not grown.output[grown.vocabulary[alone]].any()


def test_fading_is_right_on_average():
    counts = np.full(4000, 3)
    old = Vectors([f"k{i}" for i in range(4000)], np.ones((4000, 2)), np.ones((4000, 2)), counts=counts)
    faded = grow(old, Sequences.from_lists([["k0"]]), fade=0.5).seen_before
    assert set(faded.tolist()) == {1, 2}
    assert abs(faded.mean() - 1.5) < 4 * 0.5 / np.sqrt(4000)


def test_rare_keys_are_dropped_and_the_others_stay_in_order(old):
    grown = grow(old, Sequences.from_lists([["b", "x"]]), drop_below=11)
    assert grown.dropped == ("c", "d")
    assert grown.vocabulary.keys == ("a", "b", "x")
    np.testing.assert_array_equal(grown.input[:2], old.input[:2])


def test_in_order_of(old):
    fresh = Vectors(["x", "c", "a"], np.arange(6).reshape(3, 2), np.arange(6).reshape(3, 2), counts=[5, 4, 3])
    found = in_order_of(old, fresh)
    assert found.keys == ("a", "c", "x")
    assert found.counts.tolist() == [3, 4, 5]
    np.testing.assert_array_equal(found["x"], fresh["x"])
    np.testing.assert_array_equal(found.output[0], fresh.output[2])
