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
    return [f1_score(has[others], foretold, average=average, zero_division=0) for average in ("micro", "macro")]


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
    expected = [f1_score(wanted, foretold, average=kind, zero_division=0) for kind in ("micro", "macro")]
    if n_labels == 1:  # scikit-learn takes one column for two classes
        expected = [f1_score(wanted[:, 0], foretold[:, 0], zero_division=0)] * 2
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


def test_nodes_without_a_vector_are_named(case):
    vectors, graph, *_ = case
    some = vectors.subset([key for key in vectors.keys if key not in ("3", "44", "119")])
    result = node_classification(some, graph, shares=(0.5,), shuffles=1)
    assert (result.nodes, result.unknown) == (116, ("3", "44"))
    assert result.to_dict()["shares"][0]["micro"] == result.shares[0].micro


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shares": (0,)}, "share 0 of 118 nodes; expected nodes to learn from and nodes to foretell"),
        ({"shares": (0.001,)}, "share 0.001 of 118 nodes"),
        ({"shares": (1.0,)}, "share 1.0 of 118 nodes"),
        ({"shuffles": 0}, "shuffles is 0; expected at least 1"),
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
