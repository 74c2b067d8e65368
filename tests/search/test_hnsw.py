"""The approximate index beside exact search, filters, floors and damaged folders."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nearfield import Vectors
from nearfield.errors import BadInput
from nearfield.search import HNSWIndex


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
        ({"connectivity": 0}, "connectivity is 0; expected at least 1"),
        ({"sample": 0}, "sample is 0; expected at least 1"),
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
