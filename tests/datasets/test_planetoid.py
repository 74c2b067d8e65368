"""The counts are those of Yang et al. (2016, arXiv:1603.08861) and Kipf & Welling (2017, arXiv:1609.02907), table 1."""

import shutil

import numpy as np
import pytest

from nearfield.datasets import find, planetoid
from nearfield.errors import BadInput


@pytest.mark.parametrize(
    ("name", "nodes", "features", "classes", "train"),
    [("cora", 2708, 1433, 7, 140), ("citeseer", 3327, 3703, 6, 120)],
)
def test_sizes_are_those_of_the_papers(dataset, name, nodes, features, classes, train):
    data = dataset(planetoid.load, name)
    graph = data.graph
    assert (len(graph), graph.features.shape[1], len(graph.label_names)) == (nodes, features, classes)
    assert [len(part) for part in (data.train, data.validation, data.test)] == [train, 500, 1000]
    assert len({*data.train, *data.validation, *data.test}) == train + 1500
    counts = np.unique([graph.labels_of(key)[0] for key in data.train], return_counts=True)[1]
    assert counts.tolist() == [20] * classes
    assert set(graph.features.data.tolist()) == {1.0}
    n_labels = np.diff(graph.labels.indptr)
    assert n_labels.max() == 1
    assert np.count_nonzero(n_labels == 0) == (15 if name == "citeseer" else 0)


def test_a_test_paper_has_its_own_row(dataset):
    """Test rows stand in an order of their own; papers cite their own field far more often than by chance."""
    graph, test = (data := dataset(planetoid.load)).graph, data.test
    own = [graph.labels_of(key) == graph.labels_of(other) for key in test for other, _ in graph.neighbours(key)]
    assert np.mean(own) > 0.75


def test_what_there_is_not(dataset):
    with pytest.raises(BadInput, match="name is 'pubmed'; expected one of cora, citeseer"):
        planetoid.load("pubmed")


def test_a_test_index_that_does_not_fit_is_refused(dataset, tmp_path, monkeypatch):
    dataset(planetoid.load)
    copy = tmp_path / "graph_planetoid"
    shutil.copytree(find("graph_planetoid"), copy, copy_function=shutil.copyfile)
    copy.chmod(0o755)
    monkeypatch.setenv("NEARFIELD_DATA", str(tmp_path))
    for content, message in (("1708\n1709\n", "do not fit together"), ("17o8\n", "expected a whole number a line")):
        (copy / "ind.cora.test.index").write_text(content)
        with pytest.raises(BadInput, match=message):
            planetoid.load()
