"""Graphs in MATLAB files, as network embedding papers share them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nearfield.errors import BadInput, NearfieldError
from nearfield.graph import Graph
from nearfield.io import plain_file


def read_matlab(path: Path, *, directed: bool | None = None) -> Graph:
    """Read the sparse matrix `network`, and as labels the matrix `group` (nodes × labels), if it is there.

    Nodes and labels get the numbers of their rows and columns, from 0, as keys.
    """
    from scipy.io import loadmat
    from scipy.sparse import csr_matrix, issparse

    try:
        with plain_file(path) as file:
            content: dict[str, Any] = loadmat(file)
    except NearfieldError:
        raise
    except Exception as error:  # a damaged file makes SciPy raise whatever its parser stumbles over
        raise BadInput(
            f"{path}: cannot be read as a MATLAB file ({str(error).splitlines()[0] or type(error)})"
        ) from error
    if not issparse(content.get("network")):
        names = ", ".join(name for name in content if not name.startswith("__")) or "nothing"
        raise BadInput(f"{path}: holds {names}; expected a sparse matrix called network")
    try:
        graph = Graph.from_scipy(content["network"], directed=directed)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    if "group" not in content:
        return graph
    group = csr_matrix(content["group"])
    if group.shape[0] != len(graph):
        raise BadInput(f"{path}: group has {group.shape[0]} rows for {len(graph)} nodes; expected one each")
    rows, columns = (group != 0).nonzero()
    labels: dict[str, list[str]] = {}
    for row, column in zip(rows.tolist(), np.asarray(columns).tolist(), strict=True):
        labels.setdefault(str(row), []).append(str(column))
    return graph.with_labels(labels)
