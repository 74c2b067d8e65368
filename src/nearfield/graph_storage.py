"""A Graph as a folder, and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.arrays import mapped
from nearfield.errors import BadInput
from nearfield.files import atomic_folder, read_config, read_keys, reads_whole_folder, write_config, write_keys

if TYPE_CHECKING:
    from nearfield.graph import Graph

KIND = "graph"
FORMAT_VERSION = 1
ROWS = ("indptr", "indices", "weights")
SPARSE = ("data", "indices", "indptr")


def save(graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write the folder: `keys.txt`, one `.npy` an array, `label_names.txt`, `config.json`."""
    from scipy.sparse import issparse

    with atomic_folder(path) as folder:
        write_keys(folder / "keys.txt", graph.keys)
        for name in ROWS:
            if (array := getattr(graph, name)) is not None:
                np.save(folder / f"{name}.npy", array)
        content: dict[str, Any] = {"directed": graph.directed, "weighted": graph.weights is not None}
        content["reading"] = graph.reading
        for name in ("features", "labels"):
            matrix = getattr(graph, name)
            content[name] = None
            if matrix is None:
                continue
            content[name] = {"sparse": bool(issparse(matrix)), "shape": list(matrix.shape)}
            if issparse(matrix):
                for part in SPARSE:
                    np.save(folder / f"{name}_{part}.npy", getattr(matrix, part))
            else:
                np.save(folder / f"{name}.npy", matrix)
        write_keys(folder / "label_names.txt", graph.label_names)
        write_config(folder, KIND, FORMAT_VERSION, content)


@reads_whole_folder
def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the parameters of the Graph that `save` wrote, its arrays memory-mapped."""
    folder = Path(path)
    config = read_config(folder, KIND, FORMAT_VERSION)
    for name in ("directed", "weighted"):
        if not isinstance(config.get(name), bool):
            raise BadInput(f"{folder / 'config.json'}: {name} is {config.get(name)!r}; expected true or false")
    rows = {name: mapped(folder / f"{name}.npy") for name in ROWS if name != "weights" or config["weighted"]}
    extras = {name: _load_matrix(folder, name, config.get(name)) for name in ("features", "labels")}
    names = read_keys(folder / "label_names.txt")
    return {
        "keys": read_keys(folder / "keys.txt"),
        **rows,
        "directed": config["directed"],
        **extras,
        "label_names": names,
        "reading": config.get("reading"),
    }


def _load_matrix(folder: Path, name: str, described: Any) -> Any:
    from scipy.sparse import csr_matrix

    if described is None:
        return None
    if not isinstance(described, dict) or not {"sparse", "shape"} <= set(described):
        raise BadInput(f"{folder / 'config.json'}: {name} are {described!r}; expected sparse and shape")
    if not described["sparse"]:
        return mapped(folder / f"{name}.npy")
    parts = tuple(mapped(folder / f"{name}_{part}.npy") for part in SPARSE)
    try:
        matrix = csr_matrix(parts, shape=described["shape"])
        matrix.check_format(full_check=True)
    except (ValueError, TypeError) as error:
        raise BadInput(f"{folder}: the {name} do not fit together ({error}); the folder is damaged") from error
    return matrix
