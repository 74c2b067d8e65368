"""Labels foretold from saved vectors, from the shell."""

import json

import networkx
import numpy as np
import pytest

from nearfield import Graph, Vectors, load
from nearfield.evaluate import node_classification


@pytest.fixture
def labels():
    """Which faction of the karate club each member chose."""
    return {str(node): club for node, club in networkx.karate_club_graph().nodes(data="club")}


@pytest.fixture
def nodes(labels, tmp_path):
    """Vectors that tell the factions apart, not without a doubt."""
    draw = np.random.default_rng(2)
    rows = draw.normal(size=(len(labels), 6)).astype(np.float32)
    rows[:, 0] += [2 if club == "Officer" else -2 for club in labels.values()]
    Vectors(list(labels), rows).save(tmp_path / "nodes")
    return tmp_path / "nodes"


@pytest.mark.parametrize("separator", ["\t", ",", " , "])
def test_the_figures_are_those_of_the_library(nearfield, nodes, labels, tmp_path, separator):
    lines = (f"{node}{separator}{club.replace(' ', '_')}\n" for node, club in labels.items())
    (tmp_path / "labels.txt").write_text("node" + separator + "club\n" + "".join(lines))
    options = ["--shares", "0.3,0.6", "--shuffles", 3, "--seed", 5, "--header", "--json"]
    code, out, err = nearfield("evaluate", "nodes", nodes, tmp_path / "labels.txt", *options)
    assert (code, err) == (0, "")
    graph = Graph.from_edges([], [], nodes=labels).with_labels(labels)
    expected = node_classification(load(nodes), graph, shares=(0.3, 0.6), shuffles=3, seed=5)
    assert json.loads(out) == json.loads(json.dumps(expected.to_dict()))
    assert expected.shares[1].micro > 0.8


def test_a_table_and_nodes_without_a_vector(nearfield, nodes, labels, tmp_path):
    lines = [f"{node}\t{club[:2]}" for node, club in labels.items()] + ["0\tfounder", "33\tfounder", "stranger\tMr"]
    (tmp_path / "labels.tsv").write_text("\n".join(lines))
    code, out, err = nearfield("evaluate", "nodes", nodes, tmp_path / "labels.tsv", "--shuffles", 2, "--unit")
    assert code == 0, err
    assert "left out 1 labelled nodes without a vector, such as 'stranger'" in err
    assert "34 nodes with 3 labels, 2 shuffles" in err
    rows = out.splitlines()
    assert rows[0].split()[:3] == ["learnt", "from", "micro-F1"]
    assert [row.split()[0] for row in rows[1:]] == ["10%", "50%", "90%"]


def test_a_table_by_how_many_neighbours_nodes_have(nearfield, nodes, labels, tmp_path):
    network = networkx.karate_club_graph()
    counts = dict(sorted(network.degree, key=lambda pair: -pair[1]))
    keys = [str(node) for node in counts]
    Vectors(keys, load(nodes)[keys], counts=list(counts.values())).save(tmp_path / "counted")
    (tmp_path / "labels.tsv").write_text("\n".join(f"{node}\t{club[:2]}" for node, club in labels.items()))
    code, out, err = nearfield("evaluate", "nodes", tmp_path / "counted", tmp_path / "labels.tsv", "--shares", "0.5")
    assert code == 0, err
    _, header, *rows = [line for line in out.splitlines() if "visits" in line or " to " in line or "50%" in line]
    assert header.split()[:3] == ["visits", "or", "neighbours"]
    assert sum(int(row.split("50%")[1].split()[0]) for row in rows) == 34


def test_labels_of_a_matlab_file(nearfield, nodes, tmp_path):
    from scipy.io import savemat
    from scipy.sparse import csc_matrix

    network = networkx.to_scipy_sparse_array(networkx.karate_club_graph(), weight=None, dtype=float)
    group = np.eye(2)[[int(club == "Officer") for _, club in networkx.karate_club_graph().nodes(data="club")]]
    savemat(tmp_path / "g.mat", {"network": csc_matrix(network), "group": csc_matrix(group.astype(float))})
    code, out, err = nearfield("evaluate", "nodes", nodes, tmp_path / "g.mat", "--shares", "0.5", "--json")
    assert code == 0, err
    assert json.loads(out)["labels"] == 2


@pytest.mark.parametrize(
    ("head", "line", "options"),
    [
        ("", "{node}\t{label}", []),
        ("node label\n", "{node} {label}", []),  # as the airports come
        ("id,name,club\n", "{node},N{node},{label}", []),
        ("id,name,party\n", "{node},N{node},{label}", ["--label-column", "party"]),
        ("", "{node};x;{label}", ["--label-column", 3]),
        ("", '"{node}","{label}"', []),
        ("# who voted for whom\n", "{node}.0 {label}", []),  # numbers as pandas writes them beside a gap
        ("a b\n", "{node} {label}", ["--header"]),
    ],
)
def test_files_of_labels_as_people_have_them(nearfield, nodes, labels, tmp_path, head, line, options):
    short = {node: club[:2] for node, club in labels.items()}
    lines = (line.format(node=node, label=label) for node, label in short.items())
    (tmp_path / "labels.txt").write_text(head + "\n".join(lines) + "\n")
    code, out, err = nearfield("evaluate", "nodes", nodes, tmp_path / "labels.txt", "--json", "--shuffles", 2, *options)
    assert code == 0, err
    graph = Graph.from_edges([], [], nodes=short).with_labels(short)
    expected = node_classification(load(nodes), graph, shares=(0.1, 0.5, 0.9), shuffles=2, seed=1)
    assert json.loads(out) == json.loads(json.dumps(expected.to_dict()))
    assert ("the first row names the columns" in err) == (bool(head) and head[0] != "#" and "--header" not in options)


def test_several_labels_a_line_and_labels_of_other_nodes(nearfield, nodes, labels, tmp_path):
    lines = [f"{node} {club[:2]} {'old' if int(node) < 17 else 'new'}" for node, club in labels.items()]
    (tmp_path / "labels.txt").write_text("\n".join([*lines, "x gone away"]))
    options = ["--label-column", "all", "--shares", "0.5", "--shuffles", 2]
    code, _, err = nearfield("evaluate", "nodes", nodes, tmp_path / "labels.txt", *options)
    assert code == 0, err
    assert "left out 2 labels that no node with a vector has, such as 'away'" in err
    assert "34 nodes with 4 labels, 2 shuffles" in err


def test_features_in_the_place_of_vectors(nearfield, labels, tmp_path):
    content = {node: [0 if club == "Officer" else 1, 2 + int(node)] for node, club in labels.items()}
    (tmp_path / "features.json").write_text(json.dumps(content))
    (tmp_path / "labels.csv").write_text("".join(f"{node},{club}\n" for node, club in labels.items()))
    code, out, err = nearfield("evaluate", "nodes", tmp_path / "features.json", tmp_path / "labels.csv", "--json")
    assert code == 0, err
    assert json.loads(out)["shares"][1]["micro"] == 1


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", [], "holds no label; expected a node and its label on each line"),
        ("0\n", [], "labels.txt:1: '0' has no label; expected a node and its label"),
        ("0,\n1,a\n", [], "labels.txt:1: '0,' has no label; expected a node and its label"),
        ("0 a b\n1 b\n", [], "labels.txt:1: has 3 fields: '0 a b'; expected a node and its label: give --label-column"),
        ("id,x,z\n0,a,b\n1,b,c\n2,b,c\n", [], "has the columns id, x, z; expected a node and its label"),
        ("0,a\n", ["--label-column", "3"], "has 2 columns; expected a column of labels from 2 to 2, not 3"),
        ("0,a\n", ["--label-column", "x"], "has no header row; expected a column of labels, not 'x'"),
        ("strange\ta\nstranger\tb\n", [], "0 of 2 labelled nodes have a vector; expected two or more"),
        ("0\ta\n1\tb\n", ["--shares", "0.5;0.9"], "--shares is '0.5;0.9'; expected numbers between 0 and 1"),
        ("0\ta\n1\tb\n", ["--shares", "0.01"], "share 0.01 of 2 nodes"),
        ("0\ta\n1\tb\n", ["--shares", "nan"], "shares is [nan]; expected a list of finite numbers"),
    ],
)
def test_labels_that_cannot_be_used(nearfield, nodes, tmp_path, content, options, message):
    (tmp_path / "labels.txt").write_text(content)
    code, out, err = nearfield("evaluate", "nodes", nodes, tmp_path / "labels.txt", *options)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
