"""From one state of a graph to the next: what has changed, and the rows that nodes start from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nearfield.embed.propagation import row_stochastic
from nearfield.graph import Graph
from nearfield.update.growth import Grown
from nearfield.vectors import Vectors
from nearfield.vocabulary import Vocabulary

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SMALLEST_CHANGE = 1e-6  # of a node's transitions; what is below is rounding
ABSENT = -1


def transition_differences(before: Graph, after: Graph) -> csr_matrix:
    """Return P_after(v, u) - P_before(v, u) for all nodes of `after`, and behind them those that are no more.

    P(v, u) = w(v, u) / Σ_k w(v, k); float64, sparse, without what is rounding.
    """
    from scipy.sparse import csr_matrix

    place = ids_in(before, after.keys)
    gone = np.flatnonzero(place == ABSENT)
    place[gone] = len(after) + np.arange(len(gone))  # steps to nodes that are no more have changed, too
    n = len(after) + len(gone)
    earlier, later = row_stochastic(before.to_scipy()).tocoo(), row_stochastic(after.to_scipy()).tocoo()
    old = csr_matrix((earlier.data, (place[earlier.row], place[earlier.col])), shape=(n, n), dtype=np.float64)
    differences = csr_matrix((later.data, (later.row, later.col)), shape=(n, n), dtype=np.float64) - old
    differences.data[np.abs(differences.data) < SMALLEST_CHANGE] = 0
    differences.eliminate_zeros()
    return differences


def touched_nodes(differences: csr_matrix, keys: Sequence[str]) -> list[str]:
    """Return those of `keys`, the first nodes, from or to which a step has become likelier or rarer."""
    steps = differences.tocoo()
    touched = np.zeros(differences.shape[0], bool)
    touched[steps.row] = touched[steps.col] = True
    return [keys[i] for i in np.flatnonzero(touched[: len(keys)]).tolist()]


def transition_changes(before: Graph, after: Graph) -> np.ndarray:
    """Return the share of each node's steps that are others now, float64, shape (n,), in the order of `after`:

        δ(v) = ½ Σ_u |P_after(v, u) - P_before(v, u)|

    1 for a node that had no edges, or has none any more.
    """  # fmt: skip
    differences = np.asarray(abs(transition_differences(before, after)).sum(axis=1)).ravel()[: len(after)]
    old, had = ids_in(after, before.keys), np.append(np.diff(before.indptr) > 0, False)
    filled = np.diff(after.indptr) > 0, had[old]
    return np.where(filled[0] & filled[1], differences / 2, filled[0] != filled[1])


def grown_graph(
    vectors: Vectors, before: Graph, after: Graph, visits: np.ndarray, seed: int, *, frozen: bool = False
) -> Grown:
    """Return the state that training starts from: old nodes in their order, new ones behind, the most visited first.

    Nodes that are new, or had no edges, start from the mean of their neighbours' rows by weight; those without such
    neighbours at random and with outputs of zero. Outputs of new ones are then made as popular as their visits say.
    Others have their old rows.

    Parameters
    ----------
    vectors : Vectors
        With output rows and counts.
    before, after : Graph
    visits : ndarray of int64, shape (n,)
        How often walks come by each node of `after`: the counts.
    seed : int
    frozen : bool
        Old nodes that had no edges keep their rows, too.
    """
    known = ids_in(after, vectors.keys)
    input, output = first_rows(before, after, vectors, seed, frozen=frozen)
    order = np.lexsort((-visits, np.where(known == ABSENT, len(vectors), known)))
    old = known[order][: np.count_nonzero(known != ABSENT)]
    vocabulary = Vocabulary([after.keys[i] for i in order.tolist()], visits[order])
    dropped = tuple(key for key in vectors.keys if key not in after.vocabulary)
    assert vectors.counts is not None
    grown = Grown(vocabulary, input[order], output[order], len(old), vectors.counts[old], dropped)
    if len(old) and grown.output is not None:
        # with outputs of zero a node would come before all that have learnt what they do not go with
        grown.popularity.bring_to_line(grown.output, np.arange(len(old), len(after)), vocabulary.counts)
    return grown


def first_rows(
    before: Graph, after: Graph, vectors: Vectors, seed: int, *, frozen: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return the input and output rows of `grown_graph`, before popularity, in the order of `after`."""
    known, old = ids_in(after, vectors.keys), ids_in(after, before.keys)
    settled = (old != ABSENT) & (np.append(before.degrees, 0)[old] > 0)
    random = np.random.default_rng(seed)
    adjacency = after.to_scipy()
    newcomers = np.flatnonzero((known == ABSENT if frozen else ~settled) & (after.degrees > 0))
    around = (adjacency + adjacency.T)[newcomers] if after.directed else adjacency[newcomers]
    shares = row_stochastic(around[:, settled])
    found = np.diff(shares.indptr) > 0
    tables = []
    for table in (vectors.input, vectors.output):
        assert table is not None
        rows = np.where((known == ABSENT)[:, None], np.float32(0), table[known])
        rows[newcomers[found]] = (shares @ rows[settled])[found]
        tables.append(rows)
    alone = (known == ABSENT) & (~tables[0].any(axis=1))
    drawn = random.random((np.count_nonzero(alone), vectors.dim), np.float32)
    tables[0][alone] = (drawn - np.float32(0.5)) / np.float32(vectors.dim)
    return tables[0], tables[1]


def ids_in(graph: Graph, keys: Sequence[str]) -> np.ndarray:
    """Return where each node of a graph stands among `keys`, int64, or ABSENT."""
    place = {key: i for i, key in enumerate(keys)}
    return np.fromiter((place.get(key, ABSENT) for key in graph.keys), np.int64, len(graph))
