"""The approximate index beside exact search, filters, floors and damaged folders."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nearfield import Vectors
from nearfield.errors import BadInput
from nearfield.search import ExactIndex, HNSWIndex


@pytest.fixture(scope="module")
def vectors():
    """Three thousand keys in two hundred clusters."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(200, 24))
    rows = (centres[random.integers(0, 200, 3_000)] + 0.4 * random.normal(size=(3_000, 24))).astype(np.float32)
    return Vectors([f"k{i}" for i in range(3_000)], rows, np.roll(rows, 1, axis=1))


@pytest.fixture(scope="module")
def similar(vectors):
    return HNSWIndex.build(vectors)


def test_most_exact_neighbours_are_found_and_scored_exactly(vectors, similar):
    queries = [f"k{i}" for i in range(0, 3_000, 30)]
    found, exact = similar.similar_batch(queries), vectors.similar_batch(queries)
    shared = [len(dict(a).keys() & dict(b).keys()) / 10 for a, b in zip(found, exact, strict=True)]
    assert np.mean(shared) > 0.95
    for one, best in zip(found, exact, strict=True):
        known = dict(best)
        assert [score for _, score in one] == sorted((score for _, score in one), reverse=True)
        assert all(score == pytest.approx(known[key], abs=1e-5) for key, score in one if key in known)
    assert similar.facts.recall > 0.95
    assert similar.facts.self_recall == 1.0
    assert similar.facts.sample == 500


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_smaller_storage_costs_recall_and_no_exactness(vectors, storage):
    index = HNSWIndex.build(vectors, storage=storage, sample=200)
    assert index.facts.recall > (0.7 if storage == "int8" else 0.95)
    ((key, score), *_) = index.similar_batch(["k5"], k=1)[0]
    assert score == pytest.approx(vectors.similarity("k5", key), abs=1e-5)


def test_next_is_the_dot_product_with_output_rows(vectors):
    index = HNSWIndex.build(vectors, question="next", expansion_search=400)
    histories = [["k1", "k2"], ["k7"], ["k9", "never seen"]]
    options = {"k": 5, "exclude": histories, "decay": 0.5, "unknown": "skip"}
    found, exact = index.next_batch(histories, **options), vectors.next_batch(histories, **options)
    shared = [len(dict(a).keys() & dict(b).keys()) for a, b in zip(found, exact, strict=True)]
    assert sum(shared) >= 12
    assert index.next_batch([[]], unknown="skip") == [[]]


def test_what_is_excluded_is_made_up_for(vectors, similar):
    nearest = [key for key, _ in vectors.similar("k3", k=50)]
    ((*found,),) = similar.similar_batch(["k3"], exclude=[nearest])
    assert len(found) == 10
    assert not {key for key, _ in found} & {"k3", *nearest}


def test_a_query_with_too_few_left_is_answered_exactly(vectors):
    some = vectors.subset([f"k{i}" for i in range(12)])
    index = HNSWIndex.build(some)
    out = [f"k{i}" for i in range(9)]
    assert index.similar_batch(["k0"], k=5, exclude=[out]) == some.similar_batch(["k0"], k=5, exclude=[out])


def test_it_comes_back_from_the_disk(vectors, similar, tmp_path):
    similar.save(tmp_path / "index")
    again = HNSWIndex.load(tmp_path / "index", vectors)
    assert again.facts == similar.facts
    assert again.similar_batch(["k4", ["k5", "k6"]]) == similar.similar_batch(["k4", ["k5", "k6"]])
    assert again.similar_batch(vectors[["k4"]], k=1)[0][0][0] == "k4"


def test_a_floor_of_recall_and_other_vectors_are_minded(vectors, tmp_path):
    poor = HNSWIndex.build(vectors, connectivity=2, expansion_add=2, expansion_search=1)
    assert poor.facts.recall < 0.9
    poor.save(tmp_path / "poor")
    with pytest.raises(BadInput, match=r"recall@10 is 0\.\d+; expected at least 0.9: build it with a larger"):
        HNSWIndex.load(tmp_path / "poor", vectors)
    assert HNSWIndex.load(tmp_path / "poor", vectors, min_recall=0).facts == poor.facts
    with pytest.raises(BadInput, match="the index is of other vectors"):
        HNSWIndex.load(tmp_path / "poor", vectors.normalized(), min_recall=0)


def test_a_loaded_index_looks_as_far_as_the_measured_one(vectors, tmp_path):
    built = HNSWIndex.build(vectors, connectivity=3, expansion_search=16)
    built.save(tmp_path / "index")
    again = HNSWIndex.load(tmp_path / "index", vectors, min_recall=0)
    queries = [f"k{i}" for i in range(0, 3_000, 10)]
    assert again.similar_batch(queries) == built.similar_batch(queries)
    assert built.similar_batch(queries) != vectors.similar_batch(queries)  # there is something to tell them apart


def test_any_changed_missing_or_added_byte_is_told(vectors, similar, tmp_path):
    similar.save(tmp_path / "index")
    random = np.random.default_rng(2)
    for name in ("index.usearch", "groups.npy"):
        file = tmp_path / "index" / name
        whole = file.read_bytes()
        places = random.integers(0, len(whole), 150).tolist()
        damaged = [whole[:at] + bytes([whole[at] ^ 1 << random.integers(8)]) + whole[at + 1 :] for at in places]
        damaged += [whole[: random.integers(len(whole))] for _ in range(20)]
        damaged += [whole + b"\0", b"\0" + whole, b"", whole[::-1]]
        damaged += [whole[:at] + whole[at + 1 :] for at in places[:20]]
        for content in damaged:
            file.write_bytes(content)
            with pytest.raises(BadInput, match=f"{name}: is not what was saved: size or checksum differ"):
                HNSWIndex.load(tmp_path / "index", vectors)
        file.write_bytes(whole)
    assert HNSWIndex.load(tmp_path / "index", vectors).facts == similar.facts


@pytest.mark.parametrize("question", ["similar", "next"])
def test_equal_rows_are_all_found_and_distinct_ones_stay_findable(question, tmp_path):
    """A thousand equal rows, as those of cold items are, among others; and pairs of equal ones."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(2_000, 16)).astype(np.float32)
    rows[500:1_500] = rows[0]
    rows[1_600:1_700] = rows[1_700:1_800]
    vectors = Vectors([f"k{i}" for i in range(2_000)], rows, rows)
    built = HNSWIndex.build(vectors, question=question)
    assert built.facts.distinct == 900
    assert built.facts.recall > 0.99
    built.save(tmp_path / "index")
    index = HNSWIndex.load(tmp_path / "index", vectors)
    queries = random.normal(size=(60, 16)).astype(np.float32)
    queries = np.concatenate([queries, rows[[0, 700, 1_650, 1_750, 3]]])
    allow = np.arange(0, 2_000, 3)
    out = [random.integers(0, 2_000, 30) for _ in queries]
    for options in ({}, {"allow": allow}, {"exclude": out}, {"allow": allow, "exclude": out}):
        for k in (1, 10, 40):
            ids, scores = index.search(queries, k, **options)
            exact_ids, exact_scores = ExactIndex(vectors, question=question).search(queries, k, **options)
            assert (ids >= 0).all()
            assert all(len(set(one)) == k for one in ids.tolist())
            assert np.mean(scores >= exact_scores[:, -1:] - 1e-5) > 0.99
            np.testing.assert_array_equal(ids[60:64], exact_ids[60:64])  # of equal scores the first ids, as exactly


def test_rows_that_are_all_equal_or_zero():
    for row in (np.zeros(4), np.ones(4)):
        vectors = Vectors([f"k{i}" for i in range(50)], np.tile(row, (50, 1)), np.tile(row, (50, 1)))
        index = HNSWIndex.build(vectors, question="next")
        assert index.facts.distinct == 1
        assert [key for key, _ in index.next_batch([["k3"]], k=5)[0]] == ["k0", "k1", "k2", "k3", "k4"]


def test_dot_products_of_rows_of_very_different_lengths_are_found_by_default():
    random = np.random.default_rng(4)
    rows = random.normal(size=(1_500, 32)) * random.lognormal(0, 0.5, (1_500, 1))
    vectors = Vectors([f"k{i}" for i in range(1_500)], random.normal(size=(1_500, 32)), rows)
    for storage in ("float32", "float16"):
        index = HNSWIndex.build(vectors, question="next", storage=storage)
        assert index.facts.recall >= 0.95
        ids, _ = index.search(vectors.input[:200], 10)
        exact, _ = ExactIndex(vectors, question="next").search(vectors.input[:200], 10)
        assert np.mean([np.isin(a, b).mean() for a, b in zip(ids, exact, strict=True)]) > 0.94


def test_it_searches_further_until_enough_is_found():
    random = np.random.default_rng(5)
    rows = random.normal(size=(3_000, 64))  # without any structure: the hardest case
    vectors = Vectors([f"k{i}" for i in range(3_000)], rows)
    fixed = HNSWIndex.build(vectors, connectivity=4, expansion_search=128)
    chosen = HNSWIndex.build(vectors, connectivity=4)
    assert fixed.facts.recall < 0.95 <= chosen.facts.recall
    assert chosen.facts.expansion_search > 128 == fixed.facts.expansion_search


def test_damaged_folders_are_told(vectors, similar, tmp_path):
    similar.save(tmp_path / "index")
    file, config = tmp_path / "index" / "index.usearch", tmp_path / "index" / "config.json"
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    with pytest.raises(BadInput, match="index.usearch: "):
        HNSWIndex.load(tmp_path / "index", vectors)
    file.unlink()
    with pytest.raises(BadInput, match="is missing; the folder is damaged"):
        HNSWIndex.load(tmp_path / "index", vectors)
    content = json.loads(config.read_text())
    for name, value, message in [
        ("recall", "high", "recall is 'high'; the folder is damaged"),
        ("keys", "3000", "keys is '3000'; the folder is damaged"),
        ("question", "near", "question is 'near'"),
        ("expansion_search", 0, "expansion_search 0"),
    ]:
        config.write_text(json.dumps(content | {name: value}))
        with pytest.raises(BadInput, match=message):
            HNSWIndex.load(tmp_path / "index", vectors)
    del content["recall"]
    config.write_text(json.dumps(content))
    with pytest.raises(BadInput, match="has no 'recall'; the folder is damaged"):
        HNSWIndex.load(tmp_path / "index", vectors)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"question": "near"}, "question is 'near'; expected one of similar, next"),
        ({"storage": "bits"}, "storage is 'bits'; expected one of float32"),
        ({"connectivity": 0}, "connectivity is 0; expected a whole number of 2 to 1,000"),
        ({"sample": 0}, "sample is 0; expected a whole number of at least 1"),
    ],
)
def test_what_cannot_be_built(vectors, options, message):
    with pytest.raises(BadInput, match=message):
        HNSWIndex.build(vectors, **options)


def test_what_cannot_be_asked(vectors, similar):
    with pytest.raises(BadInput, match="the index answers 'similar', not 'next'"):
        similar.next_batch([["k1"]])
    with pytest.raises(BadInput, match="a query has no direction"):
        similar.similar_batch(np.zeros((1, 24)))
    with pytest.raises(BadInput, match=r"queries have shape \(1, 3\); expected \(number of queries, 24\)"):
        similar.search(np.ones((1, 3)), 5)
    with pytest.raises(BadInput, match="no output matrix, which an index for next needs"):
        HNSWIndex.build(Vectors(["a"], np.ones((1, 2))), question="next")
    assert similar.search(np.empty((0, 24)), 5)[0].shape == (0, 5)
