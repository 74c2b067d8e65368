"""Examples: rows of features, cut, taken, saved, refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace


def examples(seed=0, n=20, size=30):
    random = np.random.default_rng(seed)
    lengths = random.integers(0, 5, n)
    m = int(lengths.sum())
    return Examples(
        random.integers(0, 2, n).astype(np.float32),
        np.concatenate([[0], np.cumsum(lengths)]),
        random.integers(0, size, m).astype(np.int32),
        random.integers(0, 3, m).astype(np.int32),
        random.normal(size=m).astype(np.float32),
        weights=random.random(n, np.float32),
        groups=random.integers(0, 4, n),
        times=np.arange(n),
        space=FeatureSpace(size, ("a", "b", "c"), tuple(f"f{i}" for i in range(size))),
    )


@given(st.integers(0, 20), st.integers(0, 20))
def test_a_run_of_rows_is_that_of_the_matrix(start, stop):
    some = examples()
    np.testing.assert_array_equal(some[start:stop].to_scipy().toarray(), some.to_scipy().toarray()[start:stop])
    np.testing.assert_array_equal(some[start:stop].weights, some.weights[start:stop])


@given(st.lists(st.integers(0, 19), max_size=30))
def test_rows_are_taken_in_any_order(order):
    some = examples()
    taken = some.take(np.array(order, np.int64))
    np.testing.assert_array_equal(taken.to_scipy().toarray(), some.to_scipy().toarray()[order])
    np.testing.assert_array_equal(taken.times, some.times[order])


def test_saved_and_loaded_they_are_the_same(tmp_path):
    some = examples()
    some.save(tmp_path / "examples")
    back = Examples.load(tmp_path / "examples")
    assert back.space == some.space
    for name in ("labels", "indptr", "features", "fields", "values", "weights", "groups", "times"):
        np.testing.assert_array_equal(getattr(back, name), getattr(some, name))
    (tmp_path / "examples" / "features.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(BadInput, match="features.npy: cannot be read"):
        Examples.load(tmp_path / "examples")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": np.array([0, np.nan], np.float32)}, "labels hold NaN"),
        ({"values": np.array([1, np.inf, 1], np.float32)}, "values hold NaN"),
        ({"indptr": np.array([0, 2, 4])}, "indptr must rise from 0 to the number of entries, 3"),
        ({"indptr": np.array([0, 4, 3])}, "indptr must rise"),
        ({"features": np.array([0, 1, 9], np.int32)}, "features are 0 to 9; the space has 0 to 4"),
        ({"features": np.array([0, -1, 1], np.int32)}, "features are -1 to 1"),
        ({"fields": np.array([0, 1, 2], np.int32)}, "fields are 0 to 2; the space has 0 to 1"),
        ({"weights": np.array([1, -1], np.float32)}, "weights below 0"),
        ({"values": np.ones(2, np.float32)}, "2 values for 3 entries"),
        ({"times": np.arange(3)}, "3 times for 2 rows"),
        ({"labels": np.ones((2, 1), np.float32)}, "labels have 2 dimensions"),
        ({"features": np.array([0.5, 1, 2])}, "features are float64; expected int32"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, message):
    given = {
        "labels": np.array([0, 1], np.float32),
        "indptr": np.array([0, 2, 3]),
        "features": np.array([0, 1, 4], np.int32),
        "fields": np.array([0, 1, 1], np.int32),
        "space": FeatureSpace(5, ("a", "b")),
    }
    Examples(**given)
    with pytest.raises(BadInput, match=message):
        Examples(**given | change)


def test_flags_take_rows_and_what_is_no_order_is_refused():
    examples = Examples(np.arange(4) % 2, [0, 1, 2, 3, 4], [0, 1, 2, 3], space=FeatureSpace(4))
    assert examples.take(np.array([True, False, False, True])).features.tolist() == [0, 3]
    assert examples.take([3, 0, -1]).features.tolist() == [3, 0, 3]
    assert len(examples.take([])) == 0
    for order, message in (
        (np.array([True, False]), "order has 2 flags for 4 rows; expected one each"),
        ([0.0, 1.0], "order is float64 of shape \\(2,\\); expected places of rows, or a flag each"),
        ([[0], [1]], "order is int64 of shape \\(2, 1\\)"),
        ([4], "order names rows outside of 0 to 3"),
    ):
        with pytest.raises(BadInput, match=message):
            examples.take(order)
