"""Edges put aside for link prediction, and as many pairs of nodes that no edge joins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.graph_building import assemble
from nearfield.parameters import Proportion, Seed, checks_arguments

SPARE = 1.2  # more pairs are drawn than needed, for some are edges


@dataclass(frozen=True)
class LinkCases:
    """A graph to learn from, and pairs to tell apart: int64, shape (m, 2), of ids of that graph.

    Attributes
    ----------
    train : Graph
        All nodes but isolated ones, and the edges that were not held out.
    edges, non_edges : ndarray
        What is foretold: edges that were held out, and as many pairs that are no edges of the whole graph.
    known_edges, known_non_edges : ndarray
        What a classifier may learn from: as many edges of `train`, or all if they are fewer, and other pairs that are
        no edges.
    """

    train: Graph
    edges: np.ndarray
    non_edges: np.ndarray
    known_edges: np.ndarray
    known_non_edges: np.ndarray


@checks_arguments
def hold_out_edges(graph: Graph, *, share: Proportion = 0.5, seed: Seed = 1) -> LinkCases:
    """Put a share of the edges aside and keep connected what was (Grover & Leskovec 2016, section 4.4).

    A random spanning forest stays, in a directed graph one of the graph without directions, and so do self-loops.
    Non-edges are drawn evenly from all pairs of two nodes that no edge joins, in a directed graph in that direction.

    Parameters
    ----------
    graph : Graph
        Directed or not, weighted or not. Features and labels stay.
    share : float
        Of all edges but self-loops.
    seed : int

    Raises
    ------
    BadInput
        A share out of range, or so many edges that the graph would fall apart; fewer non-edges than are needed.
    """
    if not 0 < share < 1:
        raise BadInput(f"share is {share}; expected a number above 0 and below 1, such as 0.5")
    graph = graph.without_isolated()  # of which no edge can be predicted, and to which no method gives a vector
    random = np.random.default_rng(seed)
    pairs = _edges(graph)
    wanted = round(share * len(pairs))
    free = np.flatnonzero(~_in_forest(pairs, len(graph), random))
    if not 0 < wanted <= len(free):
        raise BadInput(
            f"share {share} of {len(pairs):,} edges is {wanted:,}, and {len(free):,} can go before the graph falls"
            " apart; expected at least one and no more than these"
        )
    chosen = random.choice(free, wanted, replace=False)
    kept = np.setdiff1d(np.arange(len(pairs)), chosen)
    train = _without(graph, pairs[chosen])
    known = pairs[random.choice(kept, min(wanted, len(kept)), replace=False)]
    others = _non_edges(graph, wanted + len(known), random)
    ids = train.vocabulary.ids(graph.keys)  # other degrees, another order
    return LinkCases(train, *(ids[some] for some in (pairs[chosen], others[:wanted], known, others[wanted:])))


def _sources(graph: Graph) -> np.ndarray:
    return np.repeat(np.arange(len(graph)), np.diff(graph.indptr))


def _edges(graph: Graph) -> np.ndarray:
    """Return all edges but self-loops, an undirected one once."""
    pairs = np.column_stack([_sources(graph), np.asarray(graph.indices)])
    return pairs[pairs[:, 0] != pairs[:, 1] if graph.directed else pairs[:, 0] < pairs[:, 1]]


def _in_forest(pairs: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """Return which edges make up a spanning forest of random weights, bool, shape (m,); one of two that are opposed."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import minimum_spanning_tree

    low, high = pairs.min(axis=1), pairs.max(axis=1)
    _, first = np.unique(low * n + high, return_index=True)
    lengths = random.permutation(len(first)) + 1.0
    tree = minimum_spanning_tree(csr_matrix((lengths, (low[first], high[first])), shape=(n, n)))
    within = np.zeros(len(pairs), bool)
    within[first] = np.isin(lengths, tree.data)  # no two are equal, so that a length names its edge
    return within


def _without(graph: Graph, pairs: np.ndarray) -> Graph:
    """Return the graph without some edges, its nodes in the order of the degrees that they have left."""
    n = len(graph)
    gone = pairs[:, 0] * n + pairs[:, 1]
    if not graph.directed:
        gone = np.concatenate([gone, pairs[:, 1] * n + pairs[:, 0]])
    sources, targets = _sources(graph), np.asarray(graph.indices)
    stays = ~np.isin(sources * n + targets, gone)
    # the rows of an undirected graph have each edge twice: one is enough to build it again
    stays &= graph.directed | (sources <= targets)
    weights = None if graph.weights is None else np.asarray(graph.weights)[stays]
    ends = sources[stays].astype(np.int32), targets[stays]
    train = Graph(*assemble(list(graph.keys), *ends, weights, directed=graph.directed), directed=graph.directed)
    rows = graph.vocabulary.ids(train.keys)
    features, labels = (None if matrix is None else matrix[rows] for matrix in (graph.features, graph.labels))
    parts = train.keys, train.indptr, train.indices, train.weights
    return Graph(*parts, directed=graph.directed, features=features, labels=labels, label_names=graph.label_names)


def _non_edges(graph: Graph, wanted: int, random: np.random.Generator) -> np.ndarray:
    """Return different pairs of two nodes that no edge joins, drawn evenly."""
    n = len(graph)
    codes = _sources(graph) * n + np.asarray(graph.indices)  # rising, as rows are
    possible = n * (n - 1) // (1 if graph.directed else 2) - len(_edges(graph))
    if wanted > possible:
        raise BadInput(f"{wanted:,} pairs without an edge are needed and {possible:,} exist; expected a lower share")
    if 2 * wanted > possible:  # drawing would seldom find one that is left; the list is no longer than a few edge lists
        every = _all_non_edges(codes, n, graph.directed)
        return np.column_stack(np.divmod(random.choice(every, wanted, replace=False), n))
    found = np.empty(0, np.int64)
    while len(found) < wanted:
        ends = random.integers(0, n, (int(SPARE * (wanted - len(found))) + 100, 2))
        ends = ends[ends[:, 0] != ends[:, 1]]
        if not graph.directed:
            ends.sort(axis=1)
        drawn = ends[:, 0] * n + ends[:, 1]
        drawn = drawn[~np.isin(drawn, codes)]
        both = np.concatenate([found, drawn])
        found = both[np.sort(np.unique(both, return_index=True)[1])]
    return np.column_stack(np.divmod(found[:wanted], n))


def _all_non_edges(codes: np.ndarray, n: int, directed: bool) -> np.ndarray:
    """Return source · n + target of all pairs of two nodes that no edge joins, those of the edges being `codes`."""
    others = np.setdiff1d(np.arange(n * n), codes, assume_unique=True)
    sources, targets = np.divmod(others, n)
    return others[sources != targets if directed else sources < targets]
