"""`nearfield inspect` knows whatever can be saved."""

import json

import numpy as np
import pytest

import nearfield as nf
from nearfield.embed import EGES
from nearfield.examples import Examples
from nearfield.loading import KINDS
from nearfield.rank import BloomFilter, PlattCalibration
from nearfield.recommend import TwoStageRecommender
from nearfield.search import HNSWIndex, TagSearch
from nearfield.store import Store
from nearfield.text import Phrases

KEYS = [f"k{i}" for i in range(30)]
TEXT = [["new", "york", "is", "big"], ["new", "york", "is", "far"]] * 20


def vectors():
    return nf.Vectors(KEYS, *np.random.default_rng(1).normal(size=(2, 30, 6)), counts=range(60, 30, -1))


def examples():
    return Examples(np.array([0, 1, 1]), np.array([0, 2, 3, 5]), np.array([0, 1, 1, 0, 2]))


def recommender():
    histories = [[KEYS[i], KEYS[(7 * i) % 30]] for i in range(30)]
    made = TwoStageRecommender(vectors(), nf.LogisticRegression(), n_candidates=8)
    return made.fit(histories, [near[0][0] for near in vectors().next_batch(histories, k=3)])


def eges():
    side = {"colour": {"new": "red", "york": "blue"}}
    return EGES(vector_size=4, epochs=1, sample=0, workers=1, verbose=False).fit(TEXT, side=side)


def sage():
    graph = nf.Graph.from_edges(list("aabcd"), list("bcdda")).with_features(np.eye(4, dtype=np.float32))
    return nf.GraphSAGE(vector_size=4, epochs=1, verbose=False).fit(graph)


MAKERS = {
    "vectors": (vectors, {"keys": 30, "dim": 6}),
    "admission": (lambda: BloomFilter(bits=8), {"class": "BloomFilter"}),
    "calibration": (
        lambda: PlattCalibration().fit(np.array([0.1, 0.4, 0.8, 0.3]), np.array([0, 1, 1, 0])),
        {"class": "PlattCalibration"},
    ),
    "convolution": (sage, {"class": "GraphSAGE"}),
    "examples": (examples, {"rows": 3}),
    "fixed point": (lambda: nf.LogisticRegression().fit(examples()).fixed_point(), {"class": "FixedPointModel"}),
    "graph": (lambda: nf.Graph.from_edges(["a"], ["b"]), {"nodes": 2}),
    "hnsw": (lambda: HNSWIndex.build(vectors()), {"question": "similar"}),
    "phrases": (lambda: Phrases(min_count=1, threshold=0.1).fit(TEXT), {"class": "Phrases"}),
    "ranker": (lambda: nf.LogisticRegression().fit(examples()), {"class": "LogisticRegression"}),
    "sequences": (lambda: nf.Sequences.from_lists([["a", "b"], ["b"]]), {"sequences": 2}),
    "side information": (eges, {"class": "EGES"}),
    "tag_search": (lambda: TagSearch(vectors(), {"k1": ["x"], "k2": ["x", "y"]}), {"tags": 2}),
    "two-stage recommender": (recommender, {"class": "TwoStageRecommender"}),
}


def test_every_kind_is_tried():
    assert set(MAKERS) - {"hnsw"} == set(KINDS)


@pytest.mark.parametrize("kind", MAKERS)
def test_whatever_can_be_saved(nearfield, tmp_path, kind):
    make, expected = MAKERS[kind]
    make().save(tmp_path / "saved")
    code, out, err = nearfield("inspect", tmp_path / "saved", "--json")
    assert (code, err) == (0, "")
    facts = json.loads(out)
    assert facts["kind"] == kind
    assert facts | expected == facts
    code, out, _ = nearfield("inspect", tmp_path / "saved")
    assert code == 0
    assert out.splitlines()[1].split(None, 1) == ["kind", kind.ljust(len(out.splitlines()[1].split(None, 1)[1]))]


def test_a_store(nearfield, tmp_path):
    store = Store(tmp_path / "store")
    for _ in range(2):
        store.publish(vectors())
    facts = json.loads(nearfield("inspect", tmp_path / "store", "--json").out)
    assert (facts["kind"], facts["content"], facts["current"], facts["versions"]) == ("store", "vectors", 2, [1, 2])
    assert nearfield("inspect", tmp_path / "store").code == 0


def test_damaged_folders_are_refused(nearfield, tmp_path):
    nf.LogisticRegression().fit(examples()).save(tmp_path / "model")
    for file in (tmp_path / "model").iterdir():
        if file.suffix in (".npz", ".npy", ".safetensors"):
            file.write_bytes(file.read_bytes()[:40])
    code, _, err = nearfield("inspect", tmp_path / "model")
    assert (code, err.count("\n")) == (2, 1)


def test_how_vectors_are_read_can_be_said(nearfield, tmp_path):
    (tmp_path / "v.txt").write_bytes(b"3 2\na\xff 1 2\nb 1 3\n")
    code, _, err = nearfield("inspect", tmp_path / "v.txt")
    assert (code, "(--errors), or name another encoding (--encoding)" in err) == (2, True)
    code, out, err = nearfield("inspect", tmp_path / "v.txt", "--errors", "replace", "--on-bad", "skip", "--json")
    assert (code, json.loads(out)["keys"]) == (0, 2)
    assert "nearfield: warning: passed over 1 fault: " in err
    (tmp_path / "keys.txt").write_text("b\nabsent\n")
    options = ("--errors", "ignore", "--on-bad", "skip", "--keys", tmp_path / "keys.txt")
    assert nearfield("convert", tmp_path / "v.txt", tmp_path / "w", *options).code == 0
    assert nf.load(tmp_path / "w").keys == ("b",)
    assert nearfield("convert", tmp_path / "w", tmp_path / "w.csv").code == 2
    code, _, err = nearfield("convert", tmp_path / "w", tmp_path / "w.CSV.gz")
    assert "'.csv.gz' names no format" in err
