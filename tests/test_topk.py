import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.quantization import quantize
from nearfield.tables import Table
from nearfield.topk import GROUP, top_k, top_k_by


def sorted_whole(scores, k, exclude=None, allow=None):
    """The slow twin: sort all scores of each query; equal ones stay in the order of ids."""
    scores = scores.copy()
    if allow is not None:
        scores[:, np.setdiff1d(np.arange(scores.shape[1]), allow)] = -np.inf
        k = min(k, len(set(allow.tolist())))
    for row, out in zip(scores, exclude or [], strict=False):
        row[out] = -np.inf
    ids = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    best = np.take_along_axis(scores, ids, axis=1)
    return np.where(best == -np.inf, -1, ids), best


@st.composite
def problems(draw):
    """Small whole numbers: products are exact in float32 and ties are many."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    m, n, dim = draw(st.integers(0, 6)), draw(st.integers(1, 300)), draw(st.integers(1, 5))
    largest = draw(st.sampled_from([0, 1, 3, 1000]))
    queries = random.integers(-largest, largest + 1, (m, dim)).astype(np.float32)
    table = random.integers(-largest, largest + 1, (n, dim)).astype(np.float32)
    exclude = [random.integers(0, n, random.integers(0, 2 * n)) for _ in range(m)] if draw(st.booleans()) else None
    allow = random.integers(0, n, random.integers(0, 2 * n)) if draw(st.booleans()) else None
    return queries, table, draw(st.integers(1, 330)), exclude, allow, draw(st.integers(1, 400))


@given(problems())
def test_the_same_as_sorting_everything(problem):
    queries, table, k, exclude, allow, block = problem
    ids, scores = top_k(queries, table, k, exclude=exclude, allow=allow, block=block)
    expected_ids, expected_scores = sorted_whole(queries @ table.T, k, exclude, allow)
    np.testing.assert_array_equal(ids, expected_ids)
    np.testing.assert_array_equal(scores, expected_scores)
    assert (ids.dtype, scores.dtype) == (np.int64, np.float32)


@pytest.mark.parametrize("order", ["rising", "falling", "shuffled"])
@pytest.mark.parametrize("k", [1, 10, 4_096 // GROUP, 1_000])
def test_many_blocks_in_any_order(order, k):
    values = np.arange(20_000, dtype=np.float32)
    if order != "rising":
        values = values[::-1].copy() if order == "falling" else np.random.default_rng(0).permutation(values)
    queries = np.array([[1], [-1], [0]], np.float32)
    ids, scores = top_k(queries, values[:, None], k)
    expected_ids, expected_scores = sorted_whole(queries @ values[None], k)
    np.testing.assert_array_equal(ids, expected_ids)
    np.testing.assert_array_equal(scores, expected_scores)


def test_more_queries_than_fit_a_step():
    random = np.random.default_rng(1)
    queries = random.integers(-9, 10, (1_200, 3)).astype(np.float32)
    table = random.integers(-9, 10, (5_000, 3)).astype(np.float32)
    exclude = [np.array([i, 4_999]) for i in range(1_200)]
    ids, _ = top_k(queries, table, 5, exclude=exclude)
    np.testing.assert_array_equal(ids, sorted_whole(queries @ table.T, 5, exclude)[0])


@pytest.mark.parametrize("share", [0.001, 0.02, 0.6])
def test_few_allowed_rows_are_gathered_and_many_picked(share):
    random = np.random.default_rng(3)
    queries = random.integers(-9, 10, (700, 3)).astype(np.float32)
    table = random.integers(-9, 10, (20_000, 3)).astype(np.float32)
    allow = random.permutation(20_000)[: int(share * 20_000)]
    exclude = [random.choice(20_000, 500) for _ in queries]
    weights = random.integers(1, 4, 20_000).astype(np.float32)
    ids, scores = top_k(queries, table, 30, weights=weights, exclude=exclude, allow=allow)
    expected = sorted_whole(queries @ table.T * weights, 30, exclude, allow)
    np.testing.assert_array_equal(ids, expected[0])
    np.testing.assert_array_equal(scores, expected[1])


def test_nothing_allowed_has_no_answers():
    ids, scores = top_k(np.ones((2, 3)), np.ones((5, 3), np.float32), 4, allow=np.empty(0, np.int64))
    assert ids.shape == scores.shape == (2, 0)


@pytest.mark.parametrize("allow", [[0, 5], [-1], [0.5]])
def test_ids_that_are_none_cannot_be_allowed(allow):
    with pytest.raises(BadInput, match="allow holds ids from .*; expected whole numbers from 0 to 4"):
        top_k(np.ones((1, 3)), np.ones((5, 3), np.float32), 1, allow=np.array(allow))


def test_weights_multiply_scores():
    table = np.array([[1], [2], [3]], np.float32)
    ids, scores = top_k(np.ones((1, 1)), table, 3, weights=np.array([10, 1, 2], np.float32))
    assert (ids.tolist(), scores.tolist()) == ([[0, 2, 1]], [[10, 6, 2]])


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_a_table_that_is_stored_in_fewer_bytes(storage):
    table = quantize(Table(np.random.default_rng(2).normal(size=(3_000, 8)).astype(np.float32)), storage)
    ids, _ = top_k(table[:50], table, 7, block=512)
    np.testing.assert_array_equal(ids, top_k(table[:50], table[:], 7, block=512)[0])


def test_any_score_will_do():
    def score(queries, rows):
        return -np.abs(np.arange(20, dtype=np.float32)[queries, None] - np.arange(100, dtype=np.float32)[rows] / 2)

    ids, scores = top_k_by(score, 20, 100, 3, block=32)
    np.testing.assert_array_equal(ids[:, 0], 2 * np.arange(20))
    assert ids[5].tolist() == [10, 9, 11]
    assert scores[5].tolist() == [0, -0.5, -0.5]


def test_an_empty_table_has_no_answers():
    ids, scores = top_k(np.ones((2, 3)), np.empty((0, 3), np.float32), 4)
    assert ids.shape == scores.shape == (2, 0)


@pytest.mark.parametrize(
    ("queries", "k", "exclude", "message"),
    [
        (np.ones((1, 3)), 0, None, "k is 0; expected a whole number of at least 1"),
        (np.ones((1, 3)), 2.5, None, "k is 2.5; expected a whole number"),
        (np.ones((1, 4)), 1, None, r"shape \(1, 4\); expected \(number of queries, 3\)"),
        (np.ones(3), 1, None, r"shape \(3,\)"),
        (np.ones((2, 3)), 1, [[0]], "exclude has 1 lists for 2 queries"),
    ],
)
def test_bad_input_is_named(queries, k, exclude, message):
    with pytest.raises(BadInput, match=message):
        top_k(queries, np.ones((5, 3), np.float32), k, exclude=exclude)
