import json
import re

import numpy as np
import pytest

from nearfield.cli.inspect import readable
from nearfield.examples import Examples, FeatureSpace
from nearfield.graph import Graph
from nearfield.sequences import Sequences


def test_vectors(nearfield, saved):
    facts = json.loads(nearfield("inspect", saved, "--json").out)
    assert (facts["kind"], facts["keys"], facts["dim"], facts["tokens_counted"]) == ("vectors", 6, 4, 210)
    assert facts["tables"] == "input and output"
    assert facts["bytes"] == 2 * 6 * 4 * 4
    assert facts["bytes_one_hot"] == 2 * 6 * 6 * 4
    assert facts["first_keys"][-1] == "北京"


def test_sequences(nearfield, tmp_path):
    Sequences.from_lists([["a", "b", "a"], ["b"]]).save(tmp_path / "s")
    facts = json.loads(nearfield("inspect", tmp_path / "s", "--json").out)
    assert (facts["kind"], facts["sequences"], facts["tokens"], facts["keys"]) == ("sequences", 2, 4, 2)
    assert (facts["mean_length"], facts["longest"]) == (2.0, 3)


def test_a_graph(nearfield, tmp_path):
    graph = Graph.from_edges(list("aab"), list("bcc"), [1, 2, 3], nodes=["alone"]).with_labels({"a": ["x", "y"]})
    graph.save(tmp_path / "g")
    facts = json.loads(nearfield("inspect", tmp_path / "g", "--json").out)
    assert (facts["kind"], facts["nodes"], facts["edges"], facts["weighted"]) == ("graph", 4, 3, True)
    assert (facts["mean_degree"], facts["highest_degree"], facts["nodes_without_edges"]) == (1.5, 2, 1)
    assert (facts["features"], facts["labels"], facts["bytes"]) == (None, 2, 5 * 8 + 6 * 4 + 6 * 4)
    assert nearfield("inspect", tmp_path / "g").code == 0


def test_how_it_was_trained(nearfield, text, tmp_path):
    nearfield("fit", "words", text, "-o", tmp_path / "w", "--vector-size", 8, "--window", 2, "--quiet")
    out = nearfield("inspect", tmp_path / "w").out
    assert any(line.split() == ["trained", "window", "2"] for line in out.splitlines())
    assert json.loads(nearfield("inspect", tmp_path / "w", "--json").out)["trained"]["vector_size"] == 8


def test_what_is_neither(nearfield, tmp_path):
    (tmp_path / "config.json").write_text('{"kind": "teapot"}')
    code, _, err = nearfield("inspect", tmp_path)
    assert (code, err.count("\n")) == (2, 1)
    assert "teapot" in err


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (3 << 40, "3.0 TiB")]
)
def test_sizes_have_units(size, shown):
    assert readable({"bytes": size}) == {"size": shown}


def test_saved_examples_are_held_against_their_one_hot_rows_and_their_embeddings(nearfield, tmp_path):
    space = FeatureSpace(1000, ("user", "item"))
    examples = Examples([1, 0, 0, 1], [0, 2, 4, 6, 7], [1, 7, 1, 8, 2, 7, 9], [0, 1] * 3 + [1], space=space)
    examples.save(tmp_path / "e")
    facts = json.loads(nearfield("inspect", tmp_path / "e", "--vector-size", 8, "--json").out)
    matrix = examples.to_scipy()
    assert (facts["kind"], facts["rows"], facts["mean_label"], facts["entries"]) == ("examples", 4, 0.5, 7)
    assert (facts["fields"], facts["features"], facts["features_used"]) == (["user", "item"], 1000, 5)
    assert facts["features_collided"] is None
    assert facts["density"] == matrix.nnz / np.prod(matrix.shape)
    assert facts["bytes_one_hot"] == matrix.toarray().nbytes
    assert facts["bytes_sparse"] == matrix.data.nbytes + examples.features.nbytes + examples.indptr.nbytes
    assert facts["bytes_embedded"] == np.zeros((4, 2, 8), np.float32).nbytes
    assert facts["bytes_embeddings"] == np.zeros((1000, 8), np.float32).nbytes
    out = nearfield("inspect", tmp_path / "e").out
    assert re.search(r"size one hot +15.6 KiB", out)
    assert re.search(r"fields +user  item", out)


def test_hashed_examples_tell_collisions(nearfield, tmp_path):
    examples = Examples([1], [0, 3], [0, 1, 2], space=FeatureSpace(4, bits=2))
    examples.save(tmp_path / "e")
    facts = json.loads(nearfield("inspect", tmp_path / "e", "--json").out)
    assert facts["features_collided"] == pytest.approx(-4 * np.log(1 / 4) - 3)


def test_examples_without_rows_have_no_density(nearfield, tmp_path):
    Examples([], [0], np.empty(0, np.int32)).save(tmp_path / "e")
    facts = json.loads(nearfield("inspect", tmp_path / "e", "--json").out)
    assert (facts["rows"], facts["density"], facts["mean_label"]) == (0, None, None)
