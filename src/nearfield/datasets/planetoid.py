"""Cora and Citeseer: papers, what they cite, their words and fields, with the public split of Yang et al. (2016).

As they come with Planetoid (arXiv:1603.08861; https://github.com/kimiyoung/planetoid): 20 papers of each class to
learn from, 500 for validation, 1,000 to test. The files are pickles, read by `pickled`, which runs no code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.datasets.location import find
from nearfield.datasets.pickled import read_arrays
from nearfield.errors import BadInput
from nearfield.graph import Graph

if TYPE_CHECKING:
    import scipy.sparse

NAMES = ("cora", "citeseer")
N_VALIDATION = 500


@dataclass(frozen=True)
class Planetoid:
    """A graph of papers, and which of them are for what.

    Attributes
    ----------
    graph : Graph
        Undirected; features say which words a paper has (float32, 0 or 1), labels have one class each. Keys are the
        papers' numbers in the files. 15 papers of Citeseer have neither features nor a class.
    train, validation, test : sequence of str
        Keys of nodes; 20 for each class, 500 and 1,000.
    """

    graph: Graph
    train: Sequence[str]
    validation: Sequence[str]
    test: Sequence[str]


def load(name: str = "cora") -> Planetoid:
    """Read "cora" or "citeseer"; raise `DatasetNotFound` where it is not here, `BadInput` where it is damaged."""
    if name not in NAMES:
        raise BadInput(f"name is {name!r}; expected one of {', '.join(NAMES)}")
    folder = find("graph_planetoid")
    parts = {part: read_arrays(folder / f"ind.{name}.{part}") for part in ("y", "tx", "ty", "allx", "ally", "graph")}
    test = _numbers(folder / f"ind.{name}.test.index")
    n = len(parts["graph"])
    features, classes = (_whole(parts[f"all{x}"], parts[f"t{x}"], test, n) for x in ("x", "y"))
    keys = [str(i) for i in range(n)]
    graph = _edges(parts["graph"], keys).with_features(features, keys)
    labelled = zip(*(places.tolist() for places in classes.nonzero()), strict=True)
    graph = graph.with_labels({keys[i]: str(label) for i, label in labelled})
    n_train = len(parts["y"])
    return Planetoid(
        graph,
        train=keys[:n_train],
        validation=keys[n_train : n_train + N_VALIDATION],
        test=[keys[i] for i in test.tolist()],
    )


def _edges(neighbours: dict[int, list[int]], keys: list[str]) -> Graph:
    pairs = [(str(node), str(other)) for node, others in neighbours.items() for other in others]
    sources, targets = zip(*pairs, strict=True)
    return Graph.from_edges(sources, targets, nodes=keys)


def _whole(known: Any, tested: Any, test: np.ndarray, n: int) -> scipy.sparse.csr_matrix:
    """Put the rows of the test nodes, which stand in an order of their own, in their places behind the others.

    Numbers that the test nodes leave out are nodes of which nothing is known: rows of zeros.
    """
    from scipy.sparse import csr_matrix

    rows = np.concatenate([np.arange(known.shape[0]), test])
    if len(test) != tested.shape[0] or len(np.unique(rows)) != len(rows) or rows.max() >= n:
        raise BadInput(f"{len(rows):,} rows for {n:,} nodes, which do not fit together; the data set is damaged")
    stacked = csr_matrix(
        np.concatenate([part.toarray() if hasattr(part, "toarray") else part for part in (known, tested)])
    )
    places = csr_matrix((np.ones(len(rows), np.float32), (rows, np.arange(len(rows)))), shape=(n, len(rows)))
    return (places @ stacked).tocsr()


def _numbers(path: Path) -> np.ndarray:
    try:
        return np.array(path.read_text().split(), np.int64)
    except ValueError as error:
        raise BadInput(f"{path}: {error}; expected a whole number a line") from error
