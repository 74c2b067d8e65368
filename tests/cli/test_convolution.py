"""From files to what is fitted; each file that is missing or wrong is one clear line."""

import gzip

import numpy as np
import pytest

from nearfield.cli.convolution import METHODS, ConvolutionOptions, features_of, fit_convolution
from nearfield.edges.labels import read_labels
from nearfield.embed import GraphSAGE
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.vectors import Vectors

SETTINGS = {"epochs": 3, "workers": 1, "seed": 1, "verbose": False, "vector_size": 4, "alpha": None}


@pytest.fixture
def triangle_pair():
    """Two triangles, a b c and x y z, with an edge between them."""
    return Graph.from_edges(list("abcxyzc"), list("bcayzxx"))


@pytest.fixture
def files(tmp_path):
    draw = np.random.default_rng(1)
    Vectors([*list("abcxyz"), "unknown"], draw.random((7, 5), np.float32)).save(tmp_path / "features.parquet")
    (tmp_path / "labels.tsv").write_text("a\tone\nb\tone\n\nx\ttwo\ny two\n")
    (tmp_path / "validation.txt").write_text("b\ny\n")
    (tmp_path / "users.txt").write_text("a\nx\n")
    return tmp_path


def test_gcn(triangle_pair, files):
    options = ConvolutionOptions(files / "features.parquet", files / "labels.tsv", files / "validation.txt")
    model = fit_convolution("gcn", triangle_pair, options, **SETTINGS)
    assert model.alpha == 0.01
    assert model.vectors_.input.shape == (6, 4)
    assert model.label_names_ == ("one", "two")
    assert len(model.validation_losses_) == 3


def test_sage(triangle_pair, files):
    model = fit_convolution("sage", triangle_pair, ConvolutionOptions(files / "features.parquet"), **SETTINGS)
    assert model.vectors_.input.shape == (6, 4)


def test_lightgcn(files):
    graph = Graph.from_edges(list("aax"), list("bcb"))
    model = fit_convolution("lightgcn", graph, ConvolutionOptions(users=files / "users.txt"), **SETTINGS)
    assert (sorted(model.vectors_.keys), model.users_.keys) == (["b", "c"], ("a", "x"))


@pytest.mark.parametrize(
    ("method", "message"),
    [("gcn", "needs --labels FILE"), ("sage", "needs --features PATH"), ("lightgcn", "needs --users FILE")],
)
def test_what_a_method_needs_is_named(triangle_pair, method, message):
    assert method in METHODS
    with pytest.raises(BadInput, match=f"--method {method} {message}"):
        fit_convolution(method, triangle_pair, ConvolutionOptions(), **SETTINGS)


def test_sparse_features(files):
    graph = Graph.from_edges(["0", "1", "2"], ["1", "2", "3"])
    dense = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0]], np.float32)
    (files / "f.json").write_text('{"0": [0, 3], "1": [1], "2": [], "3": [2, 1, 0]}')
    (files / "g.json").write_text('{"0": {"0": 1.0, "3": 1}, "1": {"1": 1}, "2": {}, "3": {"2": 1, "1": 1, "0": 1}}')
    (files / "f.svmlight").write_text("0 0:1 3:1 # first\n1 1:1\n2\n3 2:1 1:1 0:1.0\n")
    (files / "f.svm.gz").write_bytes(gzip.compress((files / "f.svmlight").read_bytes()))
    for name in ("f.json", "g.json", "f.svmlight", "f.svm.gz"):
        keys, rows = features_of(files / name)
        assert keys == ["0", "1", "2", "3"]
        assert np.array_equal(rows.toarray(), dense)
        model = fit_convolution("sage", graph, ConvolutionOptions(files / name), **SETTINGS)
        expected = GraphSAGE(**SETTINGS | {"alpha": 0.001}).fit(graph.with_features(dense, keys))
        np.testing.assert_array_equal(model.vectors_.input, expected.vectors_.input)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("f.json", "[1]", "holds a list; expected an object of nodes"),
        ("f.json", "{", "is no JSON"),
        ("f.json", "{}", "holds no node"),
        ("f.json", '{"a": []}', "no node has a feature"),
        ("f.json", '{"a": [1], "a": [2]}', "names 'a' twice"),
        ("f.json", '{"a": [1.5]}', "node 'a' has the feature '1.5'; expected whole numbers from 0"),
        ("f.json", '{"a": [true]}', "has the feature 'True'"),
        ("f.json", '{"a": {"1": "x"}}', "has the value 'x'; expected a number"),
        ("f.json", '{"a": {"1": 1e39}}', "has the value 1e\\+39; expected finite numbers"),
        ("f.json", '{"a": [99999999999]}', "has the feature 99999999999; expected whole numbers from 0 to 16,777,215"),
        ("f.svm", "1 0:1\n1 1:1\n", r"f\.svm:2: names the node '1' again; expected the node, not a class"),
        ("f.svm", "a 0:1 b\n", r"f\.svm:1: has the feature 'b'|f\.svm:1 has the feature 'b'"),
        ("f.svm", "a 3\n", r"f\.svm:1: has '3'; expected feature:value"),
        ("f.svm", "a 0:1_0\n", "has the value '1_0'; expected a number"),
        ("f.svm", "a 0:1 0:2\n", "each feature once"),
    ],
)
def test_sparse_features_that_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInput, match=message) as error:
        features_of(tmp_path / name)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_used(triangle_pair, files):
    with pytest.raises(BadInput, match=r"none\.txt: no such file"):
        read_labels(files / "none.txt")
    (files / "wrong.txt").write_text("a one\nb\n")
    with pytest.raises(BadInput, match=r"wrong\.txt:2: 'b' has no label; expected a node and its label"):
        read_labels(files / "wrong.txt")
    (files / "several.txt").write_text("a one\na two\n")
    assert read_labels(files / "several.txt").of_nodes == {"a": ["one", "two"]}
    Vectors(["elsewhere"], np.ones((1, 5), np.float32)).save(files / "other.parquet")
    with pytest.raises(BadInput, match="knows none of the graph's 6 nodes"):
        fit_convolution("sage", triangle_pair, ConvolutionOptions(files / "other.parquet"), **SETTINGS)
