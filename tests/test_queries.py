"""Questions to vectors, with gensim and sums done by hand as twins."""

import unicodedata

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from nearfield import load
from nearfield.errors import BadInput, UnknownKey
from nearfield.vectors import Vectors

N, DIM = 400, 12
KEYS = [f"k{i}" for i in range(N)]


@pytest.fixture(scope="module")
def vectors():
    random = np.random.default_rng(0)
    scale = random.uniform(0.1, 10, (N, 1))
    return Vectors(KEYS, random.normal(size=(N, DIM)) * scale, random.normal(size=(N, DIM)))


@pytest.fixture(scope="module")
def twin(vectors):
    keyed = KeyedVectors(DIM)
    keyed.add_vectors(KEYS, vectors.input)
    return keyed


def same(found, expected, rel=1e-5):
    """The same scores in the same order, and the same keys but where two scores are nearly equal."""
    assert len(found) == len(expected)
    scores = [score for _, score in expected]
    assert [score for _, score in found] == pytest.approx(scores, rel=rel, abs=1e-6)
    by_key = dict(expected)
    for key, score in found:
        assert by_key.get(key, scores[-1]) == pytest.approx(score, rel=rel, abs=1e-6)


keys = st.sampled_from(KEYS)


@given(st.lists(keys, min_size=1, max_size=4, unique=True), st.lists(keys, max_size=3, unique=True), st.integers(1, 50))
def test_3cosadd_is_that_of_gensim(vectors, twin, plus, minus, k):
    minus = [key for key in minus if key not in plus]
    same(vectors.similar(plus, minus=minus, k=k), twin.most_similar(plus, minus, topn=k))


@given(st.lists(keys, min_size=1, max_size=4, unique=True), st.lists(keys, max_size=3, unique=True))
def test_3cosmul_is_the_formula_of_the_paper(vectors, plus, minus):
    minus = [key for key in minus if key not in plus]
    units = vectors.input / np.linalg.norm(vectors.input, axis=1, keepdims=True)
    cosines = {key: (1 + units @ units[KEYS.index(key)]) / 2 for key in plus + minus}
    scores = np.prod([cosines[key] for key in plus], axis=0)
    for key in minus:
        scores = scores / (cosines[key] + 0.001)
    best = [i for i in np.argsort(-scores, kind="stable") if KEYS[i] not in plus + minus][:5]
    same(vectors.similar(plus, minus=minus, k=5, method="3cosmul"), [(KEYS[i], scores[i]) for i in best])


def test_3cosmul_is_near_that_of_gensim(vectors, twin):
    # gensim adds 0.000001 to the divisor, where the paper has 0.001
    for a, b, c in zip(KEYS[:60:3], KEYS[1:60:3], KEYS[2:60:3], strict=True):
        found = dict(vectors.similar([b, c], minus=a, k=20, method="3cosmul"))
        theirs = dict(twin.most_similar_cosmul([b, c], [a], topn=10))
        assert set(theirs) <= set(found)
        assert [found[key] for key in theirs] == pytest.approx(list(theirs.values()), rel=0.02)


def test_one_key_and_a_vector_of_any_length(vectors, twin):
    same(vectors.similar("k5", k=7), twin.most_similar("k5", topn=7))
    found = vectors.similar(100 * vectors["k5"], k=8)
    assert found[0] == ("k5", pytest.approx(1))
    same(found[1:], vectors.similar("k5", k=7))


def test_what_is_excluded_stays_out(vectors):
    (first, _), (second, _), (third, score) = vectors.similar("k5", k=3)
    assert vectors.similar("k5", k=1, exclude=[first, second, "never heard of"]) == [(third, pytest.approx(score))]
    assert vectors.similar("k5", k=1, exclude=first)[0][0] == second
    assert len(vectors.similar("k5", k=10 * N)) == N - 1


@pytest.mark.parametrize("allow", [KEYS[3:9], [*KEYS[::3], "never heard of"], KEYS[::40], "k7", ["never heard of"], []])
def test_only_what_is_allowed_is_answered(vectors, allow):
    def kept(found, k):
        return [one for one in found if one[0] in allow and one[0] in KEYS][:k]

    for method in ("3cosadd", "3cosmul"):
        whole = vectors.similar(["k5", "k6"], k=N, exclude="k8", method=method)
        same(vectors.similar(["k5", "k6"], k=20, exclude="k8", allow=allow, method=method), kept(whole, 20))
    same(vectors.similar(vectors["k5"], allow=allow), kept(vectors.similar(vectors["k5"], k=N), 10))
    histories = [["k1", "k2"], "k7"]
    whole = vectors.next_batch(histories, k=N, exclude=histories)
    for found, one in zip(vectors.next_batch(histories, exclude=histories, allow=allow), whole, strict=True):
        same(found, kept(one, 10))
    same(vectors.next("k1", allow=allow), kept(vectors.next("k1", k=N), 10))


def test_a_batch_answers_as_one_by_one(vectors):
    plus = [["k1", "k2"], "k3", ["k4"]]
    minus = ["k9", (), ["k7", "k8"]]
    for method in ("3cosadd", "3cosmul"):
        batch = vectors.similar_batch(plus, minus=minus, k=4, exclude=["k11", ["k12"], ()], method=method)
        for found, p, m, e in zip(batch, plus, minus, ["k11", ["k12"], ()], strict=True):
            same(found, vectors.similar(p, minus=m, k=4, exclude=e, method=method))
    same(vectors.similar_batch(vectors[["k1", "k2"]], k=3)[1], vectors.similar(vectors["k2"], k=3))
    assert vectors.similar_batch([]) == []
    assert vectors.similar_batch(np.empty((0, DIM))) == []


def test_rows_of_zeros_are_like_nothing():
    some = Vectors(["zero", "a", "b"], np.array([[0, 0], [1, 0], [-1, 0]], np.float32))
    assert some.similar("a") == [("zero", 0), ("b", -1)]
    assert some.similarity("zero", "a") == 0
    with pytest.raises(BadInput, match=r"query 0 has length 0.0; expected a vector with a direction"):
        some.similar("zero")
    with pytest.raises(BadInput, match=r"query 0 has length 0.0"):
        some.similar(["a"], minus=["a"])


def test_similarity_and_rank_are_those_of_gensim(vectors, twin):
    for a, b in zip(KEYS[:40:2], KEYS[1:40:2], strict=True):
        assert vectors.similarity(a, b) == pytest.approx(twin.similarity(a, b), abs=1e-6)
        assert vectors.rank(a, b) == twin.rank(a, b)
    assert vectors.rank("k5", vectors.similar("k5", k=1)[0][0]) == 1


@given(st.lists(keys, min_size=3, max_size=8, unique=True))
def test_doesnt_match_is_that_of_gensim(vectors, twin, names):
    assert vectors.doesnt_match(names) == twin.doesnt_match(names)


def test_next_is_the_mean_against_output_rows(vectors):
    scores = vectors.output @ vectors[["k1", "k2", "k3"]].mean(axis=0)
    best = np.argsort(-scores)[:5]
    same(vectors.next(["k1", "k2", "k3"], k=5), [(KEYS[i], scores[i]) for i in best])
    out = KEYS[best[0]]
    assert vectors.next(["k1", "k2", "k3"], k=1, exclude=out)[0][0] == KEYS[best[1]]


def test_next_weighs_recent_entries_heavier(vectors):
    history, times = ["k1", "k2"], ["2024-01-05T12:00", "2024-01-05T13:00"]
    half = vectors.output @ (vectors["k1"] / 3 + vectors["k2"] * 2 / 3)
    best = [(KEYS[i], half[i]) for i in np.argsort(-half)[:5]]
    same(vectors.next(history, k=5, half_life="1h", times=times), best)
    same(vectors.next(history, k=5, decay=0.5), best)
    same(vectors.next(history, k=5, half_life="1s", times=times), vectors.next("k2", k=5))


def test_next_may_skip_what_is_not_known(vectors):
    times = [1_704_456_000, 1_704_459_600, 1_704_463_200]
    found = vectors.next(["k1", "new", "k2"], half_life="1h", times=times, unknown="skip")
    same(found, vectors.next(["k1", "k2"], half_life="1h", times=[times[0], times[2]]))
    assert vectors.next(["new"], unknown="skip") == []
    assert vectors.next(["new"], unknown="skip", half_life="1h", times=[5]) == []
    # so long ago that its weight is nothing beside that of the key that is not known
    same(
        vectors.next(["k1", "new"], half_life="1us", times=["2000-01-01", "2024-01-01"], unknown="skip"),
        vectors.next("k1"),
    )
    with pytest.raises(UnknownKey, match="unknown key 'new'"):
        vectors.next(["k1", "new"])


def test_a_batch_of_histories(vectors):
    histories, times = [["k1", "k2"], "k3"], [[10**9, 10**9 + 1], [10**9]]
    batch = vectors.next_batch(histories, k=4, exclude=histories, half_life=1, times=times)
    for found, history, when in zip(batch, histories, times, strict=True):
        same(found, vectors.next(history, k=4, exclude=history, half_life=1, times=when))
    assert vectors.next_batch([["new"], ["k1"]], k=1, unknown="skip")[0] == []


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda v: v.similar("k4000"), UnknownKey, "unknown key 'k4000'; nearest known keys: 'k400', |'k40'"),
        (lambda v: v.similar([]), BadInput, "query 0 is empty"),
        (lambda v: v.similar("k1", k=0), BadInput, "k is 0"),
        (lambda v: v.similar("k1", method="cosmul"), BadInput, "method is 'cosmul'; expected one of 3cosadd, 3cosmul"),
        (lambda v: v.similar(np.ones(3)), BadInput, r"a query has shape \(3,\); expected \(12,\)"),
        (lambda v: v.similar(np.full(DIM, np.nan)), BadInput, "query 0 has length nan"),
        (lambda v: v.similar(np.ones(DIM), minus="k1"), BadInput, "minus with a vector; subtract it"),
        (lambda v: v.similar_batch(np.ones((1, DIM)), minus=["k1"]), BadInput, "minus with vectors; subtract it"),
        (lambda v: v.similar_batch(["k1", "k2"], minus=["k3"]), BadInput, "minus has 1 lists for 2 queries"),
        (lambda v: v.similar_batch(["k1", "k2"], exclude=["k3"]), BadInput, "exclude has 1 lists for 2 queries"),
        (lambda v: v.doesnt_match(["k1", "k2"]), BadInput, "2 keys; expected at least 3"),
        (lambda v: v.next([]), BadInput, "history 0 is empty"),
        (lambda v: v.next("k1", unknown="drop"), BadInput, "unknown is 'drop'; expected one of refuse, skip"),
        (lambda v: v.next_batch(["k1"], times=[]), BadInput, "times has 0 lists for 1 histories"),
        (
            lambda v: v.next(["new", "k1"], half_life=1, times=[5], unknown="skip"),
            BadInput,
            "1 times for history 0 of 2 keys",
        ),
        (lambda v: v.next_batch(["k1"], exclude=[]), BadInput, "exclude has 0 lists for 1 queries"),
        (lambda v: Vectors(v.keys, v.input).next("k1"), BadInput, "no output matrix, which next needs"),
    ],
)
def test_bad_input_is_named(vectors, ask, error, message):
    with pytest.raises(error, match=message):
        ask(vectors)


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
def test_keys_in_any_normal_form(stored, asked):
    keys = [unicodedata.normalize(stored, key) for key in ("café", "été", "thé", "tea")]
    vectors = Vectors(keys, np.eye(4, 3, dtype=np.float32) + 0.1, output=np.eye(4, 3, dtype=np.float32))
    cafe, ete, the = (unicodedata.normalize(asked, key) for key in ("café", "été", "thé"))
    assert cafe in vectors
    assert np.array_equal(vectors[cafe], vectors.input[0])
    assert vectors.similar(cafe) == vectors.similar(keys[0])
    assert not {cafe, keys[0]} & dict(vectors.similar(cafe)).keys()
    assert vectors.similar([cafe, ete], minus=the) == vectors.similar(keys[:2], minus=keys[2])
    assert vectors.similar("tea", exclude=cafe, allow=[cafe, ete]) == vectors.similar("tea", allow=keys[1])
    assert vectors.next([cafe], exclude=[ete]) == vectors.next([keys[0]], exclude=[keys[1]])
    assert vectors.similarity(cafe, ete) == vectors.similarity(keys[0], keys[1])
    assert vectors.rank(cafe, ete) == vectors.rank(keys[0], keys[1])


def test_full_width_questions_to_text_read_in_nfkc(tmp_path):
    rows = np.eye(2, dtype=np.float32)
    read = {"reading": {"read_text": {"normalization": "NFKC"}}}
    vectors = Vectors(["abc", "def"], rows, metadata=read)
    vectors.save(tmp_path / "v")
    for known in (vectors, load(tmp_path / "v"), vectors.subset(["abc"])):
        assert np.array_equal(known["ＡＢＣ".lower()], rows[0])
    assert "ａｂｃ" not in Vectors(["abc", "def"], rows)
