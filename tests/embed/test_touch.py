"""Touches: what has changed by a slow twin, what stays bit for bit, what is learnt, and what is refused."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield import DeepWalk, Graph, Node2Vec, Vectors
from nearfield.embed.touch import first_rows, transition_changes, visits
from nearfield.errors import BadInput, NotFitted
from nearfield.walks.walker import Walker

SETTINGS = {"vector_size": 12, "num_walks": 5, "walk_length": 8, "window": 3, "workers": 1, "verbose": False}
EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([0.1, 1, 2.5])), min_size=1)


def graph_of(edges, *, weighted=True, **options):
    sources, targets, weights = zip(*edges, strict=True)
    return Graph.from_edges(sources, targets, weights if weighted else None, **options)


def random_vectors(graph, *, counts=True):
    random = np.random.default_rng(7)
    tables = random.normal(size=(2, len(graph), 12)).astype(np.float32)
    return Vectors(graph.keys, *tables, counts=graph.degrees if counts else None)


def transitions(graph, key):
    if key not in graph.vocabulary:
        return {}
    ways = graph.neighbours(key)
    return {to: weight / sum(one for _, one in ways) for to, weight in ways}


# ---- what has changed ----------------------------------------------------------------------------------------------


@given(EDGES, EDGES, st.booleans(), st.booleans())
def test_changes_are_the_distance_between_transitions(earlier, later, directed, weighted):
    before, after = (graph_of(edges, weighted=weighted, directed=directed) for edges in (earlier, later))
    for key, found in zip(after.keys, transition_changes(before, after), strict=True):
        old, new = transitions(before, key), transitions(after, key)
        distance = sum(abs(new.get(to, 0) - old.get(to, 0)) for to in {*old, *new}) / 2
        wanted = distance if old and new else float(bool(old) != bool(new))
        assert found == pytest.approx(wanted, abs=2e-6)


def test_visits_follow_what_edges_weigh():
    before = graph_of([(0, 1, 1), (1, 2, 1), (3, 3, 2)])
    after = graph_of([(0, 1, 1), (1, 2, 3), (2, 4, 2)])
    vectors = Vectors(["1", "2", "0", "3"], np.eye(4, dtype=np.float32), np.eye(4, dtype=np.float32), [40, 20, 10, 9])
    found = dict(zip(after.keys, visits(before, after, vectors).tolist(), strict=True))
    # 79 visits for weights of 6, of which those of the node that is gone are not known any more
    assert found == {"1": 40 * 4 / 2, "2": 20 * 5 / 1, "0": 10, "4": round(2 * 70 / 4)}


@given(EDGES, EDGES, st.booleans())
def test_new_nodes_start_from_their_neighbours_mean(earlier, later, directed):
    before, after = (graph_of(edges, directed=directed) for edges in (earlier, later))
    vectors = random_vectors(before)
    found = first_rows(before, after, vectors, 1)
    for i, key in enumerate(after.keys):
        kin = {}
        for other in after.keys:
            for one, to in ((key, other), (other, key)) if directed else ((key, other),):
                if other in vectors and (weight := dict(after.neighbours(one)).get(to)):
                    kin[other] = kin.get(other, 0) + weight
        for rows, table in zip(found, (vectors.input, vectors.output), strict=True):
            if key in vectors:
                assert np.array_equal(rows[i], table[vectors.vocabulary[key]])
            elif kin:
                mean = np.average(table[vectors.vocabulary.ids(kin)], axis=0, weights=[*kin.values()])
                assert rows[i] == pytest.approx(mean, abs=1e-5)
            else:
                assert np.abs(rows[i]).max() <= 0.5 / 12
        assert found[0][i].any()


@pytest.mark.parametrize("bias", [{}, {"p": 0.25, "q": 4}])
def test_walks_from_given_nodes_are_those_of_a_fit(bias):
    walker = Walker(Graph.from_networkx(networkx.karate_club_graph()), length=9, **bias)
    nodes, offsets = walker.walk(20, 100)
    again, bounds = walker.walk_from(nodes[offsets[:-1]], 20)
    assert np.array_equal(nodes, again)
    assert np.array_equal(offsets, bounds)


# ---- what stays ----------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(EDGES, st.booleans(), st.booleans())
def test_where_nothing_has_changed_nothing_changes(edges, directed, counts):
    graph = graph_of(edges, directed=directed)
    again = graph_of(edges[::-1], directed=directed)  # nodes of the same degree in another order
    vectors = random_vectors(graph, counts=counts)
    found = DeepWalk(**SETTINGS).refresh(graph, again, vectors).vectors_
    assert found.metadata == vectors.metadata
    assert sorted(found.keys) == sorted(vectors.keys)
    assert np.array_equal(found[list(vectors.keys)], vectors.input)
    if counts:
        assert found.keys == vectors.keys
        assert np.array_equal(found.counts, vectors.counts)
        assert np.array_equal(found.output, vectors.output)


@settings(max_examples=40)
@given(EDGES, EDGES, st.booleans(), st.sampled_from([1, 3]))
def test_what_no_walk_can_come_by_stays_bit_for_bit(earlier, later, directed, workers):
    kept = [(100, 101, 1.0), (101, 102, 1.0)]  # another part of the graph
    before, after = (graph_of(edges + kept, directed=directed) for edges in (earlier, later))
    vectors = random_vectors(before)
    found = DeepWalk(**SETTINGS | {"workers": workers}).refresh(before, after, vectors).vectors_
    assert sorted(found.keys) == sorted(after.keys)
    assert np.isfinite(found.input).all()
    ways = networkx.from_scipy_sparse_array(after.to_scipy(), create_using=networkx.DiGraph)
    touched = np.flatnonzero(transition_changes(before, after)).tolist()
    reach = {to for start in touched for to in {start, *networkx.descendants(ways, start)}}
    far = [key for i, key in enumerate(after.keys) if i not in reach and after.degrees[i] > 0 and key in vectors]
    assert {"100", "101", "102"} <= set(far)
    then, now = vectors.vocabulary.ids(far), found.vocabulary.ids(far)
    assert np.array_equal(vectors.input[then], found.input[now])
    assert np.array_equal(vectors.output[then], found.output[now])


def test_a_touch_repeats():
    karate = Graph.from_networkx(networkx.karate_club_graph())
    after = Graph.from_networkx(networkx.Graph([*networkx.karate_club_graph().edges, (0, 33), (40, 0)]))
    vectors = random_vectors(karate)
    first, second = (Node2Vec(q=0.5, **SETTINGS).refresh(karate, after, vectors).vectors_ for _ in range(2))
    assert first.keys == second.keys
    assert np.array_equal(first.input, second.input)
    assert not np.array_equal(first[list(karate.keys)], vectors[list(karate.keys)])


# ---- what is learnt ------------------------------------------------------------------------------------------------


def cliques(*others):
    return [(a, b) for start in (0, 20) for a in range(start, start + 12) for b in range(start, a)] + [*others]


def nearness(vectors, key, others):
    return np.mean([vectors.similarity(key, str(other)) for other in others])


@pytest.mark.parametrize("directed", [False, True])
def test_a_node_that_moves_is_found_among_its_new_neighbours(directed):
    moving = [(50, a) for a in range(6)], [(50, a) for a in range(20, 26)]
    both = (lambda edges: [*edges, *((b, a) for a, b in edges)]) if directed else list
    before, after = (
        Graph.from_edges(*zip(*both(cliques((0, 20), *one)), strict=True), directed=directed) for one in moving
    )
    model = DeepWalk(**SETTINGS | {"num_walks": 200, "alpha": 0.05}).fit(before)
    old = model.vectors_
    assert nearness(old, "50", range(6)) > nearness(old, "50", range(20, 26)) + 0.3
    new = model.refresh(before, after, alpha=0.05).vectors_
    assert nearness(new, "50", range(20, 26)) > nearness(new, "50", range(6)) + 0.3
    assert new.metadata["trained"] == old.metadata["trained"]
    assert new.metadata["refreshed"][0]["touched"] == 13


def test_a_new_node_is_placed_and_a_removed_one_goes():
    before, after = (
        Graph.from_edges(*zip(*cliques((0, 20), *one), strict=True)) for one in ([(50, 3)], [(60, 20), (60, 21)])
    )
    model = DeepWalk(**SETTINGS | {"num_walks": 200, "alpha": 0.05}).fit(before)
    new = model.refresh(before, after).vectors_
    assert "50" not in new
    assert nearness(new, "60", range(20, 32)) > nearness(new, "60", range(12)) + 0.3


# ---- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "arguments", "message"),
    [
        ({"loss": "hierarchical"}, {}, "loss is 'hierarchical'"),
        ({"vector_size": 5}, {}, "12 dimensions and vector_size is 5"),
        ({"num_walks": 0}, {}, "num_walks is 0"),
        ({}, {"repeats": 0}, "repeats is 0"),
        ({}, {"alpha": float("nan")}, "alpha is nan"),
        ({}, {"after": Graph.from_edges([0], [1], directed=True)}, "directed"),
        ({}, {"after": "edges.txt"}, "after is a str"),
        ({}, {"before": Graph.from_edges([0], [77])}, "node '77' of before has no vector"),
        ({}, {"vectors": Vectors(["0", "1"], np.eye(2, 12, dtype=np.float32))}, "no output rows"),
    ],
)
def test_what_is_refused(changes, arguments, message):
    graph = Graph.from_edges([0], [1])
    given = {"before": graph, "after": graph, "vectors": random_vectors(graph)} | arguments
    with pytest.raises(BadInput, match=message):
        DeepWalk(**SETTINGS | changes).refresh(**given)


def test_without_vectors_those_of_fit_are_wanted():
    graph = Graph.from_edges([0], [1])
    with pytest.raises(NotFitted):
        DeepWalk(**SETTINGS).refresh(graph, graph)
