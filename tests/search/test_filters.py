"""Exact and approximate indexes with filters, beside sorting all keys and leaving out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield import Vectors
from nearfield.errors import BadInput, UnknownKey
from nearfield.search import ExactIndex, HNSWIndex

N, DIM = 3_000, 16
RANDOM = np.random.default_rng(0)
KEYS = [f"k{i}" for i in range(N)]
CENTRES = RANDOM.integers(0, 100, N)
ROWS = (RANDOM.normal(size=(100, DIM))[CENTRES] + 0.4 * RANDOM.normal(size=(N, DIM))).astype(np.float32)
VECTORS = Vectors(KEYS, ROWS, np.roll(ROWS, 1, axis=1))
# groups that have to do with where a key lies, some keys in two, some in none; one group without a key that is known
GROUPS = {f"k{i}": [f"g{CENTRES[i] % 10}", f"h{i % 3}"] for i in range(N) if i % 7} | {"k7": "alone", "new": "empty"}


@pytest.fixture(scope="module")
def exact():
    return ExactIndex(VECTORS, groups=GROUPS)


@pytest.fixture(scope="module")
def approximate():
    return HNSWIndex.build(VECTORS, expansion_search=400, groups=GROUPS)


def slow(query, k, exclude=(), allow=None, groups=None):
    """All keys by cosine, filtered one by one."""
    answer = []
    for key, score in VECTORS.similar(query, k=N):
        given = GROUPS.get(key, [])
        in_groups = groups is None or set(groups) & set([given] if isinstance(given, str) else given)
        if key not in exclude and (allow is None or key in allow) and in_groups:
            answer.append((key, score))
    return answer[:k]


def same(found, expected):
    assert [key for key, _ in found] == [key for key, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-5)


filters = st.fixed_dictionaries(
    {
        "allow": st.none() | st.integers(0, N).map(lambda n: [*RANDOM.permutation(KEYS)[:n].tolist(), "new"]),
        "groups": st.none() | st.lists(st.sampled_from(["g1", "g5", "h0", "h2", "alone", "empty"]), max_size=3),
    }
)


@settings(max_examples=30)
@given(st.integers(0, N - 1), st.integers(1, 40), st.integers(0, 500), filters)
def test_exact_is_sorting_and_leaving_out(exact, query, k, n_excluded, chosen):
    out = [key for key, _ in VECTORS.similar(KEYS[query], k=n_excluded)] if n_excluded else []
    (found,) = exact.similar_batch([KEYS[query]], k=k, exclude=[[*out, "new"]], **chosen)
    same(found, slow(KEYS[query], k, out, **chosen))


@settings(max_examples=30)
@given(st.integers(0, N - 1), st.integers(1, 40), st.integers(0, 500), filters)
def test_approximate_keeps_to_filters_and_is_as_long(exact, approximate, query, k, n_excluded, chosen):
    out = [key for key, _ in VECTORS.similar(KEYS[query], k=n_excluded)] if n_excluded else []
    (found,) = approximate.similar_batch([KEYS[query]], k=k, exclude=[out], **chosen)
    (expected,) = exact.similar_batch([KEYS[query]], k=k, exclude=[out], **chosen)
    assert len(found) == len(expected)
    permitted = dict(slow(KEYS[query], N, out, **chosen))
    assert all(score == pytest.approx(permitted[key], abs=1e-5) for key, score in found)
    assert len(dict(found)) == len(found)


def test_filters_cost_no_recall(exact, approximate):
    queries = KEYS[::30]
    for chosen in ({"groups": "h1"}, {"groups": ["g1", "g2"]}, {"allow": KEYS[::2]}, {"exclude": [KEYS[:60]] * 100}):
        pairs = zip(approximate.similar_batch(queries, **chosen), exact.similar_batch(queries, **chosen), strict=True)
        shared = [len(dict(found).keys() & dict(best).keys()) / 10 for found, best in pairs]
        assert np.mean(shared) > 0.95


def test_one_long_list_does_not_widen_all_searches(approximate, monkeypatch):
    sizes = {}
    whole = approximate._found

    def counted(queries, size):
        sizes[size] = sizes.get(size, 0) + len(queries)
        return whole(queries, size)

    monkeypatch.setattr(approximate, "_found", counted)
    out = [[], ["k5"], KEYS[:60], []]
    found = approximate.similar_batch(KEYS[70:74], k=10, exclude=out)
    assert sizes == {20: 3, 80: 1}  # each query leaves out itself, too
    assert [len(one) for one in found] == [10] * 4


def test_next_is_filtered_alike():
    histories, options = [["k1", "k2"], ["k9"]], {"k": 30, "exclude": [["k4"], ()], "groups": "h1", "decay": 0.5}
    index = ExactIndex(VECTORS, question="next", groups=GROUPS)
    allow = [key for key, given in GROUPS.items() if "h1" in given]
    expected = VECTORS.next_batch(histories, k=30, exclude=[["k4"], ()], allow=allow, decay=0.5)
    for found, best in zip(index.next_batch(histories, **options), expected, strict=True):
        same(found, best)
    approximate = HNSWIndex.build(VECTORS, question="next", expansion_search=400, groups=GROUPS)
    for found, best in zip(approximate.next_batch(histories, **options), expected, strict=True):
        assert len(dict(found).keys() & dict(best).keys()) > 25


def test_groups_are_given_again_to_what_is_loaded(approximate, tmp_path):
    approximate.save(tmp_path / "index")
    again = HNSWIndex.load(tmp_path / "index", VECTORS, groups=GROUPS)
    assert again.similar_batch(["k3"], groups="h1") == approximate.similar_batch(["k3"], groups="h1")
    with pytest.raises(UnknownKey, match="unknown key 'h1'"):
        HNSWIndex.load(tmp_path / "index", VECTORS).similar_batch(["k3"], groups="h1")


@pytest.mark.parametrize("kind", ["exact", "approximate"])
def test_filters_that_let_nothing_through(kind, request):
    index = request.getfixturevalue(kind)
    for chosen in ({"allow": []}, {"allow": "new"}, {"groups": []}, {"groups": "empty"}):
        assert index.similar_batch(["k1", "k2"], **chosen) == [[], []]
    assert index.similar_batch(["k7"], groups="alone") == [[]]
    assert [key for key, _ in index.similar_batch(["k1"], groups="alone", k=50)[0]] == ["k7"]
    assert index.similar_batch([]) == []
    assert index.allowed() is None
    assert index.allowed(["k5", "k3", "k5", "new"]).tolist() == [3, 5]


@pytest.mark.parametrize("kind", ["exact", "approximate"])
def test_what_cannot_be_asked(kind, request):
    index = request.getfixturevalue(kind)
    with pytest.raises(UnknownKey, match="unknown key 'g11'; nearest known keys: 'g1'"):
        index.similar_batch(["k1"], groups=["g1", "g11"])
    with pytest.raises(UnknownKey, match="unknown key 'new'"):
        index.similar_batch(["new"])
    with pytest.raises(BadInput, match="the index answers 'similar', not 'next'"):
        index.next_batch([["k1"]])
    with pytest.raises(BadInput, match="exclude has 1 lists for 2 queries"):
        index.similar_batch(["k1", "k2"], exclude=["k3"])
    with pytest.raises(BadInput, match="k is 0; expected"):
        index.search(np.ones((1, DIM)), 0)
    with pytest.raises(BadInput, match=r"queries have shape \(1, 3\)"):
        index.search(np.ones((1, 3)), 5)
    with pytest.raises(BadInput, match="question is 'near'; expected one of similar, next"):
        ExactIndex(VECTORS, question="near")
    with pytest.raises(BadInput, match="no output matrix, which an index for next needs"):
        ExactIndex(Vectors(["a"], np.ones((1, 2))), question="next")
