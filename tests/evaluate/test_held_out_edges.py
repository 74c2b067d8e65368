"""Edges put aside: nothing lost, nothing twice, and what was connected stays so (networkx)."""

from __future__ import annotations

import itertools

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from nearfield import Graph
from nearfield.errors import BadInput
from nearfield.evaluate.held_out_edges import hold_out_edges


def pairs_of(graph, keys=True):
    """The edges as a dictionary of pairs, an undirected one once, to their weights."""
    found = {}
    for key in graph.keys:
        for other, weight in graph.neighbours(key):
            found[(key, other) if graph.directed else tuple(sorted((key, other)))] = weight
    return found


def named(pairs, graph):
    keys = [tuple(graph.keys[i] for i in pair) for pair in pairs]
    return keys if graph.directed else [tuple(sorted(pair)) for pair in keys]


@given(st.integers(0, 1_000), st.booleans(), st.booleans(), st.sampled_from([0.1, 0.3, 0.5]))
def test_held_out_edges_and_the_rest_are_the_graph(seed, directed, weighted, share):
    random = np.random.default_rng(seed)
    ends = random.integers(0, 25, (2, 120))
    graph = Graph.from_edges(
        *ends, random.uniform(0.5, 2, 120) if weighted else None, directed=directed, nodes=range(26)
    )
    cases = hold_out_edges(graph, share=share, seed=seed)
    graph = graph.without_isolated()
    whole, rest = pairs_of(graph), pairs_of(cases.train)
    held, others, known, known_others = (
        named(pairs, cases.train) for pairs in (cases.edges, cases.non_edges, cases.known_edges, cases.known_non_edges)
    )
    assert not set(held) & set(rest)
    assert {*held, *rest} == set(whole)
    assert all(rest[pair] == whole[pair] for pair in rest)
    assert set(cases.train.keys) == set(graph.keys)
    assert len(held) == len(set(held)) == len(others) == round(share * sum(a != b for a, b in whole))
    assert len({*others, *known_others}) == len(others) + len(known_others)
    assert not {*others, *known_others} & set(whole)
    assert all(a != b for a, b in [*others, *known_others, *held])
    assert set(known) <= set(rest)
    assert len(known) == len(known_others)
    graphs = [networkx.Graph(list(pairs)) for pairs in (whole, rest)]
    for one in graphs:
        one.add_nodes_from(graph.keys)
    assert networkx.number_connected_components(graphs[0]) == networkx.number_connected_components(graphs[1])


def test_every_edge_and_every_other_pair_has_its_chance():
    graph = Graph.from_networkx(networkx.circulant_graph(10, [1, 2]))  # all nodes alike
    held, others = {}, {}
    for seed in range(600):
        cases = hold_out_edges(graph, share=0.2, seed=seed)
        for counts, pairs in ((held, cases.edges), (others, cases.non_edges)):
            for pair in named(pairs, cases.train):
                counts[pair] = counts.get(pair, 0) + 1
    assert len(held) == 20
    assert len(others) == 45 - 20
    assert chisquare(list(others.values())).pvalue > 1e-3


@pytest.mark.parametrize("directed", [False, True])
def test_a_graph_with_few_other_pairs_gives_all_of_them(directed):
    pairs = list(itertools.permutations(range(300), 2) if directed else itertools.combinations(range(300), 2))
    left = {pairs[i] for i in np.random.default_rng(0).choice(len(pairs), 2_000, replace=False)}
    graph = Graph.from_edges(*zip(*(pair for pair in pairs if pair not in left), strict=True), directed=directed)
    share = 1_000 / graph.n_edges
    cases = hold_out_edges(graph, share=share)
    found = named(np.concatenate([cases.non_edges, cases.known_non_edges]), cases.train)
    as_named = {tuple(map(str, pair)) if directed else tuple(sorted(map(str, pair))) for pair in left}
    assert len(found) == 2_000
    assert set(found) == as_named


def test_labels_and_features_stay_with_their_nodes():
    graph = Graph.from_networkx(networkx.karate_club_graph())
    graph = graph.with_features(np.arange(34)[:, None]).with_labels({key: f"is {key}" for key in graph.keys})
    train = hold_out_edges(graph, share=0.3).train
    assert all(train.labels_of(key) == [f"is {key}"] for key in graph.keys)
    for key in graph.keys:
        assert train.features[train.vocabulary[key]] == graph.features[graph.vocabulary[key]]


def test_a_seed_repeats():
    graph = Graph.from_networkx(networkx.karate_club_graph())
    one, again, other = (hold_out_edges(graph, seed=seed).edges.tolist() for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_shares_that_cannot_be():
    tree = Graph.from_networkx(networkx.balanced_tree(2, 3))
    for share in (0, 1, -0.5, float("nan")):
        with pytest.raises(BadInput, match="expected a number above 0 and below 1"):
            hold_out_edges(tree, share=share)
    with pytest.raises(BadInput, match="share 0.5 of 14 edges is 7, and 0 can go before the graph falls apart"):
        hold_out_edges(tree, share=0.5)
    with pytest.raises(BadInput, match="pairs without an edge are needed and 0 exist; expected a lower share"):
        hold_out_edges(Graph.from_networkx(networkx.complete_graph(6)), share=0.2)
