"""What the estimators of this room ask of their parameters and of a graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nearfield.errors import BadInput, import_extra
from nearfield.estimator import Estimator
from nearfield.graph import Graph
from nearfield.vocabulary import as_list


def require_deep() -> None:
    """Raise `MissingExtra` unless PyTorch and PyTorch Geometric are installed."""
    for module in ("torch", "torch_geometric"):
        import_extra(module, "deep")


def check_whole(estimator: Estimator, *names: str) -> None:
    """Refuse parameters that are no whole numbers of at least 1."""
    for name in names:
        value = getattr(estimator, name)
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise BadInput(f"{name} is {value!r}; expected a whole number of at least 1")


def check_training(estimator: Estimator) -> None:
    """Refuse `alpha`, `weight_decay`, `epochs` and `workers` out of range."""
    alpha, weight_decay, workers = (getattr(estimator, name) for name in ("alpha", "weight_decay", "workers"))
    if not 0 < alpha <= 1e6:
        raise BadInput(f"alpha is {alpha!r}; expected a number above 0 and at most 1e6, such as 0.01")
    if not 0 <= weight_decay < np.inf:
        raise BadInput(f"weight_decay is {weight_decay!r}; expected 0 or more, such as 5e-4")
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise BadInput(f"workers is {workers!r}; expected at least 1, or None for all cores")
    check_whole(estimator, "epochs")


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
