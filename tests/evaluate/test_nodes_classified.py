"""Node classification against scikit-learn's own one-vs-rest, its F1, and DeepWalk's way of choosing k labels."""

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier

from nearfield import Graph, Vectors
from nearfield.errors import BadInput
from nearfield.evaluate.nodes import f1_scores, node_classification


@pytest.fixture(scope="module")
def case():
    """A ring of 120 nodes, vectors that tell their labels with some noise; two nodes have no label."""
    random = np.random.default_rng(0)
    graph = Graph.from_networkx(networkx.cycle_graph(120))
    rows = random.normal(size=(120, 6)).astype(np.float32)
    has = (rows[:, :4] + random.normal(0, 0.7, (120, 4))) > 0.4
    has[:, 3] = False
    has[~has.any(axis=1), 0] = True
    has[5, 3] = True  # a label that is seen once
    labels = {str(i): [f"L{j}" for j in np.flatnonzero(has[i])] for i in range(118)}
    order = random.permutation(120)
    vectors = Vectors([str(i) for i in order], rows[order])
    return vectors, graph.with_labels(labels), rows, has


def twin(rows, has, share, seed, shuffle):
    """scoring.py of DeepWalk, with the nodes in our order."""
    keys = sorted(map(str, range(118)))
    rows, has = rows[[int(key) for key in keys]], has[[int(key) for key in keys]].astype(int)
    order = np.random.default_rng([seed, shuffle]).permutation(118)
    learnt, others = order[: int(share * 118)], order[int(share * 118) :]
    model = OneVsRestClassifier(LogisticRegression(solver="liblinear")).fit(rows[learnt], has[learnt])
    probabilities = model.predict_proba(rows[others])
    foretold = np.zeros_like(has[others])
    for i, k in enumerate(has[others].sum(axis=1)):
        foretold[i, np.argsort(probabilities[i])[-k:]] = 1
    return f1_by_scikit_learn(has[others], foretold)


def f1_by_scikit_learn(wanted, foretold):
    """Micro- and macro-F1 over the labels that stand in one of both, as scikit-learn has it for one label each."""
    present = np.flatnonzero((wanted | foretold).any(axis=0))
    if not len(present):
        return [0.0, 0.0]
    options = {"labels": present, "zero_division": 0}
    return [f1_score(wanted, foretold, average=average, **options) for average in ("micro", "macro")]


@pytest.mark.filterwarnings("ignore:Label not")  # scikit-learn says that a label is in none of its rows
def test_it_is_deepwalks_protocol(case):
    vectors, graph, rows, has = case
    result = node_classification(vectors, graph, shares=(0.1, 0.5, 0.9), shuffles=3, seed=4)
    assert (result.nodes, result.labels, result.unknown) == (118, 4, ())
    for one in result.shares:
        expected = np.array([twin(rows, has, one.share, 4, shuffle) for shuffle in range(3)])
        assert np.allclose(np.transpose([one.micro_f1, one.macro_f1]), expected)
        assert (one.micro, one.macro) == pytest.approx(tuple(expected.mean(axis=0)))
    assert result.shares[1].micro > 0.6
    chance = Vectors(vectors.keys, np.random.default_rng(1).normal(size=(120, 6)))
    assert node_classification(chance, graph, shares=(0.5,), shuffles=3).shares[0].micro < result.shares[1].micro - 0.1


@given(st.integers(1, 20), st.integers(1, 5), st.data())
def test_f1_is_scikit_learns(n, n_labels, data):
    wanted, foretold = (data.draw(arrays(bool, (n, n_labels))) for _ in range(2))
    if n_labels == 1:  # scikit-learn takes one column for two classes
        expected = [f1_score(wanted[:, 0], foretold[:, 0], zero_division=0)] * 2
    else:
        expected = f1_by_scikit_learn(wanted, foretold)
    assert f1_scores(wanted, foretold) == pytest.approx(tuple(expected))


def test_the_example_of_the_docstring():
    wanted = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], bool)
    foretold = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], bool)
    assert f1_scores(wanted, foretold) == pytest.approx((4 / 7, 0.4))


def test_the_order_of_nodes_does_not_matter(case):
    vectors, graph, *_ = case
    shuffled = vectors.subset(sorted(vectors.keys))
    options = {"shares": (0.5,), "shuffles": 2}
    assert node_classification(vectors, graph, **options) == node_classification(shuffled, graph, **options)


def test_labels_that_no_node_with_a_vector_has_change_nothing(case):
    vectors, graph, *_ = case
    labels = {key: graph.labels_of(key) for key in graph.keys if graph.labels_of(key)}
    more = Graph.from_edges([], [], nodes=[*graph.keys, "x", "y"]).with_labels(labels | {"x": "A", "y": ["B", "L0"]})
    options = {"shares": (0.5,), "shuffles": 3, "bands": 1}
    plain, wider = (node_classification(vectors, one, **options) for one in (graph, more))
    assert wider.shares[0].macro == plain.shares[0].macro
    assert (wider.unused, wider.labels, wider.unknown) == (("A", "B"), 4, ("x", "y"))


def test_one_class_for_each_node_has_scikit_learns_macro_f1():
    vectors, graph = one_label_each()
    graph = graph.with_labels({key: "rare" if key == "7" else graph.labels_of(key) for key in graph.keys})
    share = node_classification(vectors, graph, shares=(0.5,), shuffles=4, seed=2).shares[0]
    keys = sorted(graph.keys)
    classes = np.array([graph.labels_of(key)[0] for key in keys])
    for shuffle, macro in enumerate(share.macro_f1):
        learnt, others = np.split(np.random.default_rng([2, shuffle]).permutation(len(keys)), [len(keys) // 2])
        model = OneVsRestClassifier(LogisticRegression(solver="liblinear")).fit(vectors[keys][learnt], classes[learnt])
        expected = f1_score(classes[others], model.predict(vectors[keys][others]), average="macro")
        assert macro == pytest.approx(expected)


def test_nodes_without_a_vector_are_named(case):
    vectors, graph, *_ = case
    some = vectors.subset([key for key in vectors.keys if key not in ("3", "44", "119")])
    result = node_classification(some, graph, shares=(0.5,), shuffles=1)
    assert (result.nodes, result.unknown) == (116, ("3", "44"))
    assert result.to_dict()["shares"][0]["micro"] == result.shares[0].micro


def one_label_each(n=150):
    """A graph with hubs; the more neighbours a node has, the better its vector tells its one label."""
    network = networkx.barabasi_albert_graph(n, 2, seed=1)
    random = np.random.default_rng(2)
    own = random.integers(0, 3, n)
    noise = [2.0 if network.degree[node] < 4 else 0.2 for node in range(n)]
    rows = np.eye(3)[own] + random.normal(size=(n, 3)) * np.array(noise)[:, None]
    graph = Graph.from_networkx(network).with_labels({str(node): f"L{own[node]}" for node in range(n)})
    return Vectors([str(node) for node in range(n)], rows.astype(np.float32)), graph


def test_bands_of_degree_make_up_the_whole():
    vectors, graph = one_label_each()
    result = node_classification(vectors, graph, shares=(0.3, 0.6), shuffles=4, seed=7, bands=[4, 8])
    keys = sorted(graph.keys)
    degrees = graph.degrees[graph.vocabulary.ids(keys)]
    assert result.degrees == "degree"
    for one in result.shares:
        low, middle, high = one.by_degree
        assert (low.high, middle.low) == (3, 4)
        assert middle.high < 8 <= high.low
        assert [band.nodes for band in one.by_degree] == np.histogram(degrees, [0, 4, 8, 999])[0].tolist()
        assert low.micro < min(middle.micro, high.micro) - 0.1
        for shuffle in range(4):
            others = np.random.default_rng([7, shuffle]).permutation(len(keys))[int(one.share * len(keys)) :]
            sizes = np.histogram(degrees[others], [0, 4, 8, 999])[0]
            right = [n * band.micro_f1[shuffle] for n, band in zip(sizes, one.by_degree, strict=True)]
            assert sum(right) == pytest.approx(len(others) * one.micro_f1[shuffle])  # with one label each, a share
            for rights in right:
                assert rights == pytest.approx(round(rights))


def test_one_band_is_the_whole():
    vectors, graph = one_label_each()
    one = node_classification(vectors, graph, shares=(0.5,), shuffles=3, bands=1).shares[0]
    assert one.by_degree[0].micro_f1 == one.micro_f1
    assert one.by_degree[0].macro_f1 == one.macro_f1


def test_without_edges_bands_are_of_what_the_vectors_count():
    vectors, graph = one_label_each()
    bare = Graph.from_edges([], [], nodes=graph.keys).with_labels({key: graph.labels_of(key) for key in graph.keys})
    counted = Vectors(graph.keys, vectors[list(graph.keys)], counts=graph.degrees)
    options = {"shares": (0.5,), "shuffles": 2, "bands": [4]}
    by_count, by_degree = (node_classification(counted, one, **options) for one in (bare, graph))
    assert by_count.shares == by_degree.shares
    assert (by_count.degrees, by_degree.degrees) == ("count", "degree")
    neither = node_classification(vectors, bare, **options)
    assert (neither.degrees, neither.shares[0].by_degree) == ("", ())


def test_a_band_of_which_nobody_is_foretold_has_no_figure():
    vectors, graph = one_label_each()
    most = int(graph.degrees.max())
    result = node_classification(vectors, graph, shares=(0.9,), shuffles=3, seed=2, bands=[most])
    bands = result.shares[0].by_degree
    assert bands[1].nodes == 1
    assert {np.isnan(value) for value in bands[1].micro_f1} == {True}
    assert np.isnan(bands[1].micro)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bands": 0}, "bands is 0"),
        ({"shares": (0,)}, "share 0 of 118 nodes; expected some to train on and some to evaluate"),
        ({"shares": (0.001,)}, "share 0.001 of 118 nodes"),
        ({"shares": (1.0,)}, "share 1.0 of 118 nodes"),
        ({"shuffles": 0}, "shuffles is 0; expected a whole number of at least 1"),
    ],
)
def test_bad_options(case, options, message):
    with pytest.raises(BadInput, match=message):
        node_classification(*case[:2], **options)


def test_nothing_to_learn(case):
    vectors, graph, *_ = case
    with pytest.raises(BadInput, match="has no labels; give them with graph.with_labels"):
        node_classification(vectors, Graph.from_edges(["0"], ["1"]))
    with pytest.raises(BadInput, match="0 of 118 labelled nodes have a vector"):
        node_classification(Vectors(["x", "y"], np.eye(2)), graph)
