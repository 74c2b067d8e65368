"""Spectral propagation against dense twins: the filter as a matrix exponential, and the whole by its keys."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import scipy.linalg

from nearfield import Graph, ProNE, Vectors, spectral_propagation
from nearfield.embed.propagation import recentred, spectral_filter
from nearfield.errors import BadInput


def random_graph(*, directed=False, weighted=False, n=60, m=240):
    random = np.random.default_rng(0)
    weights = random.uniform(0.2, 3, m) if weighted else None
    return Graph.from_edges(*random.integers(0, n, (2, m)), weights, directed=directed, nodes=range(n))


def random_rows(n, dim):
    return np.random.default_rng(1).normal(0, 1, (n, dim)).astype(np.float32)


def dense_filter(adjacency, rows, mu, theta):
    """(I + A)(R - e^{-θX} R) with an exact exponential."""
    identity = np.eye(len(adjacency))
    with_loops = adjacency.astype(float) + identity
    shifted = (1 - mu) * identity - with_loops / with_loops.sum(axis=1, keepdims=True)
    kernel = scipy.linalg.expm(-theta * (shifted @ shifted / 2 - identity))
    return with_loops @ (rows - kernel @ rows)


KINDS = pytest.mark.parametrize(("directed", "weighted"), [(False, False), (False, True), (True, False), (True, True)])
SETTINGS = pytest.mark.parametrize(("mu", "theta"), [(0.2, 0.5), (0.0, 1.0), (1.0, 0.3)])


@KINDS
def test_the_terms_of_the_default_are_enough_for_its_sharpness(directed, weighted):
    graph = random_graph(directed=directed, weighted=weighted)
    rows = random_rows(len(graph), 5)
    expected = dense_filter(graph.to_scipy().toarray(), rows, 0.0, 8.0)
    found = spectral_filter(graph.to_scipy(), rows, 20, 0.0, 8.0)
    assert np.linalg.norm(found - expected) < 1e-4 * np.linalg.norm(expected)


@KINDS
@SETTINGS
def test_the_filter_is_the_exponential_of_the_laplacian(directed, weighted, mu, theta):
    graph = random_graph(directed=directed, weighted=weighted)
    rows = random_rows(len(graph), 5)
    found = spectral_filter(graph.to_scipy(), rows, 12, mu, theta)
    np.testing.assert_allclose(found, dense_filter(graph.to_scipy().toarray(), rows, mu, theta), atol=2e-3)


def test_rows_are_turned_to_their_own_axes():
    rows = np.random.default_rng(4).normal(0, 1, (50, 6)).astype(np.float32)
    left, values, _ = np.linalg.svd(rows.astype(float), full_matrices=False)
    expected = left * np.sqrt(values)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = recentred(rows)
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found * signs, expected, atol=1e-4)


@KINDS
@SETTINGS
def test_vectors_of_other_methods_by_key(directed, weighted, mu, theta):
    graph = random_graph(directed=directed, weighted=weighted)
    order = np.random.default_rng(2).permutation(len(graph))  # vectors are sorted in their own way
    rows = random_rows(len(graph), 6)
    keys = [graph.keys[i] for i in order.tolist()]
    vectors = Vectors(keys, rows, rows, counts=order + 1, metadata={"trained": {"estimator": "Other"}})
    found = spectral_propagation(vectors, graph, order=14, mu=mu, theta=theta)
    by_node = np.empty_like(rows)
    by_node[order] = rows
    left, values, _ = np.linalg.svd(dense_filter(graph.to_scipy().toarray(), by_node, mu, theta), full_matrices=False)
    expected = left * np.sqrt(values)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    expected[graph.degrees == 0] = 0
    np.testing.assert_allclose(found.input @ found.input.T, (expected @ expected.T)[np.ix_(order, order)], atol=5e-3)
    assert (found.keys, found.output, found.counts.tolist()) == (tuple(keys), None, (order + 1).tolist())
    wanted = {"order": 14, "mu": mu, "theta": theta}
    assert found.metadata == {"trained": {"estimator": "Other"}, "propagated": wanted}
    assert np.array_equal(vectors.input, rows)


def test_it_is_the_second_half_of_prone():
    graph = random_graph()
    half = ProNE(vector_size=8, propagate=False, verbose=False).fit(graph).vectors_
    whole = ProNE(vector_size=8, verbose=False).fit(graph).vectors_
    np.testing.assert_allclose(spectral_propagation(half, graph).input, whole.input, atol=1e-6)


def test_noise_gives_way_to_neighbours():
    pairs = [(f"{side}{i}", f"{side}{j}") for side in "ab" for i, j in combinations(range(12), 2)]
    graph = Graph.from_edges(*zip(*pairs, ("a0", "b0"), strict=True), nodes=["alone"])
    vectors = Vectors(graph.keys, random_rows(len(graph), 8))
    found = spectral_propagation(vectors, graph)
    assert not found["alone"].any()
    sides = np.array([key[0] for key in graph.keys[:-1]])
    same = sides[:, None] == sides
    before, after = (one.normalized().input[:-1] @ one.normalized().input[:-1].T for one in (vectors, found))
    assert after[same].mean() > before[same].mean() + 0.3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"order": 1}, "order is 1; expected a whole number of at least 2"),
        ({"order": 2.5}, "order is 2.5; expected a whole number of at least 2"),
        ({"mu": float("nan")}, "mu is nan; expected a number of -1,000 to 1,000"),
        ({"theta": float("inf")}, "theta is inf; expected a number of -80 to 80"),
    ],
)
def test_parameters_out_of_range(changes, message):
    graph = random_graph()
    with pytest.raises(BadInput, match=message):
        spectral_propagation(Vectors(graph.keys, random_rows(60, 4)), graph, **changes)


@pytest.mark.parametrize(
    ("keys", "dim", "message"),
    [
        (["a", "b", "c", "d"], 2, r"the vectors' 'd' is no node of the graph; give vectors.subset\(graph.keys\)"),
        (["a", "c"], 2, "node 'b' has no vector; expected one for each of the 3 nodes with edges"),
        (["a", "b", "c"], 4, "the vectors have 4 dimensions and the graph has 3 nodes"),
    ],
)
def test_vectors_that_are_not_the_graphs(keys, dim, message):
    with pytest.raises(BadInput, match=message):
        spectral_propagation(Vectors(keys, random_rows(len(keys), dim)), Graph.from_edges(["a", "b"], ["b", "c"]))


def test_what_is_no_graph():
    with pytest.raises(BadInput, match="graph is a dict; expected a Graph"):
        spectral_propagation(Vectors(["a"], random_rows(1, 1)), {})
