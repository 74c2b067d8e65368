"""What has changed from one graph to the next, by slow twins, and where rows start."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield import Graph, Vectors
from nearfield.update.graph_changes import (
    first_rows,
    grown_graph,
    touched_nodes,
    transition_changes,
    transition_differences,
)
from nearfield.walks.walker import Walker

EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([0.1, 1, 2.5])), min_size=1)


def graph_of(edges, *, weighted=True, **options):
    sources, targets, weights = zip(*edges, strict=True)
    return Graph.from_edges(sources, targets, weights if weighted else None, **options)


def random_vectors(graph):
    random = np.random.default_rng(7)
    tables = random.normal(size=(2, len(graph), 12)).astype(np.float32)
    return Vectors(graph.keys, *tables, counts=graph.degrees)


def transitions(graph, key):
    if key not in graph.vocabulary:
        return {}
    ways = graph.neighbours(key)
    return {to: weight / sum(one for _, one in ways) for to, weight in ways}


@given(EDGES, EDGES, st.booleans(), st.booleans())
def test_changes_are_the_distance_between_transitions(earlier, later, directed, weighted):
    before, after = (graph_of(edges, weighted=weighted, directed=directed) for edges in (earlier, later))
    differences = transition_differences(before, after)
    touched = set()
    for i, (key, found) in enumerate(zip(after.keys, transition_changes(before, after), strict=True)):
        old, new = transitions(before, key), transitions(after, key)
        change = {to: new.get(to, 0) - old.get(to, 0) for to in {*old, *new}}
        wanted = sum(map(abs, change.values())) / 2 if old and new else float(bool(old) != bool(new))
        assert found == pytest.approx(wanted, abs=2e-6)
        row = {to: differences[i, after.vocabulary[to]] for to in after.keys}
        assert row == pytest.approx({to: change.get(to, 0) for to in after.keys}, abs=2e-6)
    for key in {*before.keys, *after.keys}:
        old, new = transitions(before, key), transitions(after, key)
        moved = {to for to in {*old, *new} if abs(new.get(to, 0) - old.get(to, 0)) > 1e-6}
        touched |= moved | ({key} if moved else set())
    assert set(touched_nodes(differences, after.keys)) == touched & set(after.keys)


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


@given(EDGES, EDGES)
def test_old_nodes_stand_first_and_counts_are_visits(earlier, later):
    before, after = graph_of(earlier), graph_of(later)
    vectors, visits = random_vectors(before), np.arange(10, 10 + len(after))
    found = grown_graph(vectors, before, after, visits, 1)
    assert found.vocabulary.keys[: found.known] == tuple(key for key in vectors.keys if key in after.vocabulary)
    assert dict(zip(found.vocabulary.keys, found.vocabulary.counts.tolist(), strict=True)) == dict(
        zip(after.keys, visits.tolist(), strict=True)
    )
    assert found.seen_before.tolist() == [
        before.degrees[before.vocabulary[key]] for key in found.vocabulary.keys[: found.known]
    ]
    newer = found.vocabulary.counts[found.known :]
    assert (np.diff(newer) <= 0).all()
    assert set(found.dropped) == set(before.keys) - set(after.keys)


@pytest.mark.parametrize("bias", [{}, {"p": 0.25, "q": 4}])
def test_walks_that_begin_as_told_are_those_of_a_fit(bias):
    walker = Walker(Graph.from_networkx(networkx.karate_club_graph()), length=9, **bias)
    nodes, offsets = walker.walk(20, 100)
    starts = nodes[offsets[:-1]]
    again, bounds = walker.walk_from(np.column_stack([np.full_like(starts, -1), starts]), 20)
    assert np.array_equal(nodes, again)
    assert np.array_equal(offsets, bounds)


def test_walks_go_on_from_the_step_that_they_begin_with():
    """With p tiny a walk goes back to where it came from; one that has not come from anywhere cannot."""
    graph = Graph.from_networkx(networkx.karate_club_graph())
    walker, near, far = Walker(graph, length=5, p=1e-9), graph.indices[0], graph.indices[-1]
    begins = np.array([[0, near], [33, far], [-1, 4]] * 20, np.int32)
    nodes, offsets = walker.walk_from(begins, 0)
    assert offsets.tolist() == list(range(0, 301, 5))
    walks = nodes.reshape(-1, 5)
    assert (walks[::3] == [0, near, 0, near, 0]).all()
    assert (walks[1::3] == [33, far, 33, far, 33]).all()
    assert (walks[2::3, 0] == 4).all()
    short = Walker(Graph.from_edges([0], [1], directed=True), length=1)
    assert short.walk_from(np.array([[0, 1]], np.int32), 0)[0].tolist() == [0]
