"""Walks: every transition against its probability, lengths, ends, and the same for any number of workers."""

from itertools import pairwise

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from nearfield import Graph, random_walks
from nearfield.errors import BadInput

from .transitions import p_value, second_order, steps


def small_graph(*, directed=False, weighted=False):
    """Karate's club with an isolated node; weights 0.1 to 3, or edges that go to the higher number and some back."""
    random = np.random.default_rng(3)
    edges = [(a, b) for a, b in networkx.karate_club_graph().edges]
    if directed:
        edges = [(a, b) for a, b in edges if random.random() < 0.8] + [
            (b, a) for a, b in edges if random.random() < 0.6
        ]
    weights = random.choice([0.1, 0.5, 1, 3], len(edges)) if weighted else None
    return Graph.from_edges(*zip(*edges, strict=True), weights, directed=directed, nodes=[99])


KINDS = {
    "plain": {},
    "directed": {"directed": True},
    "weighted": {"weighted": True},
    "directed and weighted": {"directed": True, "weighted": True},
}
BIASES = [(1, 1), (0.25, 4), (4, 0.25), (0.1, 0.5), (3, 3), (1, 8), (0.001, 1)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("p", "q"), BIASES)
@pytest.mark.parametrize("extended", [False, True])
def test_every_step_has_its_probability(kind, p, q, extended):
    graph = small_graph(**KINDS[kind])
    walks = random_walks(graph, num_walks=250, walk_length=40, p=p, q=q, extended=extended, seed=5)
    assert p_value(steps(walks), lambda t, v: second_order(graph, t, v, p, q, extended=extended)) > 1e-3


def test_gamma_moves_the_threshold():
    graph = small_graph(weighted=True)
    found = steps(random_walks(graph, num_walks=250, walk_length=40, q=0.25, extended=True, gamma=1.0))
    assert p_value(found, lambda t, v: second_order(graph, t, v, 1, 0.25, extended=True, gamma=1.0)) > 1e-3
    assert p_value(found, lambda t, v: second_order(graph, t, v, 1, 0.25, extended=True)) < 1e-9


def test_the_chi_square_test_sees_a_wrong_bias():
    graph = small_graph(weighted=True)
    found = steps(random_walks(graph, num_walks=250, walk_length=40, p=2, q=0.5))
    for p, q in [(2, 0.6), (2.2, 0.5)]:
        assert p_value(found, lambda t, v, p=p, q=q: second_order(graph, t, v, p, q)) < 1e-9
    assert p_value(found, lambda t, v: second_order(graph, t, v, 2, 0.5, extended=True)) < 1e-9


@pytest.mark.parametrize("p", [1e-9, 1e9])
@pytest.mark.parametrize("q", [1e-9, 1e9])
def test_the_most_extreme_biases_end_and_are_exact(p, q):
    star = Graph.from_edges(["hub"] * 60 + ["0"], [str(i) for i in range(60)] + ["1"])
    found = steps(random_walks(star, num_walks=60, walk_length=30, p=p, q=q))
    spokes = [str(i) for i in range(2, 60)]
    chances = np.array([second_order(star, spoke, "hub", p, q)[spoke] for spoke in spokes])
    totals = np.array([sum(found[spoke, "hub", to] for to in ["0", "1", *spokes]) for spoke in spokes])
    returns = sum(found[spoke, "hub", spoke] for spoke in spokes)
    spread = np.sqrt(totals @ (chances * (1 - chances)))
    assert totals.min() > 0
    assert abs(returns - totals @ chances) <= 4 * spread + 1e-3
    assert all(found["hub", spoke, "hub"] > 0 for spoke in spokes)  # the only way is taken, whatever p says


def test_weights_over_nine_orders_of_magnitude():
    weights = np.array([1e-3, 1, 1e3, 1e6])
    graph = Graph.from_edges(["a"] * 4, ["b", "c", "d", "e"], weights, directed=True)
    walks = random_walks(graph, num_walks=100_000, walk_length=2)
    starts = walks.offsets[:-1][np.diff(walks.offsets) == 2]
    counts = np.bincount(walks.tokens[starts + 1], minlength=5)[walks.vocabulary.ids("bcde")]
    expected = weights / weights.sum() * 100_000
    assert counts.sum() == 100_000
    assert chisquare([counts[:3].sum(), counts[3]], [expected[:3].sum(), expected[3]]).pvalue > 1e-3
    assert counts[0] == 0


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30),
    st.booleans(), st.booleans(), st.integers(1, 12), st.integers(1, 3), st.sampled_from([0.3, 1, 3]),
    st.sampled_from([0.3, 1, 3]), st.booleans(),
)  # fmt: skip
def test_walks_follow_edges_for_as_long_as_they_can(edges, directed, weighted, length, num_walks, p, q, extended):
    sources, targets = zip(*edges, strict=True)
    weights = [1 + i % 3 for i in range(len(edges))] if weighted else None
    graph = Graph.from_edges(sources, targets, weights, directed=directed, nodes=range(10))
    walks = random_walks(graph, num_walks=num_walks, walk_length=length, p=p, q=q, extended=extended)
    keys = [walks.keys(i) for i in range(len(walks))]
    for one in range(0, len(keys), 10):
        assert {walk[0] for walk in keys[one : one + 10]} == set(graph.keys)
    for walk in keys:
        assert all(to in dict(graph.neighbours(node)) for node, to in pairwise(walk))
        assert len(walk) == length or (len(walk) < length and not graph.neighbours(walk[-1]))
    visits = [key for walk in keys for key in walk]
    assert dict(zip(walks.vocabulary, walks.vocabulary.counts.tolist(), strict=True)) == {
        key: visits.count(key) for key in graph.keys
    }


def test_walks_are_the_same_for_any_number_of_workers(monkeypatch):
    monkeypatch.setattr("nearfield.walks.corpus.BLOCK_TOKENS", 1_000)  # many blocks
    graph = small_graph(weighted=True)
    made = [random_walks(graph, num_walks=20, p=0.5, q=2, seed=8, workers=workers) for workers in (1, 2, 3)]
    for other in made[1:]:
        assert np.array_equal(made[0].tokens, other.tokens)
        assert made[0].vocabulary == other.vocabulary
    another = random_walks(graph, num_walks=20, p=0.5, q=2, seed=9)
    assert not np.array_equal(made[0].tokens, another.tokens)


def test_a_saved_graph_walks_as_it_did(tmp_path):
    graph = small_graph(weighted=True)
    graph.save(tmp_path / "g")
    made = [random_walks(one, num_walks=2, p=0.5, q=2) for one in (graph, Graph.load(tmp_path / "g"))]
    assert np.array_equal(made[0].tokens, made[1].tokens)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_walks": 0}, "num_walks is 0; expected a whole number of at least 1"),
        ({"walk_length": 2.5}, "walk_length is 2.5"),
        ({"p": 0}, "p is 0; expected a number of 1e-09"),
        ({"q": -1}, "q is -1"),
        ({"q": float("nan")}, "q is nan"),
        ({"gamma": float("inf")}, "gamma is inf"),
        ({"workers": 0}, "workers is 0; expected a whole number of at least 1, or None"),
    ],
)
def test_parameters_out_of_range(changes, message):
    with pytest.raises(BadInput, match=message):
        random_walks(small_graph(), **changes)
