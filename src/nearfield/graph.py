"""Graph: nodes, the neighbours of each, and what is known of the nodes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield import graph_building, graph_storage
from nearfield.adjacency import BLOCK, degrees_of, linked_nodes, rows_between, times_named
from nearfield.arrays import typed
from nearfield.errors import BadInput
from nearfield.parameters import checks_arguments
from nearfield.reading import checked_reading
from nearfield.vocabulary import Vocabulary

if TYPE_CHECKING:
    import networkx
    import scipy.sparse

    from nearfield.edges.report import EdgeReport
    from nearfield.sequences import Sequences


class Graph:
    """Nodes and edges as compressed sparse rows. Immutable.

    Build one with `from_edges`, `from_sessions`, `from_scipy`, `from_networkx`, or `nearfield.read_edges` from files.
    Node `i` is `keys[i]`; its neighbours are `indices[indptr[i]:indptr[i + 1]]`, rising, each once. An undirected edge
    stands in the rows of both of its ends, a self-loop once. Nodes come in the order of their degree, highest first.

    Parameters
    ----------
    keys : sequence of str, n of them
        Unique, of falling degree.
    indptr : ndarray of int64, shape (n + 1,)
    indices : ndarray of int32, shape (m,)
        The ids of neighbours; may be memory-mapped, as all arrays.
    weights : ndarray of float32, shape (m,), optional
        Finite and above 0; without them all edges weigh 1.
    directed : bool
        Whether rows hold the edges that go out. Else row j has i where row i has j.
    features : scipy CSR matrix or ndarray, float32, shape (n, n_features), optional
    labels : scipy CSR matrix of bool, shape (n, n_labels), optional
        Which labels each node has: none, one or several.
    label_names : sequence of str, n_labels of them
    reading : dict of str to dict, optional
        How the edges were read, as JSON holds it: the name of each function that read them, with its options; see
        `nearfield.reading`.

    Attributes
    ----------
    report : EdgeReport or None
        What `read_edges` came upon, of a graph that it returned.
    vocabulary : Vocabulary
        The keys, and as counts the degrees: neighbours of a node; in a directed graph edges out and in together.

    Raises
    ------
    BadInput
        Arrays that do not fit together: lengths, order, ids out of range, weights that are no positive numbers, an
        undirected graph with an edge in one direction only.
    """

    def __init__(
        self,
        keys: Sequence[str],
        indptr: np.ndarray,
        indices: np.ndarray,
        weights: np.ndarray | None = None,
        *,
        directed: bool = False,
        features: scipy.sparse.csr_matrix | np.ndarray | None = None,
        labels: scipy.sparse.csr_matrix | None = None,
        label_names: Sequence[str] = (),
        reading: dict[str, Any] | None = None,
    ) -> None:
        self.directed = directed
        self.reading = checked_reading(reading)
        self.report: EdgeReport | None = None
        self.indptr = _typed("indptr", indptr, np.int64)
        self.indices = _typed("indices", indices, np.int32)
        self.weights = None if weights is None else _typed("weights", weights, np.float32)
        self._check(len(keys))
        self.vocabulary = Vocabulary(keys, degrees_of(self.indptr, self.indices, directed=directed))
        self.features = None if features is None else _checked_features(features, len(keys))
        self.labels = None if labels is None else _checked_labels(labels, len(keys), len(label_names))
        self.label_names = tuple(label_names)

    @classmethod
    @checks_arguments
    def from_edges(
        cls,
        sources: Sequence[Any] | np.ndarray,
        targets: Sequence[Any] | np.ndarray,
        weights: Sequence[float] | np.ndarray | None = None,
        *,
        directed: bool = False,
        duplicates: str = "sum",
        self_loops: str = "keep",
        nodes: Iterable[str | int] = (),
    ) -> Graph:
        """Build from the ends of m edges.

        Parameters
        ----------
        sources, targets : m strings or whole numbers
            Nodes by key; a number becomes its digits, 3.0 those of 3. Numbers may have gaps: only nodes that are named
            exist.
        weights : m numbers, optional
            Not negative; an edge of weight 0 is none, though its nodes exist.
        directed : bool
            Else an edge goes both ways, and "a b" and "b a" name the same edge.
        duplicates : {"sum", "max", "count"}
            What an edge weighs that is named several times: the sum or the largest of its weights. Without weights it
            is one edge like any other, or with "count" weighs as often as it is named.
        self_loops : {"keep", "drop"}
        nodes : keys, optional
            Nodes that exist whether or not an edge names them.

        Raises
        ------
        BadInput
            Weights that are negative, NaN or infinite, also as a sum; ends that are neither strings nor whole numbers;
            no nodes at all, or more than 2³¹ - 1.
        """
        policies = {"directed": directed, "duplicates": duplicates, "self_loops": self_loops}
        return cls(*graph_building.from_edges(sources, targets, weights, nodes, **policies), directed=directed)

    @classmethod
    @checks_arguments
    def from_sessions(cls, sequences: Sequences, *, self_loops: str = "drop") -> Graph:
        """Build the item graph of Wang et al. (2018, arXiv:1803.02349, section 2.2), directed and weighted.

        There is an edge from a to b where b followed a directly in a sequence; it weighs as often as that happened.
        An item that was chosen twice running says nothing of other items: such self-loops are dropped unless kept.
        Items without any edge stay as nodes.
        """
        return cls(*graph_building.from_sessions(sequences, self_loops=self_loops), directed=True)

    @classmethod
    def from_scipy(
        cls, matrix: scipy.sparse.sparray, keys: Iterable[Any] | None = None, *, directed: bool | None = None
    ) -> Graph:
        """Build from a square matrix whose entry (i, j) is the weight of the edge from i to j; 0 is none.

        Parameters
        ----------
        matrix : scipy sparse matrix or array, shape (n, n)
            If all entries are 1 the graph has no weights.
        keys : n strings or whole numbers, optional
            Without them nodes are "0" … "n-1".
        directed : bool, optional
            Without it, whether the matrix is asymmetric.
        """
        rows, found = graph_building.from_scipy(matrix, keys, directed)
        return cls(*rows, directed=found)

    @classmethod
    def from_networkx(cls, graph: networkx.Graph, *, weight: str = "weight") -> Graph:
        """Build from a networkx graph, directed if that is; nodes get the keys `str(node)`.

        Edges have the number under `weight` as their weight, 1 where they lack it; if all lack it the graph has none.
        Parallel edges of a multigraph add up.
        """
        return cls(*graph_building.from_networkx(graph, weight), directed=graph.is_directed())

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __repr__(self) -> str:
        kind = "directed" if self.directed else "undirected"
        parts = [f"{len(self):,} nodes", f"{self.n_edges:,} edges", kind]
        parts += ["weighted"] if self.weights is not None else []
        parts += [f"{self.features.shape[1]:,} features"] if self.features is not None else []
        parts += [f"{len(self.label_names):,} labels"] if self.labels is not None else []
        return f"Graph({', '.join(parts)})"

    @property
    def keys(self) -> tuple[str, ...]:
        """All nodes; row `i` belongs to `keys[i]`."""
        return self.vocabulary.keys

    @property
    def degrees(self) -> np.ndarray:
        """The number of each node's neighbours; in a directed graph edges out and in together. int64, shape (n,)."""
        return self.vocabulary.counts

    @cached_property
    def n_edges(self) -> int:
        """How many edges there are; an undirected one counts once."""
        if self.directed:
            return len(self.indices)
        return (len(self.indices) + self._self_loops()) // 2

    def neighbours(self, key: str) -> list[tuple[str, float]]:
        """Return the nodes that the edges of a node go to, with the edges' weights; may raise `UnknownKey`."""
        node = self.vocabulary[key]
        row = slice(self.indptr[node], self.indptr[node + 1])
        weights = [1.0] * (row.stop - row.start) if self.weights is None else self.weights[row].tolist()
        return [(self.keys[i], weight) for i, weight in zip(self.indices[row].tolist(), weights, strict=True)]

    def labels_of(self, key: str) -> list[str]:
        """Return the labels of a node; may raise `UnknownKey`."""
        if self.labels is None:
            raise BadInput("the graph has no labels; give them with with_labels")
        node = self.vocabulary[key]
        return [
            self.label_names[i] for i in self.labels.indices[self.labels.indptr[node] : self.labels.indptr[node + 1]]
        ]

    def to_scipy(self) -> scipy.sparse.csr_matrix:
        """Return the adjacency matrix, float32, shape (n, n), without a copy of its indices and weights."""
        from scipy.sparse import csr_matrix

        weights = np.ones(len(self.indices), np.float32) if self.weights is None else self.weights
        return csr_matrix((weights, self.indices, self.indptr), shape=(len(self), len(self)))

    def with_labels(self, labels: Mapping[str, str | Iterable[str]]) -> Graph:
        """Return the graph with the label, or the labels, of each node that has any; may raise `UnknownKey`."""
        matrix, names = graph_building.label_matrix(self.vocabulary, labels)
        return self._with(labels=matrix, label_names=names)

    def with_features(self, features: scipy.sparse.csr_matrix | np.ndarray, keys: Iterable[str] | None = None) -> Graph:
        """Return the graph with a row of features for each node, float32.

        Parameters
        ----------
        features : scipy sparse matrix or ndarray, shape (k, n_features)
        keys : k strings, optional
            Whose row each is; nodes without one get zeros. Without it the rows are those of `graph.keys`.
        """
        if keys is not None:
            features = graph_building.feature_rows(self.vocabulary, features, list(keys))
        return self._with(features=features)

    def without_isolated(self, *, keep: Iterable[str] = ()) -> Graph:
        """Return the graph without the nodes that no edge joins with another node; self-loops do not count.

        Methods that learn from edges alone know nothing of such nodes. Features and labels of the others stay, and so
        do the nodes in `keep`.
        """
        linked = linked_nodes(self.indptr, self.indices, directed=self.directed)
        linked[self.vocabulary.known(list(keep))] = True
        if linked.all():
            return self
        parts = graph_building.rows_of(self, np.flatnonzero(linked))
        features, labels = (None if matrix is None else matrix[linked] for matrix in (self.features, self.labels))
        names: dict[str, Any] = {"label_names": self.label_names, "reading": self.reading}
        return Graph(*parts, directed=self.directed, features=features, labels=labels, **names)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder: `keys.txt`, one `.npy` an array, `config.json`; whole or not at all."""
        graph_storage.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Graph:
        """Read what `save` wrote; the rows stay on disk and are memory-mapped."""
        return cls(**graph_storage.load(path))

    def _with(self, **changes: Any) -> Graph:
        names = ("features", "labels", "label_names", "directed", "reading")
        kept = {name: getattr(self, name) for name in names}
        return Graph(self.keys, self.indptr, self.indices, self.weights, **(kept | changes))

    def _self_loops(self) -> int:
        count = 0
        for start in range(0, len(self.indices), BLOCK):
            rows = rows_between(self.indptr, start, min(start + BLOCK, len(self.indices)))
            count += int(np.count_nonzero(self.indices[start : start + BLOCK] == rows))
        return count

    def _check(self, n: int) -> None:
        if self.indptr.shape != (n + 1,) or self.indptr[0] != 0 or self.indptr[-1] != len(self.indices):
            raise BadInput(f"indptr must have {n + 1:,} entries, one more than keys, from 0 to {len(self.indices):,}")
        if np.any(np.diff(self.indptr) < 0):
            raise BadInput("indptr falls; expected each entry at least the one before")
        if self.weights is not None and self.weights.shape != self.indices.shape:
            raise BadInput(f"{self.weights.size:,} weights for {self.indices.size:,} entries; expected one each")
        for start in range(0, len(self.indices), BLOCK):
            _check_block(self.indptr, self.indices[start : start + BLOCK + 1], start)
            if self.weights is not None:
                _check_weights(self.weights[start : start + BLOCK], start)
        if not self.directed and not np.array_equal(times_named(self.indices, n), np.diff(self.indptr)):
            raise BadInput("an edge stands in the row of one of its ends only; expected both, or directed=True")


def _check_block(indptr: np.ndarray, indices: np.ndarray, start: int) -> None:
    """Check that ids are in range, and that they fall only from one row to the next."""
    n = len(indptr) - 1
    if indices.min() < 0 or indices.max() >= n:
        raise BadInput(f"indices name a node outside of 0 to {n - 1:,}")
    falls = np.flatnonzero(indices[1:] <= indices[:-1]) + start + 1
    if np.any(indptr[np.searchsorted(indptr, falls)] != falls):
        raise BadInput("the neighbours of a node do not rise; expected each row sorted, each neighbour once")


def _check_weights(weights: np.ndarray, start: int) -> None:
    wrong = np.flatnonzero(~((weights > 0) & (weights < np.inf)))
    if len(wrong):
        raise BadInput(f"weight {start + wrong[0]:,} is {weights[wrong[0]]}; expected finite numbers above 0")


def _typed(name: str, array: np.ndarray, dtype: Any) -> np.ndarray:
    given = typed(name, array, dtype)
    view = (given if isinstance(given, np.memmap) else np.ascontiguousarray(given)).view()
    view.flags.writeable = False
    return view


def _checked_features(features: Any, n: int) -> Any:
    from scipy.sparse import csr_matrix, issparse

    matrix = csr_matrix(features) if issparse(features) else np.asanyarray(features)
    if matrix.ndim != 2 or matrix.shape[0] != n or matrix.dtype.kind not in "fiub":
        raise BadInput(
            f"features are {matrix.dtype} of shape {matrix.shape}; expected numbers of shape ({n}, n_features)"
        )
    matrix = matrix.astype(np.float32, copy=False)
    if not np.isfinite(matrix.data if issparse(matrix) else matrix).all():
        raise BadInput("features hold a value that is NaN or infinite; expected numbers")
    return matrix


def _checked_labels(labels: Any, n: int, n_names: int) -> Any:
    from scipy.sparse import csr_matrix

    matrix = csr_matrix(labels, dtype=bool)
    if matrix.shape != (n, n_names):
        raise BadInput(f"labels have shape {matrix.shape}; expected a row for each of {n} nodes, {n_names} names wide")
    matrix.sum_duplicates()
    return matrix
