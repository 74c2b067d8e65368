"""From a file of edges to node vectors, by every method, and what each refuses."""

import os
import re
import signal
import threading

import networkx
import numpy as np
import pytest

from nearfield import DeepWalk, LightGCN, Vectors, load, read_edges, spectral_propagation
from nearfield.cli.fit_nodes import ESTIMATORS, NodeOptions, _given_settings
from nearfield.embed.run import Run
from nearfield.errors import BadInput

QUICK = ["--num-walks", 20, "--walk-length", 10, "--vector-size", 8, "--workers", 1]


@pytest.fixture
def edges(tmp_path):
    """The karate club, a TAB between the ends."""
    networkx.write_edgelist(networkx.karate_club_graph(), tmp_path / "edges.tsv", delimiter="\t", data=False)
    return tmp_path / "edges.tsv"


def test_deepwalk_is_that_of_the_library(nearfield, edges, tmp_path):
    code, out, err = nearfield("fit", "nodes", edges, *QUICK, "--seed", 3, "-o", tmp_path / "nodes")
    assert (code, out) == (0, "")
    assert "read Graph(34 nodes, 78 edges, undirected)" in err
    assert f"saved {tmp_path / 'nodes'}: 34 nodes × 8 dimensions; try: nearfield similar" in err
    settings = {"num_walks": 20, "walk_length": 10, "vector_size": 8, "workers": 1, "seed": 3, "verbose": False}
    model = DeepWalk(**settings).fit(read_edges(edges))
    np.testing.assert_array_equal(load(tmp_path / "nodes").input, model.vectors_.input)
    assert nearfield("similar", tmp_path / "nodes", "33", "-k", 2)[0] == 0


def test_node2vec_takes_its_parameters(nearfield, edges, tmp_path):
    given = [
        "--p",
        0.5,
        "--q",
        2,
        "--extended",
        "--loss",
        "hierarchical",
        "--epochs",
        2,
        "--alpha",
        0.05,
        "--window",
        3,
    ]
    code, _, err = nearfield("fit", "nodes", edges, "--method", "node2vec", *QUICK, *given, "-q", "-o", tmp_path / "n")
    assert (code, err) == (0, "")
    trained = load(tmp_path / "n").metadata["trained"]
    names = ("estimator", "p", "q", "extended", "loss", "epochs", "alpha", "window")
    assert [trained[name] for name in names] == ["Node2Vec", 0.5, 2, True, "hierarchical", 2, 0.05, 3]


def test_propagation_follows_where_it_is_asked_for(nearfield, edges, tmp_path):
    code, _, err = nearfield("fit", "nodes", edges, *QUICK, "--propagate", "-q", "-o", tmp_path / "nodes")
    assert (code, err) == (0, "")
    settings = {"num_walks": 20, "walk_length": 10, "vector_size": 8, "workers": 1, "verbose": False}
    graph = read_edges(edges)
    expected = spectral_propagation(DeepWalk(**settings).fit(graph).vectors_, graph)
    found = load(tmp_path / "nodes")
    np.testing.assert_array_equal(found.input, expected.input)
    assert found.metadata["propagated"] == {"order": 20, "mu": 0.0, "theta": 8.0}


@pytest.mark.parametrize(
    ("method", "reason"),
    [("prone", "it does so by itself"), ("sage", "expected one of deepwalk, node2vec, line")],
)
def test_propagation_is_not_for_all_methods(nearfield, edges, tmp_path, method, reason):
    code, _, err = nearfield("fit", "nodes", edges, "--method", method, "--propagate", "-o", tmp_path / "nodes")
    assert code == 2
    assert f"--propagate is given with --method {method}; {reason}" in err


@pytest.mark.parametrize(
    ("method", "options", "estimator"),
    [
        ("line", ["--order", "first", "--workers", 1], "Line"),
        ("prone", [], "ProNE"),
        ("sage", ["--epochs", 1, "--features", "features.parquet"], "GraphSAGE"),
        ("gcn", ["--epochs", 1, "--features", "features.parquet", "--labels", "labels.csv"], "GCN"),
        ("lightgcn", ["--epochs", 1, "--users", "users.txt"], "LightGCN"),
    ],
)
def test_the_other_methods(nearfield, tmp_path, monkeypatch, method, options, estimator):
    monkeypatch.chdir(tmp_path)
    graph = networkx.complete_bipartite_graph(5, 6)
    graph.remove_edges_from([(0, 6), (1, 7)])
    networkx.write_edgelist(graph, "edges.tsv", data=False)
    draw = np.random.default_rng(1)
    Vectors([str(node) for node in graph], draw.random((11, 3), np.float32)).save("features.parquet")
    (tmp_path / "labels.csv").write_text("0,left\n1,left\n6,right\n")
    (tmp_path / "users.txt").write_text("".join(f"{user}\n" for user in range(5)))
    given = ["--method", method, *options, "--vector-size", 4, "-o", "nodes"]
    code, _, err = nearfield("fit", "nodes", "edges.tsv", *given)
    assert code == 0, err
    assert load("nodes").dim == 4
    assert load("nodes").metadata["trained"]["estimator"] == estimator


def test_eges_gives_vectors_to_nodes_that_have_a_side_only(nearfield, edges, tmp_path):
    clubs = networkx.karate_club_graph().nodes(data="club")
    lines = [f"{node},{club}\n" for node, club in clubs] + ["newcomer,Officer\n", "stranger,\n"]
    (tmp_path / "side.csv").write_text("node,club\n" + "".join(lines))
    given = ["--method", "eges", "--side", tmp_path / "side.csv", "--vector-size", 8, "--epochs", 10, "--num-walks", 20]
    code, _, err = nearfield("fit", "nodes", edges, *given, "-o", tmp_path / "nodes")
    assert code == 0, err
    vectors = load(tmp_path / "nodes")
    assert sorted(vectors.keys) == sorted([*map(str, range(34)), "newcomer"])
    officers = {str(node) for node, club in clubs if club == "Officer"}
    near = [key for key, _ in vectors.similar("newcomer", k=10)]
    assert sum(key in officers for key in near) >= 8


VALUES = {
    "num_walks": 2,
    "walk_length": 3,
    "p": 2.0,
    "q": 2.0,
    "extended": True,
    "loss": "negative",
    "order": "first",
    "vector_size": 4,
    "window": 2,
    "negative": 2,
    "alpha": 0.01,
    "epochs": 1,
    "workers": 1,
    "side": "side.csv",
    "side_encoding": "utf-8",
    "features": "features.parquet",
    "labels": "labels.csv",
    "label_column": "2",
    "label_header": True,
    "validation": "validation.txt",
    "users": "users.txt",
    "propagate": True,
}


@pytest.fixture
def bipartite(tmp_path, monkeypatch):
    """Edges between five users and six items, and every file that a method may ask for."""
    monkeypatch.chdir(tmp_path)
    graph = networkx.complete_bipartite_graph(5, 6)
    graph.remove_edges_from([(0, 6), (1, 7)])
    networkx.write_edgelist(graph, "edges.tsv", data=False)
    Vectors([str(node) for node in graph], np.random.default_rng(1).random((11, 3), np.float32)).save(
        "features.parquet"
    )
    (tmp_path / "labels.csv").write_text("node,label\n0,left\n1,left\n6,right\n7,right\n")
    (tmp_path / "validation.txt").write_text("1\n7\n")
    (tmp_path / "users.txt").write_text("".join(f"{user}\n" for user in range(5)))
    (tmp_path / "side.csv").write_text("node,kind\n" + "".join(f"{node},{node % 2}\n" for node in graph))
    return graph


def typed(names):
    """The options as they are typed; flags have no value."""
    parts = ((f"--{name.replace('_', '-')}", VALUES[name]) for name in names)
    return [part for pair in parts for part in pair if part is not True]


@pytest.mark.parametrize("method", ESTIMATORS)
def test_every_option_is_taken_or_refused_by_name(nearfield, bipartite, method):
    offered, messages = [], {}
    for name in VALUES:
        try:
            _given_settings(method, NodeOptions(**{name: VALUES[name]}))
            offered.append(name)
        except BadInput as error:
            messages[name] = str(error)
    for name, message in messages.items():
        assert message.startswith((f"--method {method} has no {typed([name])[0]};", "--propagate is given"))
        assert "\n" not in message
    code, _, err = nearfield("fit", "nodes", "edges.tsv", "--method", method, *typed(offered), "-o", "all")
    assert code == 0, err
    named = set(offered) - {"propagate"}
    refused = "users" if method != "lightgcn" else "order"
    err = nearfield("fit", "nodes", "edges.tsv", "--method", method, *typed([refused]), "-o", "none")[2]
    listed = {name.strip().removeprefix("--").replace("-", "_") for name in err.partition("it has ")[2].split(",")}
    assert listed == named


def test_lightgcn_saves_users_beside_items(nearfield, bipartite):
    options = ["--method", "lightgcn", "--users", "users.txt", "--epochs", 2, "--vector-size", 4]
    code, _, err = nearfield("fit", "nodes", "edges.tsv", *options, "-o", "nodes")
    assert code == 0, err
    assert "saved nodes: 6 items and, in nodes/users, 5 users × 4 dimensions; try: nearfield next nodes ITEM" in err
    model = LightGCN(epochs=2, vector_size=4, verbose=False).fit(read_edges("edges.tsv"), users=[*"01234"])
    np.testing.assert_array_equal(load("nodes").output, model.vectors_.output)
    np.testing.assert_array_equal(load("nodes/users").input, model.users_.input)
    assert load("nodes/users").keys == tuple("01234")
    code, _, err = nearfield("fit", "nodes", "edges.tsv", *options, "-o", "nodes.parquet")
    assert code == 2
    assert "nodes.parquet: " in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--q", 2], "--method deepwalk has no --q; it has --num-walks, --walk-length, --loss, --vector-size"),
        (["--method", "prone", "--workers", 1], "--method prone has no --workers"),
        (["--labels", "labels.csv"], "--method deepwalk has no --labels"),
        (["--method", "sage", "--users", "u.txt"], "--method sage has no --users; it has --walk-length"),
        (["--method", "gcn"], "--method gcn needs --labels FILE"),
        (["--method", "eges"], "--method eges needs --side FILE"),
        (["--method", "eges", "--side", "none.csv"], "none.csv: no such file"),
        (["--side", "s.csv"], "--method deepwalk has no --side"),
        (["--method", "node2vec", "--p", 0], "p is 0.0; expected a number of 1e-09"),
        (["--method", "metapath"], "'metapath' is not one of"),
    ],
)
def test_what_a_method_refuses(nearfield, edges, tmp_path, options, message):
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "mine").write_text("")
    target = tmp_path / "new"
    code, _, err = nearfield("fit", "nodes", edges, *options, "-o", target)
    assert code == 2
    assert message in err
    assert not target.exists()
    assert "not" in nearfield("fit", "nodes", edges, "-o", tmp_path / "nodes")[2]
    assert (tmp_path / "nodes" / "mine").exists()


def test_files_that_are_no_graph(nearfield, tmp_path):
    code, _, err = nearfield("fit", "nodes", tmp_path / "none.tsv", "-o", tmp_path / "n")
    assert code == 2
    assert "none.tsv" in err
    (tmp_path / "odd.tsv").write_text("a\tb\nc\n")
    code, _, err = nearfield("fit", "nodes", tmp_path / "odd.tsv", "-o", tmp_path / "n")
    assert code == 2
    assert re.search(r"odd\.tsv:2: 'c'", err)


def test_ctrl_c_saves_what_has_been_learnt(nearfield, edges, tmp_path, monkeypatch):
    train = Run.train

    def interrupted(*arguments, **options):
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        train(*arguments, **options)

    monkeypatch.setattr(Run, "train", interrupted)
    endless = ["--num-walks", 10**8, "--workers", 1]
    code, _, err = nearfield("fit", "nodes", edges, *endless, "-o", tmp_path / "nodes")
    assert code == 130
    assert err.endswith("nearfield: interrupted\n")
    assert load(tmp_path / "nodes").metadata["trained"]["finished"] is False
