"""From files to what is fitted; each file that is missing or wrong is one clear line."""

import numpy as np
import pytest

from nearfield.cli.convolution import METHODS, ConvolutionOptions, fit_convolution, read_labels
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


def test_files_that_cannot_be_used(triangle_pair, files):
    with pytest.raises(BadInput, match=r"none\.txt: no such file"):
        read_labels(files / "none.txt")
    (files / "wrong.txt").write_text("a one\nb\n")
    with pytest.raises(BadInput, match=r"wrong\.txt: entry 2 is 'b'; expected a node and its label"):
        read_labels(files / "wrong.txt")
    (files / "several.txt").write_text("a one\na two\n")
    assert read_labels(files / "several.txt") == {"a": ["one", "two"]}
    Vectors(["elsewhere"], np.ones((1, 5), np.float32)).save(files / "other.parquet")
    with pytest.raises(BadInput, match="knows none of the graph's 6 nodes"):
        fit_convolution("sage", triangle_pair, ConvolutionOptions(files / "other.parquet"), **SETTINGS)
