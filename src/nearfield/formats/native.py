"""Nearfield's own format: a folder with `vectors.safetensors`, `keys.txt`, `config.json` and a model card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import atomic_folder, read_config, read_keys, reads_whole_folder, write_config, write_keys
from nearfield.formats.model_card import model_card
from nearfield.formats.options import ReadOptions
from nearfield.formats.rows import check_wanted
from nearfield.formats.safetensors import read_arrays, write_arrays
from nearfield.subwords import Subwords
from nearfield.tables import Table
from nearfield.vectors import Vectors

KIND = "vectors"
FORMAT_VERSION = 1
ARRAYS, KEYS = "vectors.safetensors", "keys.txt"
TABLES = ("input", "output", "nodes")
SUBWORDS, KEPT = "subwords", "subwords_kept"
KNOWN = {*TABLES, *(f"{name}_scales" for name in (*TABLES, SUBWORDS)), SUBWORDS, KEPT, "counts"}
WHOLE = ReadOptions()


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
    config: dict[str, Any] = {
        "keys": len(vectors),
        "dim": vectors.dim,
        "storage": vectors.storage,
        "metadata": vectors.metadata,
    }
    if (subwords := vectors.subwords) is not None:
        arrays |= _table_arrays(SUBWORDS, subwords.table)
        if subwords.kept is not None:
            arrays[KEPT] = subwords.kept
        config[SUBWORDS] = {"min_n": subwords.min_n, "max_n": subwords.max_n, "buckets": subwords.buckets}
    with atomic_folder(path, any_name=True) as folder:
        write_arrays(folder / ARRAYS, arrays)
        write_keys(folder / KEYS, vectors.keys)
        write_config(folder, KIND, FORMAT_VERSION, config)
        (folder / "README.md").write_text(model_card(vectors, path.name), encoding="utf-8", errors="backslashreplace")
        if beside is not None:
            beside(folder)


@reads_whole_folder
def read(path: Path, options: ReadOptions = WHOLE) -> Vectors:
    """Read what `write` wrote; with `mmap` the tables stay on disk until their rows are asked for."""
    config = read_config(path, KIND, FORMAT_VERSION)
    file = path / ARRAYS
    for needed in (file, path / KEYS):
        if not needed.is_file():
            raise BadInput(f"{needed}: is missing; the folder is damaged")
    arrays = read_arrays(file, mmap=options.mmap or not options.whole)
    if "input" not in arrays or not set(arrays) <= KNOWN:
        raise BadInput(
            f"{file}: holds {', '.join(arrays) or 'nothing'}; expected input, and {', '.join(sorted(KNOWN))}"
        )
    keys = read_keys(path / KEYS)
    if arrays["input"].ndim != 2 or len(arrays["input"]) != len(keys):
        raise BadInput(f"{file}: input has shape {arrays['input'].shape} for the {len(keys):,} keys of keys.txt")
    tables = {name: _table(arrays, name, file) for name in TABLES if name in arrays}
    subwords = _subwords(arrays, config.get(SUBWORDS), path) if SUBWORDS in arrays else None
    counts, metadata = arrays.get("counts"), config.get("metadata")
    vectors = Vectors(keys, counts=counts, metadata=metadata, subwords=subwords, **tables)
    if options.whole:
        return vectors
    rows = options.rows_of(keys)
    check_wanted(path, [keys[row] for row in rows], options)
    return vectors.take(np.array(rows, np.int64))


def _table_arrays(name: str, table: Table) -> dict[str, np.ndarray]:
    arrays = {name: table.values}
    return arrays if table.scales is None else arrays | {f"{name}_scales": table.scales}


def _table(arrays: dict[str, np.ndarray], name: str, file: Path) -> Table:
    return Table(arrays[name], arrays.get(f"{name}_scales"), name=f"{file}: {name}")


def _subwords(arrays: dict[str, np.ndarray], settings: Any, path: Path) -> Subwords:
    table = _table(arrays, SUBWORDS, path / ARRAYS)
    settings = settings if isinstance(settings, dict) else {}
    numbers = (settings.get(name) for name in ("min_n", "max_n", "buckets"))
    if not all(isinstance(number, int) for number in numbers) or table.shape[1] != arrays["input"].shape[1]:
        raise BadInput(
            f"{path}: the subwords of config.json and of {ARRAYS} do not fit together; the folder is damaged"
        )
    return Subwords(table, settings["min_n"], settings["max_n"], settings["buckets"], arrays.get(KEPT))
