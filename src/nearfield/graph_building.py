"""From edges, sessions and other libraries' graphs to the keys and rows of a Graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nearfield.adjacency import BLOCK, build_rows, check_policies
from nearfield.errors import BadInput
from nearfield.files import GrowingArray
from nearfield.sequences import sequence_blocks
from nearfield.vocabulary import Vocabulary

if TYPE_CHECKING:
    from nearfield.graph import Graph
    from nearfield.sequences import Sequences

MOST_NODES = np.iinfo(np.int32).max


class Parts(NamedTuple):
    """What a Graph is made of, in the order of its parameters."""

    keys: list[str]
    indptr: np.ndarray
    indices: np.ndarray
    weights: np.ndarray | None


def assemble(
    keys: list[str], sources: np.ndarray, targets: np.ndarray, weights: np.ndarray | None, **policies: Any
) -> Parts:
    """Build rows from edges between numbered nodes, and put the keys into their order; see `build_rows`."""
    if not keys:
        raise BadInput("there are no nodes; expected at least one edge")
    if len(keys) > MOST_NODES:
        raise BadInput(f"{len(keys):,} nodes; expected at most {MOST_NODES:,}")
    rows = build_rows(len(keys), sources, targets, weights, **policies)
    if rows.weights is not None and not np.isfinite(rows.weights).all():
        raise BadInput("the weights of an edge that is named several times add up to more than float32 holds")
    return Parts([keys[i] for i in rows.order.tolist()], rows.indptr, rows.indices, rows.weights)


def from_edges(sources: Any, targets: Any, weights: Any, nodes: Iterable[Any], **policies: Any) -> Parts:
    """See `Graph.from_edges`."""
    check_policies(policies["duplicates"], policies["self_loops"], weighted=weights is not None)
    ends = [_one_dimensional(one, name) for one, name in ((sources, "sources"), (targets, "targets"))]
    if len(ends[0]) != len(ends[1]):
        raise BadInput(f"{len(ends[0]):,} sources and {len(ends[1]):,} targets; expected as many")
    number = {key: i for i, key in enumerate(dict.fromkeys(map(_key, nodes)))}
    numbered_sources, numbered_targets = _numbered(ends[0], ends[1], number)
    checked = None if weights is None else _checked_weights(weights, len(ends[0]))
    return assemble(list(number), numbered_sources, numbered_targets, checked, **policies)


def from_sessions(sequences: Sequences, *, self_loops: str) -> Parts:
    """See `Graph.from_sessions`."""
    check_policies("count", self_loops, weighted=False)
    ends = GrowingArray(np.int32), GrowingArray(np.int32)
    for first, stop in sequence_blocks(sequences.offsets):
        offsets = sequences.offsets[first : stop + 1]
        tokens = np.array(sequences.tokens[offsets[0] : offsets[-1]])
        follows = np.ones(len(tokens), bool)
        follows[offsets[:-1][np.diff(offsets) > 0] - offsets[0]] = False  # the first of a sequence follows none
        after = np.flatnonzero(follows)
        ends[0].append(tokens[after - 1])
        ends[1].append(tokens[after])
    policies = {"duplicates": "count", "self_loops": self_loops}
    return assemble(list(sequences.vocabulary.keys), ends[0].array(), ends[1].array(), None, directed=True, **policies)


def from_scipy(matrix: Any, keys: Iterable[Any] | None, directed: bool | None) -> tuple[Parts, bool]:
    """See `Graph.from_scipy`; return whether the graph is directed, too."""
    from scipy.sparse import coo_matrix, csr_matrix, issparse, triu

    if not issparse(matrix) or matrix.shape[0] != matrix.shape[1]:
        shape = getattr(matrix, "shape", None)
        raise BadInput(f"matrix is a {type(matrix).__name__} of shape {shape}; expected a square scipy sparse matrix")
    rows = csr_matrix(matrix)
    symmetric = (rows != rows.T).nnz == 0
    if directed is False and not symmetric:
        raise BadInput("matrix is not symmetric; give directed=True, or both directions: matrix + matrix.T")
    found = not symmetric if directed is None else directed
    entries = coo_matrix(rows if found else triu(rows))
    names = [str(i) for i in range(rows.shape[0])] if keys is None else [_key(key) for key in keys]
    if len(names) != rows.shape[0]:
        raise BadInput(f"{len(names):,} keys for {rows.shape[0]:,} rows; expected one each")
    plain = np.all(entries.data == 1)
    weights = None if plain else _checked_weights(entries.data, entries.nnz)
    sources, targets = entries.row.astype(np.int32), entries.col.astype(np.int32)
    return assemble(names, sources, targets, weights, directed=found), found


def from_networkx(graph: Any, weight: str) -> Parts:
    """See `Graph.from_networkx`."""
    if not hasattr(graph, "is_directed") or not hasattr(graph, "edges"):
        raise BadInput(f"graph is a {type(graph).__name__}; expected a networkx graph")
    number = {node: i for i, node in enumerate(graph)}
    edges = list(graph.edges(data=weight))
    ends = np.array([(number[a], number[b]) for a, b, _ in edges], np.int32).reshape(-1, 2).T.copy()
    given = [value for _, _, value in edges]
    plain = all(value is None for value in given)
    weights = None if plain else _checked_weights([1.0 if value is None else value for value in given], len(given))
    keys: dict[str, Any] = {}
    for node in number:
        key = _key(node) if isinstance(node, float) else str(node)
        if key in keys:
            raise BadInput(f"nodes {keys[key]!r} and {node!r} both have the key {key!r}; give them names that differ")
        keys[key] = node
    return assemble(list(keys), ends[0], ends[1], weights, directed=graph.is_directed())


def rows_of(graph: Graph, nodes: np.ndarray) -> Parts:
    """Return the keys and rows of some nodes, by rising id, which no edge joins with others: their order stays."""
    rows = graph.to_scipy()[nodes][:, nodes]
    weights = None if graph.weights is None else rows.data
    return Parts([graph.keys[i] for i in nodes.tolist()], rows.indptr, rows.indices, weights)


def label_matrix(vocabulary: Vocabulary, labels: Mapping[str, str | Iterable[str]]) -> tuple[Any, list[str]]:
    """Return labels as CSR of bool, shape (n, n_labels), and their names in order."""
    from scipy.sparse import csr_matrix

    lists = {key: [one] if isinstance(one, str) else list(one) for key, one in labels.items()}
    names = sorted({name for one in lists.values() for name in one})
    column = {name: i for i, name in enumerate(names)}
    rows = np.repeat(vocabulary.ids(lists), [len(one) for one in lists.values()])
    columns = [column[name] for one in lists.values() for name in one]
    ones = np.ones(len(columns), bool)
    return csr_matrix((ones, (rows, columns)), shape=(len(vocabulary), len(names))), names


def feature_rows(vocabulary: Vocabulary, features: Any, keys: list[str]) -> Any:
    """Put rows of features that belong to `keys` into the order of the vocabulary."""
    from scipy.sparse import csr_matrix, issparse

    if features.shape[0] != len(keys):
        raise BadInput(f"{features.shape[0]:,} rows of features for {len(keys):,} keys; expected one each")
    ids = vocabulary.ids(keys)
    if len(np.unique(ids)) != len(ids):
        raise BadInput("a key stands twice among those of the features; expected unique keys")
    places = csr_matrix((np.ones(len(ids), np.float32), (ids, np.arange(len(ids)))), shape=(len(vocabulary), len(ids)))
    return places @ features if issparse(features) else np.asarray(places @ features)


def _one_dimensional(ends: Any, name: str) -> Any:
    if isinstance(ends, str) or not isinstance(ends, Iterable) or getattr(ends, "ndim", 1) != 1:
        raise BadInput(f"{name} is a {type(ends).__name__}; expected a list or an array of keys, one for each edge")
    return ends if isinstance(ends, np.ndarray) else list(ends)


def _numbered(sources: Any, targets: Any, number: dict[str, int]) -> np.ndarray:
    """Return the numbers of both ends of each edge, int32, shape (2, m); new keys are added as they come."""
    plain = {getattr(ends, "dtype", np.dtype(object)).kind for ends in (sources, targets)}
    if plain <= {"i", "u"} and np.result_type(sources, targets).kind == "f":  # int64 and uint64 have no common type
        sources, targets = sources.tolist(), targets.tolist()
    elif plain <= {"i", "u"} or plain == {"U"}:  # a look-up for each distinct key only
        flat = np.stack([sources, targets], axis=1).ravel()
        distinct, first, places = np.unique(flat, return_index=True, return_inverse=True)
        found = np.empty(len(distinct), np.int32)
        for at in np.argsort(first).tolist():
            found[at] = number.setdefault(_key(distinct[at].item()), len(number))
        return found[places].reshape(-1, 2).T.copy()
    pairs = zip(sources, targets, strict=True)
    flat = np.fromiter((number.setdefault(_key(end), len(number)) for pair in pairs for end in pair), np.int32)
    return flat.reshape(-1, 2).T.copy()


def _key(node: Any) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, int | np.integer) and not isinstance(node, bool):
        return str(node)
    if isinstance(node, float | np.floating) and float(node).is_integer() and abs(float(node)) < 2.0**53:
        return str(int(node))  # a column of numbers with a gap, as pandas has it
    raise BadInput(f"node {node!r} is a {type(node).__name__}; expected a string or a whole number")


def _checked_weights(weights: Any, n: int) -> np.ndarray:
    given = np.asarray(weights)
    if given.dtype.kind not in "fiub" or given.shape != (n,):
        raise BadInput(f"weights are {given.dtype} of shape {given.shape}; expected {n:,} numbers, one for each edge")
    for start in range(0, n, BLOCK):
        wrong = np.flatnonzero(~((given[start : start + BLOCK] >= 0) & (given[start : start + BLOCK] < np.inf)))
        if len(wrong):
            at = start + int(wrong[0])
            raise BadInput(f"weight {at:,} is {given[at]}; expected finite numbers of at least 0")
    with np.errstate(over="ignore"):  # what is infinite then is refused as a sum
        return given.astype(np.float32)
