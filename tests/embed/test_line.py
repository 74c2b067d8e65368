"""LINE as a user meets it: what ends up near, what repeats, directed and weighted graphs, and bad input."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from itertools import combinations

import numpy as np
import pytest
from sklearn.base import clone

from nearfield import Graph
from nearfield.embed.edges import edge_list
from nearfield.embed.line import Line
from nearfield.errors import BadInput, NotFitted


def two_cliques(size=12):
    """Two cliques that one edge joins."""
    pairs = [(f"{side}{i}", f"{side}{j}") for side in "ab" for i, j in combinations(range(size), 2)]
    return Graph.from_edges(*zip(*pairs, ("a0", "b0"), strict=True))


def fitted(graph, **changes):
    settings = {"vector_size": 16, "samples": 100_000, "workers": 1, "verbose": False}
    return Line(**(settings | changes)).fit(graph)


@pytest.mark.parametrize("order", ["first", "second", "both"])
@pytest.mark.parametrize("workers", [1, 2])
def test_nodes_of_one_clique_end_up_near_each_other(order, workers):
    vectors = fitted(two_cliques(), order=order, workers=workers).vectors_
    same = np.array([[a[0] == b[0] for a in vectors.keys] for b in vectors.keys])
    unit = vectors.input / np.linalg.norm(vectors.input, axis=1, keepdims=True)
    cosines = unit @ unit.T
    assert cosines[same].mean() > cosines[~same].mean() + 0.5
    assert vectors.input.shape == (24, 16)
    assert (vectors.output is not None) == (order == "second")


def test_both_orders_are_the_two_side_by_side_at_length_1():
    graph = two_cliques()
    both = fitted(graph, order="both").vectors_.input
    for order, part in (("first", both[:, :8]), ("second", both[:, 8:])):
        alone = fitted(graph, order=order, vector_size=8).vectors_.input
        np.testing.assert_allclose(part, alone / np.linalg.norm(alone, axis=1, keepdims=True), rtol=1e-6)


def test_one_worker_and_one_seed_repeat_bit_for_bit():
    graph = two_cliques()
    one, again, other = (fitted(graph, seed=seed).vectors_.input.tobytes() for seed in (3, 3, 4))
    assert one == again
    assert one != other


def test_second_order_learns_the_conditional_probabilities():
    # at the optimum of equation 7 u_i·v_j is the logarithm of p(j | i) / (k · noise(j))
    weights = [3.0, 1.0, 2.0, 2.0]
    graph = Graph.from_edges(["a", "a", "b", "b"], ["c", "d", "c", "d"], weights, directed=True)
    vectors = fitted(graph, order="second", samples=3_000_000, alpha=0.05).vectors_
    scores = {pair: float(vectors[pair[0]] @ vectors.output[vectors.vocabulary[pair[1]]]) for pair in ("ac", "ad")}
    # noise is drawn among all nodes but the end itself: so the odds of c and d are against noise without themselves
    strengths = np.array([4.0, 4.0, 4.0, 4.0]) ** 0.75
    share = strengths[0] / strengths[1:].sum()

    def optimum(p, q):
        return np.log(p / (5 * q * share))

    assert scores["ac"] == pytest.approx(optimum(0.75, 0.25), abs=0.1)
    assert scores["ad"] == pytest.approx(optimum(0.25, 0.75), abs=0.1)


def test_directions_matter_to_the_second_order_only_where_edges_have_them():
    graph = Graph.from_edges(["a", "b", "c"], ["hub"] * 3, directed=True)
    vectors = fitted(graph, order="second").vectors_
    assert not vectors["hub"].any()  # nothing goes out of it
    assert vectors.similar("a", k=1)[0][1] > 0.99
    assert fitted(graph, order="first").vectors_["hub"].any()


def test_isolated_nodes_are_left_out(capsys):
    graph = Graph.from_edges(["a", "b"], ["b", "c"], nodes=["alone"])
    assert set(fitted(graph, verbose=True).vectors_.keys) == {*"abc"}
    assert "left out 1 isolated nodes, such as 'alone': they get no vector" in capsys.readouterr().err


@pytest.mark.parametrize("n", [3, 8])
def test_rows_that_shrink_to_nothing_are_refused_or_zero(n):
    """In a complete graph what is drawn as noise is a neighbour: the first order pushes all rows to zero."""
    clique = Graph.from_edges(*zip(*combinations(range(n), 2), strict=True))
    with pytest.raises(BadInput, match=f"order 'first' gave {n} of {n} nodes no direction: nodes drawn as noise"):
        fitted(clique, order="first", samples=3_000_000)
    with pytest.warns(UserWarning, match="order 'first' gave"):
        vectors = fitted(clique, samples=3_000_000).vectors_
    assert np.linalg.norm(vectors.input, axis=1) == pytest.approx(1, abs=1e-5)  # the second order's half
    assert len(vectors.similar("0", k=2)) == 2


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_second_order_neighbours_are_those_of_the_formula(directed, weighted):
    random = np.random.default_rng(2)
    ends = random.integers(0, 30, (2, 60))
    graph = Graph.from_edges(*ends, random.uniform(0.5, 2, 60) if weighted else None, directed=directed)
    dense = graph.to_scipy().toarray().astype(float)
    totals = dense.sum(axis=1)
    wanted = 6
    found = edge_list(graph, min_degree=wanted)
    rows = {i: {} for i in range(len(graph))}
    for i, j, weight in zip(*found, strict=True):
        assert j not in rows[i]
        rows[i][int(j)] = weight
    n_added = 0
    for i in range(len(graph)):
        expected = {j: dense[i, j] for j in np.flatnonzero(dense[i])}
        second = {
            j: sum(dense[i, k] * dense[k, j] / totals[k] for k in np.flatnonzero(dense[i]) if totals[k])
            for j in range(len(graph)) if j != i and not dense[i, j]
        }  # fmt: skip
        n_more = max(0, wanted - len(expected))
        heaviest = sorted((weight for weight in second.values() if weight > 0), reverse=True)[:n_more]
        more = {j: weight for j, weight in rows[i].items() if j not in expected}
        assert {j: rows[i][j] for j in expected} == pytest.approx(expected)
        assert sorted(more.values(), reverse=True) == pytest.approx(heaviest, rel=1e-5)
        assert more == pytest.approx({j: second[j] for j in more}, rel=1e-5)
        n_added += len(more)
    assert n_added > 0


def test_edges_of_a_graph_that_needs_none_are_its_entries():
    graph = two_cliques()
    edges = edge_list(graph, min_degree=5)
    assert edges.weights is None
    pairs = set(zip(edges.sources.tolist(), edges.targets.tolist(), strict=True))
    assert len(pairs) == len(edges.sources) == 2 * graph.n_edges
    assert edges.strengths(len(graph)).tolist() == graph.degrees.tolist()


def test_reinforcement_helps_a_node_with_one_edge():
    graph = two_cliques()
    ends = [(key, other) for key in graph.keys for other, _ in graph.neighbours(key)]
    graph = Graph.from_edges(*zip(*ends, ("new", "a1"), strict=True))
    plain, reinforced = (fitted(graph, order="second", min_degree=n).vectors_ for n in (0, 8))
    assert plain.input.tobytes() != reinforced.input.tobytes()
    assert {key[0] for key, _ in reinforced.similar("new", k=5)} == {"a"}


def test_ctrl_c_keeps_what_has_been_learnt():
    script = textwrap.dedent("""
        import os, signal, threading
        import numpy as np
        from nearfield import Graph, Line
        graph = Graph.from_edges(["a", "b", "c"], ["b", "c", "d"])
        Line(vector_size=8, samples=10, verbose=False).fit(graph)  # whatever has to be compiled is
        model = Line(vector_size=8, samples=10**10, workers=2, verbose=False)
        threading.Timer(2.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            model.fit(graph)
        except KeyboardInterrupt:
            first, second = np.hsplit(model.vectors_.input, 2)
            assert np.isfinite(first).all() and first.any() and not second.any()
            assert list(model.losses_) == ["first"]
            assert model.vectors_.metadata["trained"]["finished"] is False
            print("stopped cleanly")
    """)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert (run.stdout, run.stderr) == ("stopped cleanly\n", "")


def test_the_estimator_is_one_of_scikit_learns_kind():
    model = Line(order="first", vector_size=4)
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(NotFitted, match="call fit first"):
        _ = model.vectors_
    trained = fitted(two_cliques(), samples=1_000).vectors_.metadata["trained"]
    assert trained["estimator"] == "Line"
    assert trained["samples"] == 1_000
    assert trained["finished"] is True


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"order": "third"}, "order is 'third'; expected one of both, first, second"),
        ({"vector_size": 7}, "vector_size is 7 for both orders; expected an even number"),
        ({"vector_size": 0}, "vector_size is 0; expected a whole number of at least 1"),
        ({"samples": 0}, "samples is 0"),
        ({"samples": 1e6}, "samples is 1000000.0; expected a whole number"),
        ({"negative": 0}, "negative is 0"),
        ({"min_degree": -1}, "min_degree is -1"),
        ({"ns_exponent": float("nan")}, "ns_exponent is nan"),
        ({"alpha": 0}, "alpha is 0; expected a number above 0"),
        ({"workers": 0}, "workers is 0"),
    ],
)
def test_parameters_out_of_range(changes, message):
    with pytest.raises(BadInput, match=message):
        fitted(two_cliques(), **changes)


def test_what_nothing_can_be_learnt_from():
    with pytest.raises(BadInput, match="3 nodes and no edge that joins two"):
        fitted(Graph.from_edges([], [], nodes=["a", "b", "c"]))
    with pytest.raises(BadInput, match="fit was given a list; expected a Graph"):
        fitted([("a", "b")])
