"""Edges held out of a file of edges, foretold from the shell."""

import json

import networkx
import pytest

from nearfield import DeepWalk, ProNE, read_edges
from nearfield.evaluate import hold_out_edges, link_prediction


@pytest.fixture
def edges(tmp_path):
    """Four groups of thirty, joined within far more often than between."""
    graph = networkx.planted_partition_graph(4, 30, 0.5, 0.02, seed=3)
    networkx.write_edgelist(graph, tmp_path / "edges.tsv", delimiter="\t", data=False)
    return tmp_path / "edges.tsv"


def test_the_figures_are_those_of_the_library(nearfield, edges):
    code, out, err = nearfield("evaluate", "links", edges, "--vector-size", 16, "--share", 0.2, "--seed", 4, "--json")
    assert code == 0, err
    cases = hold_out_edges(read_edges(edges), share=0.2, seed=4)
    vectors = ProNE(vector_size=16, seed=4, verbose=False).fit(cases.train).vectors_
    expected = {"vectors": "prone"} | link_prediction(vectors, cases, seed=4).to_dict()
    assert json.loads(out) == json.loads(json.dumps(expected))
    assert expected["auc"] > 0.7


def test_line_by_its_output_rows_in_a_directed_graph(nearfield, edges):
    options = ["--method", "line", "--directed", "--score", "next", "--vector-size", 8, "--workers", 1]
    code, out, err = nearfield("evaluate", "links", edges, *options)
    assert code == 0, err
    assert "holds out" in err
    rows = out.splitlines()
    assert rows[0].split()[:4] == ["smaller", "degree", "pairs", "AUC"]
    assert rows[1].split()[0] == "all"


def test_vectors_by_random_walks(nearfield, edges):
    options = ["--method", "deepwalk", "--share", 0.2, "--vector-size", 8, "--workers", 1, "--json"]
    code, out, err = nearfield("evaluate", "links", edges, *options)
    assert code == 0, err
    cases = hold_out_edges(read_edges(edges), share=0.2)
    vectors = DeepWalk(vector_size=8, workers=1, verbose=False).fit(cases.train).vectors_
    assert json.loads(out)["auc"] == link_prediction(vectors, cases).auc


def test_a_band_with_pairs_of_one_kind_has_dashes(nearfield, tmp_path):
    (tmp_path / "edges.txt").write_text("a b\nb c\nc a\nc d\nd e\ne a\n")
    code, out, err = nearfield("evaluate", "links", tmp_path / "edges.txt", "--vector-size", 2, "--share", 0.2)
    assert code == 0, err
    assert "nan" not in out
    assert any(line.split()[2:4] == ["-", "-"] for line in out.splitlines()[2:])


def test_given_vectors_are_judged(nearfield, edges, tmp_path):
    ProNE(vector_size=4, verbose=False).fit(read_edges(edges)).vectors_.save(tmp_path / "nodes")
    code, out, err = nearfield("evaluate", "links", edges, "--vectors", tmp_path / "nodes", "--json")
    assert code == 0, err
    assert json.loads(out)["vectors"] == str(tmp_path / "nodes")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--share", 0], "share is 0.0; expected a number above 0 and below 1"),
        (["--share", 0.99], "can go before the graph falls apart"),
        (["--score", "next"], "score is 'next' and the vectors have no output rows"),
        (["--vector-size", 500], "vector_size is 500 and the graph has 120 nodes"),
        (["--weighted"], "edges.tsv"),
    ],
)
def test_mistakes_are_one_line(nearfield, edges, options, message):
    code, out, err = nearfield("evaluate", "links", edges, "--vector-size", 8, *options)
    assert (code, out) == (2, "")
    assert message in err.splitlines()[-1]
