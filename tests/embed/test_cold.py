"""Cold items as means of their kin."""

import numpy as np
import pytest

from nearfield.embed import cold_items
from nearfield.errors import BadInput
from nearfield.vectors import Vectors

KNOWN = {
    "a": {"type": "flat", "x": 0.0, "y": 0.0},
    "b": {"type": "flat", "x": 3.0, "y": 4.0},
    "c": {"type": "flat", "x": 50.0, "y": 0.0},
    "d": {"type": "house", "x": 0.1, "y": 0.0},
    "never seen": {"type": "flat", "x": 0.0, "y": 0.1},
}


@pytest.fixture
def vectors():
    rows = np.arange(8, dtype=np.float32).reshape(4, 2)
    return Vectors(["a", "b", "c", "d"], rows, 10 * rows)


def test_the_mean_of_the_nearest_of_the_same_kind(vectors):
    new = {"new": {"type": "flat", "x": 1.0, "y": 0.0}, "alone": {"type": "boat", "x": 0.0, "y": 0.0}}
    cold = cold_items(vectors, new, KNOWN, same=["type"], near=["x", "y"], n=2)
    assert cold.keys == ("new",)
    np.testing.assert_array_equal(cold["new"], vectors[["a", "b"]].mean(axis=0))
    np.testing.assert_array_equal(cold.output, vectors.output[:2].mean(axis=0, keepdims=True))


def test_without_a_place_all_of_the_kind_are_averaged(vectors):
    cold = cold_items(vectors, {"new": {"type": "flat"}}, KNOWN, same=["type"], n=1)
    np.testing.assert_array_equal(cold["new"], vectors[["a", "b", "c"]].mean(axis=0))


@pytest.mark.parametrize(
    ("new", "options", "message"),
    [
        ({"type": "flat"}, {}, "neither same nor near is given"),
        ({"type": "flat"}, {"same": ["type"], "n": 0}, "n is 0; expected at least 1"),
        ({"kind": "flat"}, {"same": ["type"]}, "item 'new' has no 'type'; it has kind"),
        ({"type": "flat", "x": "far"}, {"same": ["type"], "near": ["x"]}, "x are .'far',.; expected finite numbers"),
        ({"type": "flat", "x": np.nan}, {"near": ["x"]}, "expected finite numbers"),
        ({"type": "boat"}, {"same": ["type"]}, "none of 1 new items has a known item of the same type"),
    ],
)
def test_what_cannot_be_placed_is_refused(vectors, new, options, message):
    with pytest.raises(BadInput, match=message):
        cold_items(vectors, {"new": new}, KNOWN, **options)
