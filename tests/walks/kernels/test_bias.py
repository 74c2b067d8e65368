"""Each way of drawing a second-order step, on its own, against the formula; and a bound of what a step costs."""

import time

import networkx
import numpy as np
import pytest
from scipy.stats import chi2

from nearfield import Graph, random_walks
from nearfield.kernels.compilation import kernel
from nearfield.walks.kernels.bias import step_by_class, step_by_sum, step_from
from nearfield.walks.kernels.edges import row_of
from nearfield.walks.walker import Walker

from ..transitions import second_order

DRAWS = 4_000


@kernel
def draw(way, before, node, links, bias, seed, found):  # type: ignore[no-untyped-def]
    """Count where steps from `node` go, coming from `before`, drawn in one of the three ways."""
    random = np.uint64(seed)
    start, stop = row_of(links, node)
    for _ in range(DRAWS):
        if way == 0:
            to, random = step_from(before, node, start, stop - start, links, bias, random)
        elif way == 1:
            to, random = step_by_class(before, node, start, stop - start, links, bias, random)
        else:
            to, random = step_by_sum(before, node, start, stop - start, links, bias, random)
        found[to] += 1


def club(*, directed=False, weighted=False, loops=False):
    """Return the karate club, with weights of 0.01 to 100, or directions, or self-loops, if asked for."""
    random = np.random.default_rng(3)
    edges = list(networkx.karate_club_graph().edges)
    if directed:
        edges = [edge for edge in edges if random.random() < 0.8] + [edge[::-1] for edge in edges]
    edges += [(a, a) for a in range(0, 34, 3)] if loops else []
    weights = random.choice([0.01, 1, 3, 100], len(edges)) if weighted else None
    return Graph.from_edges(*zip(*edges, strict=True), weights, directed=directed)


KINDS = {
    "plain": {},
    "loops": {"loops": True},
    "weighted": {"weighted": True},
    "directed": {"directed": True},
    "all": {"directed": True, "weighted": True, "loops": True},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.2, 5), (5, 0.2), (40, 40), (0.01, 100), (100, 0.01)])
@pytest.mark.parametrize(("way", "extended"), [(0, False), (1, False), (2, False), (0, True), (2, True), (1, True)])
def test_steps_are_drawn_as_the_formula_has_it(kind, p, q, way, extended):
    if way == 1 and extended and q < 1:
        q = 1 / q  # node2vec+ is drawn by class where q is above 1 only
    graph = club(**KINDS[kind])
    walker = Walker(graph, length=2, p=p, q=q, extended=extended)
    statistic, freedom = 0.0, 0
    for before in range(0, len(graph), 3):
        for key, _ in graph.neighbours(graph.keys[before])[:6]:
            node, found = graph.vocabulary[key], np.zeros(len(graph), np.int64)
            if graph.indptr[node] == graph.indptr[node + 1]:
                continue
            draw(way, before, node, walker._links, walker._bias, 10_000 * before + node, found)
            chances = second_order(graph, graph.keys[before], key, p, q, extended=extended)
            expected = np.array([DRAWS * chances.get(to, 0.0) for to in graph.keys])
            assert not found[expected == 0].any()
            likely = expected >= 5
            rest = found[~likely].sum(), expected[~likely].sum()
            counts = np.append(found[likely], [rest[0]] if rest[1] >= 5 else [])
            means = np.append(expected[likely], [rest[1]] if rest[1] >= 5 else [])
            statistic += ((counts - means) ** 2 / means).sum()
            freedom += len(counts) - (rest[1] >= 5 or not (~likely & (expected > 0)).any())
    assert freedom > 30
    assert chi2.sf(statistic, freedom) > 1e-4


def test_the_test_sees_a_wrong_class():
    graph = club()
    walker = Walker(graph, length=2, p=40, q=40)
    found = np.zeros(len(graph), np.int64)
    draw(1, 5, 0, walker._links, walker._bias, 1, found)
    chances = second_order(graph, graph.keys[5], graph.keys[0], 40, 30)
    expected = np.array([DRAWS * chances.get(to, 0.0) for to in graph.keys])
    likely = expected >= 5
    assert chi2.sf(((found - expected)[likely] ** 2 / expected[likely]).sum(), likely.sum()) < 1e-4


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("p", "q"), [(1, 1e6), (1e6, 1e6), (1e-6, 1e6), (1e6, 1e-6)])
def test_a_hub_does_not_keep_walks_waiting(weighted, p, q):
    leaves = 200_000
    weights = np.random.default_rng(1).random(leaves) + 0.5 if weighted else None
    star = Graph.from_edges(np.zeros(leaves, int), np.arange(1, leaves + 1), weights)
    random_walks(Graph.from_edges([0], [1]), num_walks=1, p=p, q=q)  # compiles
    started = time.perf_counter()
    walks = random_walks(star, num_walks=1, walk_length=10, p=p, q=q, workers=1)
    assert len(walks.tokens) == 10 * (leaves + 1)
    assert time.perf_counter() - started < 20  # a pass over the hub's row for each step would take hours
