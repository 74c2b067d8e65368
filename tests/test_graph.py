"""Graph: built as networkx and scipy build it, stored, and what it refuses."""

import json

import networkx
import numpy as np
import pandas
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from nearfield import Graph, Sequences
from nearfield.errors import BadInput, IncompatibleVersion, NearfieldError, UnknownKey

NODES = st.sampled_from(["a", "b", "c", "d", "e", "7", "a\tb", ""])
WEIGHTS = st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.25])
EDGES = st.lists(st.tuples(NODES, NODES, WEIGHTS), min_size=1, max_size=30)


def as_dict(graph):
    """{(source, target): weight} over all entries of the rows."""
    return {(key, other): weight for key in graph.keys for other, weight in graph.neighbours(key)}


def twin(edges, *, weighted, directed, duplicates, self_loops):
    """What `from_edges` says, by a dictionary."""
    found = {}
    for a, b, weight in edges:
        weight = weight if weighted else 1.0
        if weight == 0 or (a == b and self_loops == "drop"):
            continue
        for pair in {(a, b)} if directed else {(a, b), (b, a)}:
            found.setdefault(pair, []).append(weight)
    merge = {"sum": sum if weighted else max, "max": max, "count": len}[duplicates]
    return {pair: float(merge(weights)) for pair, weights in found.items()}


@given(EDGES, st.booleans(), st.booleans(), st.sampled_from(["sum", "max", "count"]), st.sampled_from(["keep", "drop"]))
def test_edges_come_back_as_the_policies_say(edges, weighted, directed, duplicates, self_loops):
    weighted = weighted and duplicates != "count"
    policies = {"directed": directed, "duplicates": duplicates, "self_loops": self_loops}
    sources, targets, weights = zip(*edges, strict=True)
    graph = Graph.from_edges(sources, targets, weights if weighted else None, **policies)
    expected = twin(edges, weighted=weighted, **policies)
    assert as_dict(graph) == pytest.approx(expected)
    assert set(graph.keys) == {*sources, *targets}
    assert (graph.weights is not None) == (weighted or duplicates == "count")
    reference = (networkx.DiGraph if directed else networkx.Graph)(list(expected))
    reference.add_nodes_from(graph.keys)
    assert graph.n_edges == reference.number_of_edges()
    degrees = {key: len(set(reference.adj[key])) for key in graph.keys}
    if directed:
        degrees = dict(reference.degree())
    assert dict(zip(graph.keys, graph.degrees.tolist(), strict=True)) == degrees


@given(EDGES)
def test_ids_of_whatever_kind_name_the_same_nodes(edges):
    number = {key: i for i, key in enumerate(dict.fromkeys(end for a, b, _ in edges for end in (a, b)))}
    ends = [np.array([7 * number[edge[i]] for edge in edges]) for i in (0, 1)]
    as_text = [[str(end) for end in one] for one in ends]
    graphs = [
        Graph.from_edges(*ends),
        Graph.from_edges(*(one.astype(np.uint16) for one in ends)),
        Graph.from_edges(*(one.tolist() for one in ends)),
        Graph.from_edges(*as_text),
        Graph.from_edges(*map(np.array, as_text)),
        Graph.from_edges(as_text[0], ends[1]),
    ]
    assert {graph.keys for graph in graphs} == {graphs[0].keys}
    assert all(as_dict(graph) == as_dict(graphs[0]) for graph in graphs)


def test_numbers_name_nodes_by_value():
    whole = Graph.from_edges(np.array([1.0, 2.0]), [2, 3])
    assert set(whole.keys) == {"1", "2", "3"}
    large = np.array([2**63 + 1, 2**63 + 3], np.uint64)  # float64 has no room for them
    assert set(Graph.from_edges(large, np.array([-1, -1])).keys) == {str(2**63 + 1), str(2**63 + 3), "-1"}
    assert set(Graph.from_edges([10**25], ["x"]).keys) == {str(10**25), "x"}
    assert Graph.from_edges(["a"], ["b"], nodes=[1, "1", "a"]).keys == ("a", "b", "1")
    series = pandas.DataFrame({"a": [1, None], "b": [2, 3]})
    for node in (float("nan"), 1.5, True, None, [1, 2], 1e300):
        with pytest.raises(BadInput, match="expected a string or a whole number"):
            Graph.from_edges([node], ["a"])
    with pytest.raises(BadInput, match="node nan is a float"):
        Graph.from_edges(series.a, series.b)
    network = networkx.Graph([(1, "1")])
    with pytest.raises(BadInput, match="nodes 1 and '1' both have the key '1'; give them names that differ"):
        Graph.from_networkx(network)
    assert set(Graph.from_networkx(networkx.Graph([(1.0, (0, 2))])).keys) == {"1", "(0, 2)"}


@pytest.mark.parametrize("directed", [False, True])
def test_isolated_nodes_can_be_left_out(directed):
    graph = Graph.from_edges(list("abbd"), list("bcbd"), [1, 2, 3, 4], directed=directed, nodes=["e", "f"])
    labels = {key: f"is {key}" for key in graph.keys}
    graph = graph.with_labels(labels).with_features(np.eye(6, dtype=np.float32))
    linked = graph.without_isolated()
    assert set(linked.keys) == {"a", "b", "c"}  # a self-loop joins nothing
    assert as_dict(linked) == {pair: weight for pair, weight in as_dict(graph).items() if "d" not in pair}
    assert [linked.labels_of(key) for key in linked.keys] == [[f"is {key}"] for key in linked.keys]
    assert np.array_equal(linked.features, graph.features[graph.vocabulary.ids(linked.keys)])
    assert linked.without_isolated() is linked
    assert set(graph.without_isolated(keep=["e", "strange"]).keys) == {"a", "b", "c", "e"}


def test_equal_degrees_keep_the_order_of_first_sight():
    graph = Graph.from_edges(["x", "m", "x"], ["a", "b", "m"], nodes=["lonely"])
    assert graph.keys == ("x", "m", "a", "b", "lonely")
    assert graph.degrees.tolist() == [2, 2, 1, 1, 0]
    assert graph.neighbours("lonely") == []


def test_both_directions_weigh_the_same_to_the_last_bit():
    random = np.random.default_rng(0)
    ends, weights = random.integers(0, 6, (2, 4_000)), random.random(4_000).astype(np.float32)
    graph = Graph.from_edges(*ends, weights)
    assert all(as_dict(graph)[b, a] == weight for (a, b), weight in as_dict(graph).items())


def test_transitions_of_sessions():
    # Wang et al. (2018), figure 2 (b) and (c): three users' sessions and the item graph of them
    sessions = [["D", "A", "B"], ["B", "E"], ["D", "E", "F"], [], ["E", "C", "B"], ["B", "A"], ["Z"], ["A", "A", "B"]]
    graph = Graph.from_sessions(Sequences.from_lists(sessions))
    expected = {
        ("D", "A"): 1, ("A", "B"): 2, ("B", "E"): 1, ("D", "E"): 1,
        ("E", "F"): 1, ("E", "C"): 1, ("C", "B"): 1, ("B", "A"): 1,
    }  # fmt: skip
    assert as_dict(graph) == expected
    assert graph.directed
    assert "Z" in graph.vocabulary
    kept = Graph.from_sessions(Sequences.from_lists(sessions), self_loops="keep")
    assert as_dict(kept) == expected | {("A", "A"): 1}


@given(EDGES, st.booleans())
def test_networkx_graphs_and_their_matrices_make_the_same_graph(edges, directed):
    reference = (networkx.DiGraph if directed else networkx.Graph)()
    reference.add_weighted_edges_from([edge for edge in edges if edge[2] > 0])
    reference.add_node("alone")
    nodes = list(reference)
    matrix = networkx.to_scipy_sparse_array(reference, nodes)
    ours = Graph.from_networkx(reference)
    theirs = Graph.from_scipy(matrix, nodes, directed=directed)
    assert as_dict(ours) == as_dict(theirs)
    assert ours.keys == theirs.keys
    assert ours.n_edges == theirs.n_edges == reference.number_of_edges()
    order = [nodes.index(key) for key in ours.keys]
    assert np.array_equal(ours.to_scipy().toarray(), matrix.toarray()[np.ix_(order, order)])


def test_whether_a_matrix_is_directed_is_seen_from_it():
    symmetric = scipy.sparse.csr_array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    assert repr(Graph.from_scipy(symmetric)) == "Graph(3 nodes, 2 edges, undirected)"
    assert repr(Graph.from_scipy(symmetric, directed=True)) == "Graph(3 nodes, 3 edges, directed)"
    asymmetric = scipy.sparse.csr_array([[0, 2.0], [0, 0]])
    assert repr(Graph.from_scipy(asymmetric)) == "Graph(2 nodes, 1 edges, directed, weighted)"
    with pytest.raises(BadInput, match="not symmetric; give directed=True"):
        Graph.from_scipy(asymmetric, directed=False)


def test_labels_and_features_follow_their_nodes():
    graph = Graph.from_edges(["a", "a", "b"], ["b", "c", "c"], nodes=["d"])
    rows = np.array([[1, 0], [0, 2], [3, 3]], np.float32)
    for given_rows in (rows, scipy.sparse.csr_array(rows)):
        described = graph.with_labels({"c": "red", "a": ["blue", "red"]}).with_features(given_rows, ["c", "b", "a"])
        assert [described.labels_of(key) for key in "abcd"] == [["blue", "red"], [], ["red"], []]
        assert described.label_names == ("blue", "red")
        features = described.features if given_rows is rows else described.features.toarray()
        by_key = {key: features[described.vocabulary[key]].tolist() for key in "abcd"}
        assert by_key == {"a": [3, 3], "b": [0, 2], "c": [1, 0], "d": [0, 0]}
    assert repr(described) == "Graph(4 nodes, 3 edges, undirected, 2 features, 2 labels)"
    with pytest.raises(UnknownKey, match="'z'"):
        graph.with_labels({"z": "red"})
    with pytest.raises(BadInput, match="2 rows of features for 3 keys"):
        graph.with_features(rows[:2], ["a", "b", "c"])
    with pytest.raises(BadInput, match="stands twice"):
        graph.with_features(rows, ["a", "b", "a"])
    with pytest.raises(BadInput, match="NaN or infinite"):
        graph.with_features(np.full((4, 1), np.nan))
    with pytest.raises(BadInput, match=r"of shape \(3, 2\); expected numbers of shape \(4, n_features\)"):
        graph.with_features(rows)


def examples():
    plain = Graph.from_edges(["a", "b\n", "c"], ["b\n", "c", "c"])
    weighted = Graph.from_edges([1, 2, 2], [2, 3, 2], [0.5, 2, 0], directed=True)
    dense = weighted.with_features(np.eye(3)).with_labels({"3": ["x", "y"]})
    sparse = plain.with_features(scipy.sparse.csr_array(np.eye(3))).with_labels({"a": "x"})
    return [plain, weighted, dense, sparse]


@pytest.mark.parametrize("graph", examples(), ids=repr)
def test_round_trip(tmp_path, graph):
    graph.save(tmp_path / "g")
    loaded = Graph.load(tmp_path / "g")
    assert (repr(loaded), loaded.keys, as_dict(loaded)) == (repr(graph), graph.keys, as_dict(graph))
    assert isinstance(np.asanyarray(loaded.indices).base, np.memmap)
    for name in ("features", "labels"):
        mine, theirs = (getattr(one, name) for one in (graph, loaded))
        assert (mine is None) == (theirs is None)
        if mine is not None:
            dense = [one.toarray() if scipy.sparse.issparse(one) else one for one in (mine, theirs)]
            assert np.array_equal(*dense)
    assert loaded.label_names == graph.label_names


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": [1, -1]}, "weight 1 is -1; expected finite numbers of at least 0"),
        ({"weights": [np.nan, 1]}, "weight 0 is nan"),
        ({"weights": [1, np.inf]}, "weight 1 is inf"),
        ({"weights": [1e300, 1]}, "add up to more than float32 holds"),
        ({"weights": [1]}, r"weights are int64 of shape \(1,\); expected 2 numbers"),
        ({"weights": ["1", "2"]}, "expected 2 numbers"),
        ({"targets": ["b"]}, "2 sources and 1 targets"),
        ({"targets": ["b", None]}, "node None is a NoneType"),
        ({"targets": [1.5, 2.0]}, "node 1.5 is a float; expected a string or a whole number"),
        ({"targets": "bc"}, "targets is a str"),
        ({"targets": np.zeros((2, 2), int)}, "expected a list or an array of keys"),
        ({"sources": [], "targets": []}, "there are no nodes"),
        ({"duplicates": "last"}, "duplicates is 'last'; expected one of sum, max, count"),
        ({"self_loops": "twice"}, "self_loops is 'twice'; expected keep or drop"),
        ({"duplicates": "count", "weights": [1, 1]}, "duplicates is 'count' and the edges have weights"),
    ],
)
def test_edges_that_cannot_be_used(changes, message):
    with pytest.raises(BadInput, match=message) as error:
        Graph.from_edges(**({"sources": ["a", "b"], "targets": ["b", "c"]} | changes))
    assert "\n" not in str(error.value)


GOOD = {"keys": ["a", "b", "c"], "indptr": np.array([0, 2, 3, 4]), "indices": np.array([1, 2, 0, 0], np.int32)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"indptr": np.array([0, 2, 4])}, "indptr must have 4 entries"),
        ({"indptr": np.array([0, 2, 3, 9])}, "from 0 to 4"),
        ({"indptr": np.array([0, 3, 2, 4])}, "indptr falls"),
        ({"indices": np.array([1, 3, 0, 0])}, "outside of 0 to 2"),
        ({"indices": np.array([-1, 2, 0, 0])}, "outside of 0 to 2"),
        ({"indices": np.array([2, 1, 0, 0])}, "do not rise"),
        ({"indices": np.array([2, 2, 0, 0])}, "do not rise"),
        ({"indices": np.array([1, 2, 2, 0])}, "one of its ends only"),
        ({"indices": np.array([1.0, 2, 0, 0])}, "indices are float64"),
        ({"keys": ["a", "b", "b"]}, "stands twice"),
        ({"weights": np.ones(3)}, "3 weights for 4 entries"),
        ({"weights": np.array([1, 1, 0, 1.0])}, "weight 2 is 0.0; expected finite numbers above 0"),
        ({"labels": scipy.sparse.eye(3), "label_names": ["x"]}, r"labels have shape \(3, 3\)"),
    ],
)
def test_arrays_that_do_not_fit(changes, message):
    assert len(Graph(**GOOD)) == 3
    with pytest.raises(BadInput, match=message):
        Graph(**(GOOD | changes))


def damage_config(folder, **changes):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: damage_config(f, kind="vectors"), "kind is 'vectors'; expected 'graph'"),
        (lambda f: damage_config(f, format_version=9), "format version 9"),
        (lambda f: damage_config(f, directed="no"), "directed is 'no'"),
        (lambda f: damage_config(f, features=[1]), r"features are \[1\]"),
        (lambda f: damage_config(f, features={"sparse": True, "shape": [3, 3]}), "features_data.npy: cannot be read"),
        (lambda f: damage_config(f, labels={"sparse": True, "shape": [3, 1]}), "labels do not fit together"),
        (lambda f: (f / "indices.npy").write_bytes((f / "indices.npy").read_bytes()[:-4]), "damaged"),
        (lambda f: (f / "indptr.npy").unlink(), "damaged"),
        (lambda f: np.save(f / "indices.npy", np.array([9, 9], np.int32)), "outside of 0 to 2|do not rise"),
        (lambda f: np.save(f / "indices.npy", np.array([print]), allow_pickle=True), "damaged"),
        (lambda f: (f / "keys.txt").write_text("1\n2\n"), "indptr must have 3 entries"),
        (lambda f: (f / "label_names.txt").write_text("x\n"), "1 names wide"),
    ],
)
def test_damaged_folders_get_one_clear_line(tmp_path, damage, message):
    examples()[2].save(tmp_path / "g")
    damage(tmp_path / "g")
    with pytest.raises(NearfieldError, match=message) as error:
        Graph.load(tmp_path / "g")
    assert "\n" not in str(error.value)
    assert isinstance(error.value, BadInput | IncompatibleVersion)
