"""Features from vectors against sums done by hand, key by key."""

import numpy as np
import pytest

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank.features.similarities import NumberColumns, history_similarities, pair_similarities, with_numbers
from nearfield.vectors import Vectors

KEYS = ["a", "b", "c", "d", "zero"]
DAY = 86_400_000_000


def some_vectors():
    rows = np.random.default_rng(2).normal(size=(5, 6)).astype(np.float32)
    rows[4] = 0
    return Vectors(KEYS, rows)


def cosine(left, right):
    length = np.linalg.norm(left) * np.linalg.norm(right)
    return 0.0 if length == 0 else float(left @ right / length)


def test_history_similarities_are_cosines_to_decayed_means():
    vectors = some_vectors()
    candidates = ["a", "b", "unknown", "c", "zero"]
    clicks = [["b", "c"], ["a"], ["a"], [], ["a"]]
    skips = [["d", "lost", "c"], ["lost"], [], ["a", "b"], ["d"]]
    times = [[10**15, 10**15 + 2 * DAY], [10**9], [10**9], [], [10**9]]
    found = history_similarities(
        vectors, candidates, {"clicks": clicks, "skips": skips}, half_lives={"clicks": "1d"}, times={"clicks": times},
        decay=0.5,
    )  # fmt: skip
    row = dict(zip(KEYS, vectors.input.astype(np.float64), strict=True))
    wanted = [
        [cosine(row["a"], 0.25 * row["b"] + row["c"]), cosine(row["a"], 0.5 * row["d"] + row["c"])],
        [cosine(row["b"], row["a"]), 0],
        [0, 0],
        [0, cosine(row["c"], 0.5 * row["a"] + row["b"])],
        [0, 0],
    ]
    assert found.names == ("clicks", "skips")
    assert found.values.dtype == np.float32
    np.testing.assert_allclose(found.values, wanted, atol=1e-6)


def test_pair_similarities_are_cosines_of_two_keys():
    vectors = some_vectors()
    found = pair_similarities(vectors, {"types": (["a", "b", "a"], ["c", "lost", "zero"])})
    np.testing.assert_allclose(found.values[:, 0], [vectors.similarity("a", "c"), 0, 0], atol=1e-6)
    with pytest.raises(BadInput, match="the columns have 1 and 2 rows"):
        pair_similarities(vectors, {"types": (["a"], ["b", "c"])})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"half_lives": {"likes": "1d"}}, "half_lives names 'likes', which has no histories; expected clicks"),
        ({"times": {"likes": []}}, "times names 'likes'"),
        ({"half_lives": {"clicks": "1d"}}, "times without half_life|half_life without times"),
        ({"decay": 2.0}, "decay is 2.0"),
    ],
)
def test_histories_that_do_not_fit(arguments, message):
    with pytest.raises(BadInput, match=message):
        history_similarities(some_vectors(), ["a"], {"clicks": [["b"]]}, **arguments)


def test_every_candidate_needs_a_history():
    with pytest.raises(BadInput, match="1 histories of 'clicks' for 2 candidates"):
        history_similarities(some_vectors(), ["a", "b"], {"clicks": [["b"]]})


def rows_with(values, fields):
    return Examples(
        np.array([1, 0, 1]), np.array([0, 2, 2, 3]), np.array([0, 1, 1]), fields, values, weights=np.array([1.0, 2, 3]),
        groups=np.array([5, 6, 7]), space=FeatureSpace(2, ("item", "age"), ("item=a", "age")),
    )  # fmt: skip


@pytest.mark.parametrize("bare", [True, False])
def test_columns_become_fields_of_their_own(bare):
    values, fields = (None, None) if bare else (np.array([1.0, 30, 40]), np.array([0, 1, 1]))
    examples = rows_with(values, fields)
    columns = NumberColumns(("clicks", "skips"), np.arange(6, dtype=np.float32).reshape(3, 2))
    found = with_numbers(examples, columns)
    matrix = found.to_scipy().toarray()
    np.testing.assert_array_equal(matrix[:, :2], examples.to_scipy().toarray())
    np.testing.assert_array_equal(matrix[:, 2:], columns.values)
    assert found.space.names == ("item=a", "age", "clicks", "skips")
    assert found.space.fields == ("item", "age", "clicks", "skips")
    assert found.fields.tolist() == ([0, 0, 2, 3, 2, 3, 0, 2, 3] if bare else [0, 1, 2, 3, 2, 3, 1, 2, 3])
    assert found.groups.tolist() == [5, 6, 7]
    assert found.weights.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (NumberColumns(("age",), np.zeros((3, 1), np.float32)), "there are two fields 'age'"),
        (
            NumberColumns(("x",), np.zeros((2, 1), np.float32)),
            r"the columns are \(2, 1\); expected one row for each of 3",
        ),
        (NumberColumns(("x",), np.full((3, 1), np.nan, np.float32)), "values hold NaN"),
    ],
)
def test_columns_that_do_not_fit(columns, message):
    with pytest.raises(BadInput, match=message):
        with_numbers(rows_with(None, None), columns)


def test_hashed_rows_have_no_room():
    examples = Examples(np.array([1.0]), np.array([0, 1]), np.array([3]), space=FeatureSpace(8, ("x",), None, 3))
    with pytest.raises(BadInput, match="the features are hashed"):
        with_numbers(examples, NumberColumns(("clicks",), np.zeros((1, 1), np.float32)))
