"""Nearfield's own format: a folder with `vectors.safetensors`, `keys.txt`, `config.json` and a model card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import atomic_folder, read_config, read_keys, reads_whole_folder, write_config, write_keys
from nearfield.formats.model_card import model_card
from nearfield.formats.safetensors import read_arrays, write_arrays
from nearfield.tables import Table
from nearfield.vectors import Vectors

KIND = "vectors"
FORMAT_VERSION = 1
ARRAYS, KEYS = "vectors.safetensors", "keys.txt"
TABLES = ("input", "output", "nodes")
KNOWN = {*TABLES, *(f"{name}_scales" for name in TABLES), "counts"}


def write(
    vectors: Vectors,
    path: Path,
    *,
    replace_spaces: str | None = None,
    beside: Callable[[Path], object] | None = None,
) -> None:
    """Write a folder; whole or not at all. `beside` is given it to write what belongs to the vectors into it."""
    arrays: dict[str, np.ndarray] = {}
    for name, table in vectors.tables.items():
        arrays |= _table_arrays(name, table)
    if vectors.counts is not None:
        arrays["counts"] = vectors.counts
    config = {"keys": len(vectors), "dim": vectors.dim, "storage": vectors.storage, "metadata": vectors.metadata}
    with atomic_folder(path) as folder:
        write_arrays(folder / ARRAYS, arrays)
        write_keys(folder / KEYS, vectors.keys)
        write_config(folder, KIND, FORMAT_VERSION, config)
        (folder / "README.md").write_text(model_card(vectors, path.name), encoding="utf-8", errors="backslashreplace")
        if beside is not None:
            beside(folder)


@reads_whole_folder
def read(path: Path, *, mmap: bool = True) -> Vectors:
    """Read what `write` wrote; with `mmap` the tables stay on disk until their rows are asked for."""
    config = read_config(path, KIND, FORMAT_VERSION)
    file = path / ARRAYS
    for needed in (file, path / KEYS):
        if not needed.is_file():
            raise BadInput(f"{needed}: is missing; the folder is damaged")
    arrays = read_arrays(file, mmap=mmap)
    if "input" not in arrays or not set(arrays) <= KNOWN:
        raise BadInput(
            f"{file}: holds {', '.join(arrays) or 'nothing'}; expected input, and {', '.join(sorted(KNOWN))}"
        )
    keys = read_keys(path / KEYS)
    if arrays["input"].ndim != 2 or len(arrays["input"]) != len(keys):
        raise BadInput(f"{file}: input has shape {arrays['input'].shape} for the {len(keys):,} keys of keys.txt")
    tables = {name: _table(arrays, name, file) for name in TABLES if name in arrays}
    return Vectors(keys, counts=arrays.get("counts"), metadata=config.get("metadata"), **tables)


def _table_arrays(name: str, table: Table) -> dict[str, np.ndarray]:
    arrays = {name: table.values}
    return arrays if table.scales is None else arrays | {f"{name}_scales": table.scales}


def _table(arrays: dict[str, np.ndarray], name: str, file: Path) -> Table:
    return Table(arrays[name], arrays.get(f"{name}_scales"), name=f"{file}: {name}")
