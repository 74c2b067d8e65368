"""What has changed, held against sets and loops."""

import numpy as np
import pytest

from nearfield import Vectors
from nearfield.store import diff
from nearfield.update import align, cross_version_recall, neighbour_overlap, rsa, similarity_to_previous

K = 4


def vectors(rows, first=0):
    return Vectors([f"k{first + i}" for i in range(len(rows))], np.asarray(rows, np.float32))


@pytest.fixture
def pair():
    """A space that was turned; one key went elsewhere, three were dropped, five are new."""
    random = np.random.default_rng(11)
    old = random.normal(size=(40, 5))
    new = np.vstack([old[3:], random.normal(size=(5, 5))])
    new[7] = -new[7] + 2
    return vectors(old), vectors(new @ np.linalg.qr(random.normal(size=(5, 5)))[0], 3)


def test_keys(pair):
    found = diff(*pair, K)
    assert found.new_keys == ("k40", "k41", "k42", "k43", "k44")
    assert found.dropped_keys == ("k0", "k1", "k2")
    assert found.shared == 37


def test_what_moved_most(pair):
    old, new = pair
    found = diff(old, new, K, most=3).moved
    assert len(found) == 3
    assert found[0].key == "k10"
    cosines = dict(zip(old.keys[3:], similarity_to_previous(old, new).tolist(), strict=True))
    aligned = dict(zip(old.keys[3:], similarity_to_previous(old, new, align(old, new)).tolist(), strict=True))
    assert [one.key for one in found] == sorted(aligned, key=aligned.get)[:3]
    for one in found:
        assert (one.cosine, one.aligned) == (cosines[one.key], aligned[one.key])
        before, after = ({key for key, _ in version.similar(one.key, k=K)} for version in pair)
        assert (set(one.gained), set(one.lost)) == (after - before, before - after)


def test_its_numbers_are_those_of_the_measures(pair):
    old, new = pair
    found, to_new = diff(old, new, K), align(old, new)
    assert found.cosine == pytest.approx(similarity_to_previous(old, new).mean())
    assert found.aligned == pytest.approx(similarity_to_previous(old, new, to_new).mean())
    assert found.overlap == neighbour_overlap(old, new, K)
    assert found.recall == cross_version_recall(old, new, K)
    assert found.aligned_recall == cross_version_recall(old, new, K, to_new=to_new)
    assert found.rsa == rsa(old, new)
    assert found.recall < found.aligned_recall


def test_nothing_has_changed(pair):
    found = diff(pair[0], pair[0], K)
    assert (found.new_keys, found.dropped_keys) == ((), ())
    assert (found.overlap, found.recall, found.aligned_recall) == (1, 1, 1)
    assert (found.cosine, found.aligned, found.rsa) == pytest.approx((1, 1, 1))
    assert {one.gained + one.lost for one in found.moved} == {()}


def test_other_dimensions(pair):
    old = pair[0]
    found = diff(old, vectors(old.input @ np.random.default_rng(1).normal(size=(5, 9))), K)
    assert (found.cosine, found.recall) == (None, None)
    assert found.aligned == pytest.approx(1, abs=1e-5)
    few = diff(old.subset(["k0", "k1"]), vectors(np.ones((2, 3))), K)
    assert (few.aligned, few.moved, few.overlap) == (None, (), 1)


@pytest.mark.parametrize("rows", [np.ones((3, 5)), np.zeros((3, 5)), np.empty((0, 5))])
def test_nothing_in_common(pair, rows):
    found = diff(pair[0], vectors(rows, 100), K)
    assert (found.shared, found.cosine, found.overlap, found.rsa, found.moved) == (0, None, None, None, ())


def test_rows_of_zeros(pair):
    found = diff(vectors(np.zeros((4, 5))), pair[0], K)
    assert (found.cosine, found.overlap, found.moved) == (0, None, ())
