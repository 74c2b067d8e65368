"""A store: versions come whole, stay as they were, and go only where nobody needs them."""

import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import nearfield as nf
from nearfield import Graph, GraphSAGE, TagSearch, Vectors, Word2Vec
from nearfield.errors import BadInput, Refused, StorageError
from nearfield.examples import Examples
from nearfield.loading import KINDS
from nearfield.rank import LogisticRegression
from nearfield.recommend import CandidateFeatures, TwoStageRecommender
from nearfield.sequences import Sequences
from nearfield.store import Finite, Norms, Overlap, Store
from nearfield.store.disk import only_writer


def vectors(number=0, n=6):
    return Vectors([f"k{i}" for i in range(n)], np.random.default_rng(number).normal(size=(n, 3)).astype(np.float32))


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store", wait=5)


def filled(store, n):
    for number in range(1, n + 1):
        store.publish(vectors(number), note=f"number {number}")
    return store


def numbers(store):
    return [version.number for version in store.versions()]


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_published_is_current(store):
    assert store.current() is None
    assert store.versions() == []
    for number in (1, 2):
        version = store.publish(vectors(number), note="北京")
        assert (version.number, version.kind, version.note, version.forced) == (number, "vectors", "北京", False)
        assert store.current() == version
        np.testing.assert_array_equal(store.open().input, vectors(number).input)
    np.testing.assert_array_equal(store.open(1).input, vectors(1).input)
    assert numbers(store) == [1, 2]
    assert store.versions()[1].previous == 1
    assert store.current().size == sum(map(len, files(store.folder()).values()))


def test_another_reader_sees_the_same(store):
    filled(store, 2)
    assert Store(store.path).versions() == store.versions()
    assert repr(Store(store.path)) == f"Store({str(store.path)!r}, current: 2)"


def test_a_folder_is_copied(store, tmp_path):
    vectors().save(tmp_path / "words")
    store.publish(tmp_path / "words")
    assert files(store.folder()) == files(tmp_path / "words")


def test_a_convolution_is_published_whole(store):
    graph = Graph.from_edges(["a", "b", "c"], ["b", "c", "a"]).with_features(np.eye(3, dtype=np.float32))
    model = GraphSAGE(vector_size=4, epochs=1, verbose=False).fit(graph)
    assert store.publish(model, checks=[Finite(), Norms(0, 99)]).kind == "convolution"
    np.testing.assert_array_equal(store.open().vectors_.input, model.vectors_.input)


def test_what_lies_beside(store):
    def write(folder):
        (folder / "offsets.json").write_text("[1]")

    store.publish(vectors(), beside=write)
    store.publish(vectors(1))
    assert (store.beside(1) / "offsets.json").read_text() == "[1]"
    assert not store.beside().exists()
    assert "offsets.json" not in store.versions()[0].checksums
    before = files(store.path)
    with pytest.raises(ZeroDivisionError):
        store.publish(vectors(2), beside=lambda folder: 1 / 0)
    assert files(store.path) == before


def test_the_model_card_says_what_it_is(store):
    store.publish(vectors(), note="all of\nMay")
    text = (store.folder() / "README.md").read_text()
    assert "\n# store, version 1: all of May\n" in text
    assert "\nnearfield inspect store/versions/000001/content\n" in text
    assert nf.load(store.path.parent / "store/versions/000001/content").keys == vectors().keys


def test_a_fitted_estimator_is_its_vectors(store):
    model = Word2Vec(vector_size=4, min_count=1, epochs=1, sample=0).fit(
        Sequences.from_lists([["a", "b", "a", "c"]] * 5)
    )
    store.publish(model)
    np.testing.assert_array_equal(store.open().input, model.vectors_.input)


def test_a_ranker(store):
    random = np.random.default_rng(1)
    examples = Examples(random.integers(0, 2, 50).astype(np.float32), np.arange(51), random.integers(0, 9, 50))
    model = LogisticRegression(epochs=2, workers=1).fit(examples)
    assert store.publish(model).kind == "ranker"
    np.testing.assert_array_equal(store.open().predict_proba(examples), model.predict_proba(examples))
    with pytest.raises(BadInput, match="holds ranker, this is vectors"):
        store.publish(vectors())


def test_all_that_can_be_loaded(tmp_path):
    random = np.random.default_rng(1)
    rows = np.arange(51), random.integers(0, 9, 50)
    examples = Examples(random.integers(0, 2, 50).astype(np.float32), *rows)
    model = LogisticRegression(epochs=1, workers=1).fit(examples)
    features = CandidateFeatures(items := Vectors(["a", "b", "c"], np.eye(3), np.eye(3)))
    clicks = Sequences.from_lists([["a", "b", "a", "c"]] * 5)
    graph = Graph.from_edges(["a", "b"], ["b", "c"])
    contents = {
        "admission": nf.MinimumCount(2),
        "examples": examples,
        "sequences": clicks,
        "side information": nf.EGES(epochs=1, sample=0, verbose=False).fit(clicks, side={"colour": {"a": "red"}}),
        "graph": graph,
        "fixed point": model.fixed_point(),
        "tag_search": TagSearch(items, {"a": ["red"], "b": ["red", "blue"]}),
        "two-stage recommender": TwoStageRecommender(items, model, features, n_candidates=2),
        "phrases": nf.Phrases(min_count=1).fit(clicks),
        "calibration": nf.PlattCalibration().fit(np.array([0.2, 0.8, 0.6]), np.array([0.0, 1.0, 0.0])),
    }
    assert {*contents, "vectors", "ranker", "convolution"} == set(KINDS)
    for kind, content in contents.items():
        store = Store(tmp_path / kind)
        assert store.publish(content).kind == kind
        assert type(store.open()) is type(content)


def test_rollback(store):
    filled(store, 3)
    assert store.rollback().number == 2
    assert store.rollback(1).number == 1
    np.testing.assert_array_equal(store.open().input, vectors(1).input)
    with pytest.raises(BadInput, match="no version before the current one, 1"):
        store.rollback()
    assert store.publish(vectors(9)).number == 4
    assert store.current().previous == 1


def test_a_damaged_version_is_found_and_not_rolled_back_to(store):
    filled(store, 2)
    path = store.folder(1) / "vectors.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadInput, match="vectors.safetensors: is not what was published"):
        store.rollback()
    path.unlink()
    with pytest.raises(BadInput, match="vectors.safetensors: is missing"):
        store.verify(1)
    assert store.verify() == store.current()


def test_old_versions_go_but_not_those_that_are_needed(store):
    filled(store, 4)
    store.rollback(2)
    store.publish(vectors(5), keep=2)
    assert numbers(store) == [2, 4, 5]
    store.rollback(4)
    assert store.publish(vectors(6), keep=1).number == 6
    assert numbers(store) == [2, 4, 6]
    with pytest.raises(BadInput, match="has no version 5; it has: 2, 4, 6"):
        store.open(5)
    with pytest.raises(BadInput, match="keep is 0"):
        store.publish(vectors(), keep=0)


def test_the_log_tells_all(store):
    filled(store, 2)
    store.rollback()
    turned = vectors(7)
    with pytest.raises(Refused):
        store.publish(turned, checks=[Overlap(0.99, k=2)])
    store.publish(turned, checks=[Overlap(0.99, k=2)], force=True)
    told = [(line["event"], line["version"], line.get("forced")) for line in store.log()]
    assert told == [
        ("publish", 1, False),
        ("publish", 2, False),
        ("rollback", 1, None),
        ("refused", 3, None),
        ("publish", 3, True),
    ]
    assert store.log() == [json.loads(line) for line in (store.path / "log.jsonl").read_text().splitlines()]
    assert store.log()[-1]["report"][0]["check"] == "overlap@2"
    assert store.current().forced


def test_a_log_cut_short_is_mended(store):
    filled(store, 2)
    told, path = store.log(), store.path / "log.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    assert store.log() == told
    store.publish(vectors(3))
    assert store.log()[:2] == told
    assert len(path.read_text().splitlines()) == 3


WRITER = """
import sys
import numpy as np
from nearfield import Vectors
from nearfield.store import Store
print("ready", flush=True)
sys.stdin.readline()
for number in range(3):
    Store(sys.argv[1]).publish(Vectors(["a", "b"], np.eye(2, dtype=np.float32) + number), keep=3)
"""


def test_writers_take_turns(store):
    command = [sys.executable, "-c", WRITER, store.path]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen(command, **pipes) for _ in range(2)]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 2
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0]
    assert numbers(store) == [4, 5, 6]
    assert [line["version"] for line in store.log()] == [1, 2, 3, 4, 5, 6]
    assert [store.verify(number).number for number in (4, 5, 6)] == [4, 5, 6]


def test_a_writer_that_waits_too_long_is_told(store):
    filled(store, 1)
    with (
        only_writer(store.path / "lock", 1),
        pytest.raises(StorageError, match="another program writes to this store; try again later"),
    ):
        Store(store.path, wait=0.1).publish(vectors())
    assert numbers(store) == [1]


def test_readers_never_see_less_than_a_version(store):
    filled(store, 1)

    def publish():
        for number in range(2, 12):
            Store(store.path).publish(vectors(number), keep=1)

    writer = threading.Thread(target=publish)
    writer.start()
    opened = 0
    while writer.is_alive():
        assert len(Store(store.path).open()) == 6
        opened += 1
        time.sleep(0.001)
    writer.join()
    assert opened > 1
    assert store.current().number == 11


def test_what_is_no_store_is_left_alone(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    (tmp_path / "file").write_text("")
    vectors().save(tmp_path / "words")
    for name, message in (("thesis", "holds no config.json"), ("file", "holds no config.json"), ("words", "'store'")):
        with pytest.raises(BadInput, match=message):
            Store(tmp_path / name)
    assert len(list((tmp_path / "thesis").iterdir())) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (3, "a int cannot be published"),
        ("nowhere", "holds no config.json"),
        (Word2Vec(), "a Word2Vec cannot be published"),
    ],
)
def test_what_cannot_be_published(store, content, message):
    filled(store, 1)
    before = files(store.path)
    with pytest.raises(BadInput, match=message):
        store.publish(content)
    assert files(store.path) == before


def test_a_store_without_versions(store):
    for ask in (store.open, store.rollback, store.verify, store.folder):
        with pytest.raises(BadInput, match="no version"):
            ask()


@pytest.mark.parametrize("text", ["", "[1]", '{"version": 9, "newest": 2}', '{"version": "x"}', '{"newest": null}'])
def test_a_damaged_pointer(store, text):
    filled(store, 2)
    (store.path / "current").write_text(text)
    with pytest.raises(BadInput, match="current: is damaged"):
        store.current()
    with pytest.raises(BadInput, match="current: is damaged"):
        store.publish(vectors())
    assert store.path.joinpath("versions", "000002").exists()
