"""Whatever was saved is opened again, as what it is."""

import json
import subprocess
import sys

import numpy as np
import pytest

import nearfield as nf
from nearfield import loading
from nearfield.errors import BadInput, IncompatibleVersion
from nearfield.examples import Examples


@pytest.fixture
def examples():
    return Examples(np.array([0, 1, 1]), np.array([0, 2, 3, 5]), np.array([0, 1, 1, 0, 2]))


@pytest.mark.parametrize(
    "model", [nf.LogisticRegression(), nf.FactorizationMachine(), nf.FieldAwareFM(validation_fraction=0), nf.DeepFM()]
)
def test_rankers_foretell_the_same(examples, tmp_path, model):
    model.fit(examples).save(tmp_path / "model")
    loaded = nf.load(tmp_path / "model")
    assert type(loaded) is type(model)
    assert np.array_equal(loaded.predict_proba(examples), model.predict_proba(examples))


def test_a_model_in_two_bytes_is_opened(examples, tmp_path):
    model = nf.LogisticRegression().fit(examples).fixed_point()
    model.save(tmp_path / "model")
    assert np.array_equal(nf.load(tmp_path / "model").predict_proba(examples), model.predict_proba(examples))


def test_containers_are_opened(examples, tmp_path):
    examples.save(tmp_path / "examples")
    assert np.array_equal(nf.load(tmp_path / "examples").features, examples.features)
    nf.Sequences.from_lists([["a", "b"], ["b"]]).save(tmp_path / "sequences")
    assert nf.load(tmp_path / "sequences").keys(0) == ["a", "b"]
    nf.Graph.from_edges(["a"], ["b"]).save(tmp_path / "graph")
    assert sorted(nf.load(tmp_path / "graph").keys) == ["a", "b"]
    vectors = nf.Vectors(["a", "b"], np.eye(2, dtype=np.float32))
    vectors.save(tmp_path / "vectors")
    vectors.save(tmp_path / "vectors.txt")
    for name in ("vectors", "vectors.txt"):
        assert np.array_equal(nf.load(tmp_path / name)["b"], [0, 1])
    assert np.array_equal(nf.load(tmp_path / "vectors", mmap=False)["b"], [0, 1])


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ('{"kind": "soup"}', BadInput, "kind is 'soup'; expected 'vectors'"),
        ("{", BadInput, "is no JSON"),
        ("[1]", BadInput, "expected 'vectors'"),
        (json.dumps({"kind": "examples", "format_version": 1}), BadInput, "arrays are None"),
        (json.dumps({"kind": "ranker", "format_version": 1, "model": "Oracle"}), IncompatibleVersion, "'Oracle'"),
    ],
)
def test_other_folders_are_refused_by_name(tmp_path, content, error, message):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(error, match=message):
        nf.load(tmp_path)


def test_examples_are_not_vectors_in_a_format(examples, tmp_path):
    examples.save(tmp_path / "examples")
    with pytest.raises(BadInput, match="kind is 'examples'; expected 'vectors'"):
        nf.load(tmp_path / "examples", format="native")


def test_vectors_do_not_wait_for_what_ranks(tmp_path):
    nf.Vectors(["a"], np.eye(1, dtype=np.float32)).save(tmp_path / "vectors")
    code = (
        f"import sys, nearfield\nnearfield.load({str(tmp_path / 'vectors')!r})\nprint('nearfield.rank' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("kind", loading._READERS)
def test_each_kind_is_read_by_what_knows_it(tmp_path, kind):
    (tmp_path / "config.json").write_text(json.dumps({"kind": kind, "format_version": 99}))
    with pytest.raises(IncompatibleVersion, match="format version 99"):  # and not: another kind was expected
        nf.load(tmp_path)
