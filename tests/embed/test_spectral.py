"""ProNE against dense twins: the matrix that is factorised, its decomposition, and the whole."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import scipy.linalg
from sklearn.base import clone

from nearfield import Graph
from nearfield.embed.propagation import recentred, spectral_filter
from nearfield.embed.spectral import ProNE, proximity_matrix, truncated_svd
from nearfield.errors import BadInput


def random_graph(*, directed, weighted, n=60, m=240, seed=0):
    random = np.random.default_rng(seed)
    weights = random.uniform(0.2, 3, m) if weighted else None
    return Graph.from_edges(*random.integers(0, n, (2, m)), weights, directed=directed, nodes=range(n))


KINDS = pytest.mark.parametrize(("directed", "weighted"), [(False, False), (False, True), (True, False), (True, True)])


@KINDS
def test_the_matrix_is_that_of_the_formula(directed, weighted):
    graph = random_graph(directed=directed, weighted=weighted)
    dense = graph.to_scipy().toarray().astype(float)
    out = dense.sum(axis=1, keepdims=True)
    steps = np.divide(dense, out, out=np.zeros_like(dense), where=out > 0)
    noise = steps.sum(axis=0) ** 0.75
    noise /= noise.sum()
    expected = np.zeros_like(dense)
    for i, j in zip(*np.nonzero(dense), strict=True):
        expected[i, j] = np.log(steps[i, j]) - np.log(noise[j])
    found = proximity_matrix(graph.to_scipy(), 0.75)
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-4)
    assert np.array_equal(graph.to_scipy().toarray(), dense)  # the graph's own numbers stay


def test_the_decomposition_is_the_best_of_its_rank():
    matrix = proximity_matrix(random_graph(directed=True, weighted=True, n=200, m=2_000).to_scipy(), 0.75)
    left, values = truncated_svd(matrix, 20, 8, seed=3)
    exact_left, exact_values, _ = np.linalg.svd(matrix.toarray().astype(float))
    np.testing.assert_allclose(values, exact_values[:20], rtol=2e-2)
    np.testing.assert_allclose(left.T @ left, np.eye(20), atol=1e-4)
    kept = np.linalg.norm(left.T @ matrix.toarray()) / np.linalg.norm(exact_values[:20])
    assert 0.98 < kept <= 1.0001
    assert abs(left[:, 0] @ exact_left[:, 0]) > 0.99


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


@KINDS
@pytest.mark.parametrize("propagate", [False, True])
def test_the_whole_is_its_steps_one_after_the_other(directed, weighted, propagate):
    graph = random_graph(directed=directed, weighted=weighted, n=40, m=300)
    dense = graph.to_scipy().toarray().astype(float)
    matrix = proximity_matrix(graph.to_scipy(), 0.5).toarray().astype(float)
    left, values, _ = np.linalg.svd(matrix)
    expected = unit((left * np.sqrt(values))[:, :10])
    if propagate:
        with_loops = dense + np.eye(40)
        shifted = 0.7 * np.eye(40) - with_loops / with_loops.sum(axis=1, keepdims=True)
        kernel = scipy.linalg.expm(-0.8 * (shifted @ shifted / 2 - np.eye(40)))
        left, values, _ = np.linalg.svd(with_loops @ (expected - kernel @ expected), full_matrices=False)
        expected = unit(left * np.sqrt(values))
    model = ProNE(
        vector_size=10, propagate=propagate, order=14, mu=0.3, theta=0.8, ns_exponent=0.5, power_iterations=60,
        verbose=False,
    )  # fmt: skip
    found = model.fit(graph).vectors_.input
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=5e-3)  # axes may be turned about


@pytest.mark.parametrize("propagate", [False, True])
def test_nodes_of_one_clique_end_up_near_each_other(propagate):
    pairs = [(f"{side}{i}", f"{side}{j}") for side in "ab" for i, j in combinations(range(12), 2)]
    graph = Graph.from_edges(*zip(*pairs, ("a0", "b0"), strict=True), nodes=["alone"])
    vectors = ProNE(vector_size=8, propagate=propagate, verbose=False).fit(graph).vectors_
    assert "alone" not in vectors
    same = np.array([[a[0] == b[0] for a in vectors.keys] for b in vectors.keys])
    cosines = vectors.input @ vectors.input.T
    assert cosines[same].mean() > cosines[~same].mean() + 0.2
    assert np.diag(cosines) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("span", [1e-38, 1e-30, 1e-20, 1e-9, 1e9, 1e20, 1e38])
@pytest.mark.parametrize("propagate", [False, True])
def test_extreme_weights_are_resolved_or_refused(span, propagate):
    random = np.random.default_rng(1)
    weights = np.exp(random.uniform(*sorted([0, np.log(span)]), 400)).astype(np.float32)
    graph = Graph.from_edges(*random.integers(0, 60, (2, 400)), weights)
    model = ProNE(vector_size=8, propagate=propagate, verbose=False)
    if propagate and span >= 1e38:
        message = r"times those at another; spectral propagation resolves 1e\+12: take the logarithm"
        with pytest.raises(BadInput, match=message):
            model.fit(graph)
        return
    assert np.linalg.norm(model.fit(graph).vectors_.input, axis=1) == pytest.approx(1, abs=1e-5)


def test_light_nodes_are_not_lost_beside_heavy_ones():
    random = np.random.default_rng(1)
    weights = np.exp(random.uniform(0, np.log(1e10), 400)).astype(np.float32)
    matrix = Graph.from_edges(*random.integers(0, 60, (2, 400)), weights).to_scipy()
    rows = random.normal(size=(60, 8))
    exact = recentred(spectral_filter(matrix.astype(np.float64), rows, 20, 0.0, 8.0))
    result = recentred(spectral_filter(matrix, rows.astype(np.float32), 20, 0.0, 8.0))
    assert abs(np.einsum("ij,ij->i", exact, result)) == pytest.approx(1, abs=1e-2)


def test_a_seed_repeats_and_the_graph_is_all_that_is_needed():
    graph = random_graph(directed=False, weighted=True)
    one, again = (ProNE(vector_size=8, seed=5, verbose=False).fit(graph).vectors_ for _ in range(2))
    assert one.input.tobytes() == again.input.tobytes()
    assert one.keys == graph.keys
    assert one.metadata["trained"]["estimator"] == "ProNE"
    assert clone(ProNE(mu=0.1)).mu == 0.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vector_size": 0}, "vector_size is 0; expected a whole number of at least 1"),
        ({"vector_size": 61}, "vector_size is 61 and the graph has 60 nodes"),
        ({"order": 1}, "order is 1; expected a whole number of at least 2"),
        ({"power_iterations": -1}, "power_iterations is -1"),
        ({"mu": float("nan")}, "mu is nan; expected a number of -1,000 to 1,000"),
    ],
)
def test_parameters_out_of_range(changes, message):
    with pytest.raises(BadInput, match=message):
        ProNE(**({"vector_size": 8, "verbose": False} | changes)).fit(random_graph(directed=False, weighted=False))


def test_what_nothing_can_be_learnt_from():
    with pytest.raises(BadInput, match="2 nodes and no edge that joins two"):
        ProNE(vector_size=2, verbose=False).fit(Graph.from_edges([], [], nodes=["a", "b"]))
    with pytest.raises(BadInput, match="fit was given a dict; expected a Graph"):
        ProNE().fit({})
