"""What is fitted is saved and read again: it answers as it did, for new nodes too, and damage is found."""

import json
import subprocess
import sys

import numpy as np
import pytest

import nearfield as nf
from nearfield.embed import GCN, GraphSAGE, LightGCN
from nearfield.errors import BadInput, IncompatibleVersion, NotFitted, UnknownKey
from nearfield.formats.safetensors import read_arrays, write_arrays

SMALL = {"workers": 1, "verbose": False, "epochs": 3, "vector_size": 8}
HISTORIES = [["tea", "milk"], ["tea", "sugar"], ["nails", "hammer"], ["saw", "nails"]]


@pytest.fixture(scope="module")
def graphs(two_camps):
    """A graph to learn from, and a larger one."""
    return two_camps(40), two_camps(60, seed=4)


@pytest.fixture(scope="module")
def fitted(graphs):
    sage = GraphSAGE(neighbours=(5, 3), batch_size=32, **SMALL)
    return {
        "GraphSAGE": sage.fit(graphs[0]),
        "GCN": GCN(**SMALL).fit(graphs[0], validation=["a1", "b1"]),
        "LightGCN": LightGCN(**SMALL).fit(HISTORIES),
    }


def same(one, other):
    assert one.keys == other.keys
    assert one.metadata == other.metadata
    assert np.array_equal(one.input, other.input)


@pytest.mark.parametrize("name", ["GraphSAGE", "GCN", "LightGCN"])
def test_it_comes_back(fitted, tmp_path, name):
    model = fitted[name]
    model.save(tmp_path / "model")
    found = nf.load(tmp_path / "model")
    assert type(found) is type(model)
    assert found.get_params() == model.get_params()
    for attribute in model.TABLES:
        same(getattr(found, attribute), getattr(model, attribute))
    for attribute in model.LISTS:
        assert getattr(found, attribute) == getattr(model, attribute)
    found.save(tmp_path / "again")
    written = [file for file in (tmp_path / "again").rglob("*") if file.is_file()]
    assert {file.suffix for file in written} == {".safetensors", ".json", ".txt", ".md"}


def test_new_nodes_get_the_same_vectors_after_loading(fitted, graphs, tmp_path):
    for name in ("GraphSAGE", "GCN"):
        fitted[name].save(tmp_path / name)
        found = nf.load(tmp_path / name)
        same(found.transform(graphs[1]), fitted[name].transform(graphs[1]))
        np.testing.assert_allclose(found.transform(graphs[0]).input, fitted[name].vectors_.input, atol=1e-6)
    np.testing.assert_array_equal(found.predict_proba(), fitted["GCN"].predict_proba())
    np.testing.assert_allclose(found.predict_proba(graph=graphs[0]), found.predict_proba(), atol=1e-6)
    assert found.predict(["a25", "b3"], graph=graphs[1]) == fitted["GCN"].predict(["a25", "b3"], graph=graphs[1])


def test_a_loaded_gcn_convolves_a_new_graph_as_equation_9_says(fitted, graphs):
    model, graph = fitted["GCN"], graphs[1]
    adjacency = graph.to_scipy().toarray() + np.eye(len(graph))
    norms = 1 / np.sqrt(adjacency.sum(axis=1))
    adjacency *= norms[:, None] * norms
    features = graph.features / np.abs(graph.features).sum(axis=1, keepdims=True)
    first, second = (weights.T for weights in model.weights_.values())
    hidden = np.maximum(adjacency @ features @ first, 0)
    logits = adjacency @ hidden @ second
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.transform(graph).input, hidden, atol=1e-5)
    np.testing.assert_allclose(model.predict_proba(graph=graph), chances, atol=1e-5)


def test_a_history_is_asked_after_loading_without_pytorch(fitted, tmp_path):
    fitted["LightGCN"].save(tmp_path / "likes")
    wanted = fitted["LightGCN"].vectors_.next(["saw"], k=2)
    program = "import nearfield, sys; print(nearfield.load(sys.argv[1]).vectors_.next(['saw'], k=2)); "
    program += "assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program, tmp_path / "likes"], capture_output=True, text=True)
    assert done.stdout.strip() == str(wanted), done.stderr


# ---- what is refused -----------------------------------------------------------------------------------------------


def changed(name, **changes):
    def change(folder):
        path = folder / name
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def arrays(edit):
    def change(folder):
        path = folder / "weights.safetensors"
        found = read_arrays(path, mmap=False)
        edit(found)
        path.unlink()
        write_arrays(path, found)

    return change


def to_nan(found):
    found["layers.0.lin_l.bias"][0] = np.nan


def narrower(found):
    found["layers.1.lin_r.weight"] = found["layers.1.lin_r.weight"][:, 1:].copy()


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (lambda folder: (folder / "weights.safetensors").unlink(), BadInput, "weights.safetensors: is missing"),
        (lambda folder: (folder / "weights.safetensors").write_bytes(b"\0" * 5), BadInput, "cut short"),
        (lambda folder: (folder / "vectors" / "keys.txt").unlink(), BadInput, "keys.txt: is missing"),
        (arrays(to_nan), BadInput, "layers.0.lin_l.bias holds what is no finite float32"),
        (arrays(narrower), BadInput, "damaged"),
        (arrays(lambda found: found.pop("layers.1.lin_r.weight")), BadInput, "damaged"),
        (arrays(lambda found: found.clear()), BadInput, "damaged"),
        (changed("config.json", estimator="Word2Vec"), BadInput, "holds a 'Word2Vec'"),
        (changed("config.json", parameters={"vector_size": 8}), BadInput, "parameters are"),
        (changed("config.json", parameters=GraphSAGE().get_params() | {"neighbours": 5}), BadInput, "neighbours is 5"),
        (changed("vectors/config.json", metadata={}), BadInput, "does not say how it was trained"),
        (changed("config.json", parameters=None), BadInput, "parameters are"),
        (changed("config.json", learnt={"losses_": 3}), BadInput, "learnt is"),
        (changed("config.json", format_version=9), IncompatibleVersion, "format version 9"),
    ],
)
def test_damage_is_found(fitted, tmp_path, damage, error, message):
    fitted["GraphSAGE"].save(tmp_path / "model")
    damage(tmp_path / "model")
    with pytest.raises(error, match=message):
        nf.load(tmp_path / "model")


def test_another_estimator_is_refused(fitted, tmp_path):
    fitted["GCN"].save(tmp_path / "model")
    with pytest.raises(BadInput, match="holds a 'GCN'; expected a GraphSAGE"):
        GraphSAGE.load(tmp_path / "model")


def test_what_is_not_fitted_is_not_saved(tmp_path):
    with pytest.raises(NotFitted):
        GraphSAGE().save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_new_nodes_need_the_same_features(fitted, graphs):
    fewer = graphs[1].with_features(graphs[1].features[:, :5])
    for name in ("GraphSAGE", "GCN"):
        with pytest.raises(BadInput, match="nodes have 5 features; expected 20"):
            fitted[name].transform(fewer)
    with pytest.raises(UnknownKey):
        fitted["GCN"].predict(["c1"], graph=graphs[1])
