"""A touch: edges came or went, and only what walks through the touched nodes is learnt again.

A rebuild makes `num_walks` walks from every node. Those from a node differ from the earlier ones where its next step
does: in the share of its steps that are others now, the total variation distance between its transitions before and
after. So a touch makes that share of a rebuild's walks, times `repeats`, from touched nodes only, and trains on from
the old rows. Its cost goes with the change and not with the graph: a new edge at a hub brings a walk, a new node as
many as all nodes had.

That walks from touched nodes are enough is dynnode2vec's finding (Mahdavi, Khoshraftar & An 2018, arXiv:1812.02356,
section 3), which makes all of a rebuild's walks from each of them. In dense graphs a change of a twentieth touches most
nodes, so that this would be a rebuild; `benchmarks/graph_touch.py` measures what the share costs and gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nearfield.embed.propagation import row_stochastic
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearfield.embed.nodes import DeepWalk

SMALLEST_CHANGE = 1e-6  # of a node's transitions; what is below is rounding
ABSENT = -1


class Touch:
    """One touch; see `DeepWalk.refresh`. The parameters of `model` are checked by then."""

    def __init__(
        self, model: DeepWalk, before: Graph, after: Graph, vectors: Vectors, *, repeats: float, alpha: float
    ) -> None:
        _check(model, before, after, vectors, repeats, alpha)
        self.model, self.after, self.alpha = model, after, alpha
        changes = transition_changes(before, after)
        walks = np.ceil(repeats * model.num_walks * changes).astype(np.int64)
        self.starts = np.repeat(np.arange(len(after), dtype=np.int32), walks)
        self.counts = visits(before, after, vectors)
        self.input, self.output = first_rows(before, after, vectors, model.seed)
        known = ids_in(after, vectors.keys)
        # in their old order; new ones behind them, the most visited first
        self._order = np.lexsort((-self.counts, np.where(known == ABSENT, len(vectors), known)))
        self.metadata = vectors.metadata
        if len(self.starts):
            done = {"repeats": repeats, "alpha": alpha, "walks": len(self.starts)}
            done["touched"] = int(np.count_nonzero(changes))
            self.metadata = self.metadata | {"refreshed": [*self.metadata.get("refreshed", []), done]}

    def train(self) -> None:
        """Train on the walks, to the end or to Ctrl-C."""
        if not len(self.starts):
            return
        from nearfield.embed.run import Run, compile_kernels  # brings Numba, which takes a while
        from nearfield.embed.walk_corpus import TouchedWalks

        model = self.model
        compile_kernels(verbose=model.verbose)
        settings = model.get_params() | {"alpha": self.alpha, "min_alpha": min(model.min_alpha, self.alpha)}
        corpus = TouchedWalks(model.walker(self.after), self.starts, self.counts)
        run = Run(type(model)(**settings), corpus, len(self.after))
        tables = (run.model.input, self.input), (run.model.output, self.output)
        for table, rows in tables:
            table[corpus.places, : model.vector_size] = rows
        try:
            run.train(None, resume=False)
        finally:
            visited = np.flatnonzero(corpus.visited)
            for table, rows in tables:  # a node that no walk came by was noise at most: it keeps its rows
                rows[visited] = table[corpus.places[visited], : model.vector_size]

    def vectors(self) -> Vectors:
        """Return what is known of the nodes of `after`, by now."""
        keys = [self.after.keys[i] for i in self._order.tolist()]
        rows = self.input[self._order], self.output[self._order]
        return Vectors(keys, *rows, counts=self.counts[self._order], metadata=self.metadata)


def transition_changes(before: Graph, after: Graph) -> np.ndarray:
    """Return the share of each node's steps that are others now, float64, shape (n,), in the order of `after`:

        δ(v) = ½ Σ_u |P_after(v, u) - P_before(v, u)|,    P(v, u) = w(v, u) / Σ_k w(v, k)

    1 for a node that had no edges, or has none any more. Steps of node2vec, which look back, are taken for such of
    DeepWalk.
    """  # fmt: skip
    from scipy.sparse import csr_matrix

    place = ids_in(before, after.keys)
    gone = np.flatnonzero(place == ABSENT)
    place[gone] = len(after) + np.arange(len(gone))  # steps to nodes that are no more have changed, too
    n = len(after) + len(gone)
    earlier, later = row_stochastic(before.to_scipy()).tocoo(), row_stochastic(after.to_scipy()).tocoo()
    old = csr_matrix((earlier.data, (place[earlier.row], place[earlier.col])), shape=(n, n))
    new = csr_matrix((later.data, (later.row, later.col)), shape=(n, n))
    differences = np.asarray(abs(new - old).sum(axis=1, dtype=np.float64)).ravel()[: len(after)]
    filled = [np.diff(matrix.indptr)[: len(after)] > 0 for matrix in (old, new)]
    changes = np.where(filled[0] & filled[1], differences / 2, filled[0] != filled[1])
    return np.where(changes < SMALLEST_CHANGE, 0.0, changes)


def visits(before: Graph, after: Graph, vectors: Vectors) -> np.ndarray:
    """Return about how often walks come by each node of `after`, int64, shape (n,), at least 1.

    The visits that `vectors` count, in proportion to what the node's edges weigh now, as a walk's visits are where
    edges have no direction. Vectors without counts are taken to count degrees.
    """
    known, old = ids_in(after, vectors.keys), ids_in(after, before.keys)
    now, then = strengths(after), np.where(old == ABSENT, 0.0, strengths(before)[old])
    if vectors.counts is None:
        return np.maximum(after.degrees, 1)
    counts = np.where(known == ABSENT, 0, vectors.counts[known])
    per_weight = counts.sum() / max(then.sum(), 1e-300)
    growing = np.divide(counts * now, then, out=now * per_weight, where=then > 0)
    return np.maximum(np.rint(np.where(now == then, counts, growing)), 1).astype(np.int64)


def first_rows(before: Graph, after: Graph, vectors: Vectors, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the input and output rows that a touch starts from, float32, shape (n, dim).

    The old ones; for nodes that are new, or had no edges, the mean of their neighbours' by weight. Those without such
    neighbours start as in a fit: at random, and with outputs of zero.
    """
    known, old = ids_in(after, vectors.keys), ids_in(after, before.keys)
    settled = (old != ABSENT) & (np.append(before.degrees, 0)[old] > 0)
    random = np.random.default_rng(seed)
    adjacency = after.to_scipy()
    newcomers = np.flatnonzero(~settled & (after.degrees > 0))
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


def strengths(graph: Graph) -> np.ndarray:
    """Return what each node's edges weigh together, out and in, float64, shape (n,)."""
    matrix = graph.to_scipy()
    out = np.asarray(matrix.sum(axis=1, dtype=np.float64)).ravel()
    return out + np.asarray(matrix.sum(axis=0, dtype=np.float64)).ravel() if graph.directed else out


def ids_in(graph: Graph, keys: Sequence[str]) -> np.ndarray:
    """Return where each node of a graph stands among `keys`, int64, or ABSENT."""
    place = {key: i for i, key in enumerate(keys)}
    return np.fromiter((place.get(key, ABSENT) for key in graph.keys), np.int64, len(graph))


def _check(model: DeepWalk, before: Graph, after: Graph, vectors: Vectors, repeats: float, alpha: float) -> None:
    for name, graph in (("before", before), ("after", after)):
        if not isinstance(graph, Graph):
            raise BadInput(f"{name} is a {type(graph).__name__}; expected a Graph, such as read_edges returns")
    if before.directed != after.directed:
        raise BadInput("one of the two graphs is directed and the other is not; expected both alike")
    if model.loss != "negative" or vectors.output_table is None:
        raise BadInput(
            f"loss is {model.loss!r} and the vectors have {'no ' if vectors.output_table is None else ''}output rows;"
            " expected 'negative' and some: a tree changes with the visits, so that its nodes' rows cannot be kept"
        )
    if vectors.dim != model.vector_size:
        raise BadInput(
            f"the vectors have {vectors.dim} dimensions and vector_size is {model.vector_size}; use the same"
        )
    if strangers := [key for key in before.keys if key not in vectors]:
        raise BadInput(f"node {strangers[0]!r} of before has no vector; expected the graph that was learnt from")
    if not repeats > 0 or not np.isfinite(repeats):
        raise BadInput(f"repeats is {repeats}; expected a number above 0, such as 2")
    if not 0 < alpha < np.inf:
        raise BadInput(f"alpha is {alpha}; expected a number above 0, such as 0.01")
