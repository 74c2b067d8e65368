"""What the estimators of this package ask of a graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nearfield.errors import BadInput, import_extra
from nearfield.graph import Graph
from nearfield.vocabulary import as_list


def require_deep() -> None:
    """Raise `MissingExtra` unless PyTorch and PyTorch Geometric are installed."""
    for module in ("torch", "torch_geometric"):
        import_extra(module, "deep")


def features_of(graph: Graph, *, normalize: bool) -> Any:
    """Return the features, scipy CSR or ndarray of float32, shape (n, n_features); rows of sum 1 if `normalize`.

    The sum is that of absolute values, and a row of zeros stays one.
    """
    if not isinstance(graph, Graph):
        raise BadInput(f"graph is a {type(graph).__name__}; expected a Graph")
    if not len(graph):
        raise BadInput("the graph has no nodes; expected at least one")
    if graph.features is None or not graph.features.shape[1]:
        raise BadInput("the graph has no features; give each node a row of numbers with graph.with_features")
    if not normalize:
        return graph.features
    sums = np.asarray(abs(graph.features).sum(axis=1), np.float32).reshape(-1, 1)
    scale = 1 / np.where(sums > 0, sums, 1)
    if isinstance(graph.features, np.ndarray):
        return graph.features * scale
    return graph.features.multiply(scale).tocsr()


def classes_of(graph: Graph, keys: Iterable[str] | None, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids and the class of nodes, both int64, shape (k,); without keys those of all nodes with a label.

    Raises
    ------
    BadInput
        There are no labels; a key stands twice, or has no label or several.
    UnknownKey
    """
    if graph.labels is None:
        raise BadInput("the graph has no labels; give them with graph.with_labels")
    n_labels = np.diff(graph.labels.indptr)
    ids = np.flatnonzero(n_labels) if keys is None else graph.vocabulary.ids(as_list(keys)).astype(np.int64)
    if not len(ids):
        raise BadInput(f"{name} holds no nodes; expected nodes with a label")
    if len(np.unique(ids)) != len(ids):
        raise BadInput(f"{name} names a node twice; expected each once")
    wrong = ids[n_labels[ids] != 1]
    if len(wrong):
        key, found = graph.keys[wrong[0]], n_labels[wrong[0]]
        raise BadInput(f"node {key!r} in {name} has {found} labels; expected one each")
    return ids, graph.labels.indices[graph.labels.indptr[ids]].astype(np.int64)
