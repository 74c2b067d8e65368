"""Labelled graphs: the counts are those of the files."""

import numpy as np
import pytest

from nearfield.datasets import airports, blogcatalog, dblp, ppi, wiki
from nearfield.errors import BadInput


# nodes, edges, labels, labels given: counted in the files by other means (lines, distinct pairs, entries)
@pytest.mark.parametrize(
    ("finder", "arguments", "counts"),
    [
        (blogcatalog.load, (), (10_312, 333_983, 39, 14_476)),
        (ppi.load, (), (3_890, 38_739, 50, 6_640)),
        (dblp.load, (), (51_264, 127_968, 60, 51_264)),
        (wiki.load, (), (2_405, 12_761, 17, 2_405)),
        (airports.load, ("brazil",), (131, 1_074, 4, 131)),
        (airports.load, ("europe",), (399, 5_995, 4, 399)),
        (airports.load, ("usa",), (1_190, 13_599, 4, 1_190)),
    ],
)
def test_counts(dataset, finder, arguments, counts):
    graph = dataset(finder, *arguments)
    assert (len(graph), graph.n_edges, len(graph.label_names), graph.labels.nnz) == counts
    assert not graph.directed
    assert graph.weights is None
    assert np.diff(graph.labels.indptr).min() >= 1  # every node has a label


def test_labels_stand_at_their_nodes(dataset):
    # the first lines of the files
    assert "0" in dataset(ppi.load).labels_of("34")
    assert dataset(dblp.load).labels_of("9") == ["0"]
    assert dataset(wiki.load).labels_of("0") == ["8"]
    assert dataset(airports.load, "usa").labels_of("10245") == ["0"]


def test_links_of_wikipedia_have_a_direction(dataset):
    dataset(wiki.load)
    directed = wiki.load(directed=True)
    assert (directed.directed, directed.n_edges) == (True, 16_523)
    assert ("470", 1.0) not in directed.neighbours("1397")
    assert ("1470", 1.0) in directed.neighbours("1397")


def test_an_unknown_name():
    with pytest.raises(BadInput, match="name is 'asia'; expected one of brazil, europe, usa"):
        airports.load("asia")


def test_labels_without_their_heading_are_refused(empty_machine):
    folder = empty_machine / "graph_airports"
    folder.mkdir(parents=True)
    (folder / "usa-airports.edgelist").write_text("1 2\n")
    (folder / "labels-usa-airports.txt").write_text("1 0\n2 1\n")
    with pytest.raises(BadInput, match=r"labels-usa-airports\.txt:1: '1 0'; expected the heading"):
        airports.load("usa")
