"""What is left of a space, held against loops and scipy."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from nearfield import Vectors
from nearfield.errors import BadInput
from nearfield.update import align, cross_version_recall, neighbour_overlap, rsa, similarity_to_previous

RANDOM = np.random.default_rng(3)
N, DIM, K = 40, 6, 5


def vectors(rows, first=0):
    return Vectors([f"k{first + i}" for i in range(len(rows))], rows.astype(np.float32))


@pytest.fixture
def old():
    return vectors(RANDOM.normal(size=(N, DIM)))


@pytest.fixture
def moved(old):
    """The old space with noise, without its first four keys and with six more."""
    rows = np.vstack([old.input[4:] + RANDOM.normal(size=(N - 4, DIM)) * 0.5, RANDOM.normal(size=(6, DIM))])
    return vectors(rows, 4)


@pytest.fixture
def turned(old):
    return vectors(old.input @ np.linalg.qr(RANDOM.normal(size=(DIM, DIM)))[0] * 3)


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def closest(row, vectors, without, among):
    keys = [key for key in vectors.keys if key != without and key in among]
    return set(sorted(keys, key=lambda key: -cosine(row, vectors[key]))[:K])


def shared(old, new):
    return [key for key in old.keys if key in new]


def test_drift_key_by_key(old, moved):
    expected = [cosine(old[key], moved[key]) for key in shared(old, moved)]
    np.testing.assert_allclose(similarity_to_previous(old, moved), expected, atol=1e-6)


def test_a_turned_space_has_drifted_only_until_it_is_aligned(old, turned):
    assert np.abs(similarity_to_previous(old, turned)).mean() < 0.9
    np.testing.assert_allclose(similarity_to_previous(old, turned, align(old, turned)), 1, atol=1e-6)


def test_rows_of_zeros():
    rows = np.ones((3, 2))
    before, after = vectors(rows * [[0], [0], [1]]), vectors(rows * [[0], [1], [0]])
    assert similarity_to_previous(before, after).tolist() == [1, 0, 0]


def test_rows_of_zeros_are_not_asked(old):
    some = vectors(old.input * (np.arange(N) % 2)[:, None])
    assert neighbour_overlap(some, some, K) == cross_version_recall(some, some, K) == 1
    with pytest.raises(BadInput, match="0 keys in common that are not zeros"):
        rsa(vectors(old.input * 0), old)


def test_overlap_key_by_key(old, moved):
    keys = among = shared(old, moved)
    expected = [len(closest(old[key], old, key, among) & closest(moved[key], moved, key, among)) / K for key in keys]
    assert neighbour_overlap(old, moved, K) == pytest.approx(np.mean(expected))
    assert 0.1 < np.mean(expected) < 0.9


def test_overlap_does_not_see_a_turn(old, turned):
    assert neighbour_overlap(old, turned, K) == 1


def test_recall_across_versions_key_by_key(old, moved):
    expected = [
        len(closest(old[key], moved, key, moved) & closest(moved[key], moved, key, moved)) / K
        for key in shared(old, moved)
    ]
    assert cross_version_recall(old, moved, K) == pytest.approx(np.mean(expected))


def test_recall_across_a_turn_needs_the_map(old, turned):
    assert cross_version_recall(old, turned, K) < 0.8
    assert cross_version_recall(old, turned, K, to_new=align(old, turned)) == 1


def test_rsa_is_spearmans(old, moved, turned):
    keys = shared(old, moved)
    pairs = [(a, b) for i, a in enumerate(keys) for b in keys[i + 1 :]]
    expected = spearmanr(*([cosine(one[a], one[b]) for a, b in pairs] for one in (old, moved))).statistic
    assert rsa(old, moved) == pytest.approx(expected, abs=1e-4)
    assert rsa(old, turned) > 0.999


def test_keys_are_drawn_by_the_seed(old, moved):
    found = [neighbour_overlap(old, moved, K, queries=5, seed=seed) for seed in (1, 1, 2, 3, 4)]
    assert found[0] == found[1]
    assert len(set(found)) > 1


def test_what_cannot_be_compared(old):
    flat = vectors(old.input[:, :2])
    for measure in (similarity_to_previous, cross_version_recall):
        with pytest.raises(BadInput, match="6 and 2 dimensions"):
            measure(old, flat)
    with pytest.raises(BadInput, match="1 keys in common"):
        neighbour_overlap(old, vectors(old.input[:1]))
    with pytest.raises(BadInput, match="no key in common"):
        rsa(old, vectors(old.input, 1_000))
