"""The gate: what fails a check is not published, and the report says by how much."""

import numpy as np
import pytest

from nearfield import HNSWIndex, ItemEmbedding, Vectors
from nearfield.errors import BadInput, Refused
from nearfield.examples import Examples
from nearfield.files import list_files
from nearfield.formats.safetensors import write_arrays
from nearfield.rank import LogisticRegression
from nearfield.store import Finding, Forgetting, IndexRecall, Norms, Overlap, Quality, Store
from nearfield.update import neighbour_overlap

KEYS = [f"k{i}" for i in range(30)]


def vectors(seed, scale=1.0):
    return Vectors(KEYS, np.random.default_rng(seed).normal(size=(30, 4)).astype(np.float32) * np.float32(scale))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store")
    store.publish(vectors(1))
    return store


def refusal(store, content, *checks):
    with pytest.raises(Refused) as caught:
        store.publish(content, checks=checks)
    assert store.current().number == 1
    assert "\n" not in str(caught.value)
    return caught.value


def test_nan_is_found_on_the_disk(store, tmp_path):
    vectors(2).save(tmp_path / "words")
    path = tmp_path / "words" / "vectors.safetensors"
    path.write_bytes(path.read_bytes()[:-8] + np.array([np.nan, np.inf], np.float32).tobytes())
    with pytest.raises(BadInput, match="is not what was saved"):
        store.publish(tmp_path / "words")
    list_files(tmp_path / "words")
    with pytest.raises(Refused, match="NaN or infinite is 2; wanted none"):
        store.publish(tmp_path / "words")
    assert [one.passed for one in refusal(store, tmp_path / "words", Norms(0, 9), Overlap(0.1)).report] == [False] * 2
    assert store.publish(tmp_path / "words", force=True).forced
    assert store.publish(vectors(3)).report[0]["passed"]


def test_nan_in_the_nodes_of_a_tree(store, tmp_path):
    rows = np.ones((3, 2), np.float32)
    Vectors(["a", "b", "c"], rows, counts=[3, 2, 1], nodes=rows[1:]).save(tmp_path / "tree")
    arrays = {"input": rows, "counts": np.array([3, 2, 1]), "nodes": np.array([[1, np.nan], [1, 1]], np.float32)}
    write_arrays(tmp_path / "tree" / "vectors.safetensors", arrays)
    list_files(tmp_path / "tree")
    with pytest.raises(Refused, match="NaN or infinite is 1; wanted none"):
        store.publish(tmp_path / "tree")


def test_nan_in_a_model(tmp_path):
    examples = Examples(np.array([0, 1], np.float32), np.arange(3), np.arange(2))
    model = LogisticRegression(epochs=1, workers=1).fit(examples)
    model.state_[0, 0] = np.nan
    with pytest.raises(Refused, match="is 1; wanted none"):
        Store(tmp_path / "models").publish(model)


def test_norms(store):
    table = vectors(1).input.copy()
    table[3] *= 100
    error = refusal(store, Vectors(KEYS, table), Norms(0, 50))
    assert error.report[0].found == pytest.approx(np.linalg.norm(table[3]))
    assert store.publish(vectors(1), checks=[Norms(0, 50)]).report[0]["passed"]
    assert not Norms(0.1, 50)(Vectors(KEYS, table * 0), None).passed
    assert not Norms(0, 1)(Vectors([], np.empty((0, 4), np.float32)), None).passed


def test_overlap(store):
    found = neighbour_overlap(vectors(1), vectors(2), 5)
    error = refusal(store, vectors(2), Overlap(found + 0.01, k=5))
    assert error.report == [Finding("overlap@5", False, found, f"at least {found + 0.01:g}")]
    assert str(error).startswith(f"not published: overlap@5 is {found:.4g}; wanted at least")
    assert store.publish(vectors(2), checks=[Overlap(found, k=5)]).report[0]["found"] == found


def test_quality_against_what_is_current(store):
    def probe(content):
        return float(content.input[0, 0])

    last = probe(vectors(1))
    assert last > 0
    worse = vectors(1, scale=0.9)
    refusal(store, worse, Quality(probe, loss=0.05, name="first number"))
    assert store.publish(worse, checks=[Quality(probe, loss=0.11)]).report[0]["found"] == pytest.approx(last * 0.9)
    assert not Quality(lambda _: float("nan"))(worse, worse).passed
    negative = Quality(lambda content: -probe(content), loss=0.05)
    assert negative(vectors(1, 1.04), vectors(1)).passed
    assert not negative(vectors(1, 1.06), vectors(1)).passed


def test_forgetting_is_that_of_the_worst_probe(store):
    probes = {f"slice {i}": lambda content, i=i: float(content.input[0, i]) for i in range(4)}
    new, old = vectors(2), vectors(1)
    lost = old.input[0] - new.input[0]
    worst = int(np.argmax(lost))
    error = refusal(store, new, Forgetting(probes, lost[worst] - 0.001))
    assert "has no probes" in str(refusal(store, new, Forgetting({}, 1)))
    assert error.report[0].check == f"forgetting on slice {worst}"
    assert error.report[0].found == pytest.approx(lost[worst])
    assert store.publish(new, checks=[Forgetting(probes, lost[worst] + 0.001)]).report[0]["passed"]
    assert Forgetting(probes, 0)(new, new).found == 0
    probes["no number"] = lambda content: float("nan")
    assert not Forgetting(probes, 99)(new, old).passed
    assert not Forgetting(probes, 99)(new, None).passed


def test_forgetting_on_a_stream(tmp_path):
    """Who learns another subject from nothing forgets; who goes on as before does not."""
    colours, numbers = [["red", "green", "blue"] * 4] * 60, [["one", "two", "three"] * 4] * 60

    def learnt(lists):
        model = ItemEmbedding(vector_size=8, window=2, epochs=4, sample=None, verbose=False)
        return model.fit([*lists, ["red", "one"]]).vectors_

    def probe(content):
        return float(content.next(["red"], k=1, exclude=["red"])[0][0] == "green")

    store, check = Store(tmp_path / "store"), Forgetting({"colours": probe}, 0.0)
    store.publish(learnt(colours), checks=[check])
    refusal(store, learnt(numbers), check)
    assert store.publish(learnt(colours + numbers), checks=[check]).number == 2


def test_recall_of_an_index(store):
    random = np.random.default_rng(3).normal(size=(400, 16)).astype(np.float32)
    many = Vectors([f"k{i}" for i in range(400)], random, random)
    finding = IndexRecall(0.9, question="next")(many, None)
    assert finding.passed
    assert finding.found == HNSWIndex.build(many, question="next", recall_k=10, sample=400).facts.recall
    assert refusal(store, many, IndexRecall(1.01)).report[0].check == "recall@10 of an index"


def test_the_first_version_has_nothing_to_be_held_against(tmp_path):
    checks = [Overlap(1.0), Quality(len), Norms(0, 99)]
    report = Store(tmp_path / "new").publish(vectors(1), checks=checks).report
    assert [one["found"] for one in report[:2]] == [None, 30]


def test_a_function_of_ones_own(store):
    def has_all_keys(new, old):
        return set(old.keys) <= set(new.keys)

    error = refusal(store, vectors(1).subset(KEYS[:5]), has_all_keys)
    assert "has_all_keys is 0; wanted True" in str(error)
    store.publish(vectors(1), checks=[has_all_keys])
    with pytest.raises(BadInput, match="returned 'yes'; expected True, False or a Finding"):
        store.publish(vectors(1), checks=[lambda new, old: "yes"])
    assert store.current().number == 2


def test_all_findings_are_told(store):
    error = refusal(store, vectors(2), Norms(0, 0.1), Overlap(0, k=5), Overlap(1, k=5))
    assert [one.passed for one in error.report] == [False, True, False]
    assert store.log()[-1]["report"] == [one.as_dict() for one in error.report]


def test_vectors_are_needed_for_some(tmp_path):
    examples = Examples(np.array([0, 1], np.float32), np.arange(3), np.arange(2))
    model = LogisticRegression(epochs=1, workers=1).fit(examples)
    with pytest.raises(Refused, match="Norms takes vectors; this is a LogisticRegression"):
        Store(tmp_path / "models").publish(model, checks=[Norms(0, 1)])


def test_force_is_told(store):
    version = store.publish(vectors(2), checks=[Norms(0, 0.1)], force=True)
    assert (version.forced, store.log()[-1]["forced"]) == (True, True)
    assert not store.publish(vectors(2), force=True).forced
