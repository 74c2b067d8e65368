"""A fitted EGES as a folder, and back: its vectors, the rows that they are made of, and who carries which value."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nearfield.embed.side_information import EGES
from nearfield.errors import BadInput
from nearfield.files import atomic_folder, read_config, reads_whole_folder, storage_errors, write_config
from nearfield.formats import native
from nearfield.formats.safetensors import read_arrays, write_arrays

KIND = "side information"
FORMAT_VERSION = 1
LEARNT = "learnt.safetensors"


def save_model(model: EGES, path: Path) -> None:
    """Write `learnt.safetensors`, `config.json` and the vectors of items and of values, a folder each."""
    vectors, slots = model.vectors_, model._slots
    items, values = slots.carried()
    arrays = {"item_rows": model.item_rows_, "attention": slots.attention, "items": items, "values": values}
    content = {"parameters": model.get_params(), "fields": slots.fields, "losses": model.losses_}
    with atomic_folder(path) as folder:
        write_arrays(folder / LEARNT, arrays)
        native.write(vectors, folder / "vectors")
        native.write(model.side_vectors_, folder / "side")
        write_config(folder, KIND, FORMAT_VERSION, content)


@reads_whole_folder
def load_model(path: Path) -> EGES:
    """Read what `save_model` wrote.

    Raises
    ------
    BadInput
        The folder holds something else, or is damaged: tables that do not fit together, numbers that are none.
    IncompatibleVersion
    StorageError
    """
    from nearfield.embed.slots import ItemSlots, side_of  # brings Numba, which takes a while

    with storage_errors(path):
        config = read_config(path, KIND, FORMAT_VERSION)
        file = path / LEARNT
        if not file.is_file():
            raise BadInput(f"{file}: is missing; the folder is damaged")
        vectors, side = native.read(path / "vectors"), native.read(path / "side")
        arrays = read_arrays(file, mmap=False)
    model, fields = EGES.from_saved(config.get("parameters"), path / "config.json"), config.get("fields")
    _check(arrays, len(vectors), len(side), file)
    named = isinstance(fields, list) and all(isinstance(field, str) for field in fields)
    known = named and {key.partition("=")[0] for key in side.keys} <= set(fields or ())
    if not known or vectors.output is None or side.dim != vectors.dim or arrays["item_rows"].shape[1] != vectors.dim:
        raise BadInput(f"{path}: its fields, values and vectors do not fit together; the folder is damaged")
    told = side_of(vectors.keys, fields or (), side.keys, (arrays["items"], arrays["values"]))
    slots = ItemSlots(vectors.vocabulary, len(vectors), told, side.keys)
    if arrays["attention"].shape != slots.attention.shape:
        raise BadInput(
            f"{file}: attention has {arrays['attention'].size:,} numbers for {slots.attention.size:,} slots; the"
            " folder is damaged"
        )
    slots.attention[:] = arrays["attention"]
    table = np.concatenate([arrays["item_rows"], side.input])
    model.losses_ = config.get("losses", [])
    model.take_on(slots, table, vectors.output, vectors.vocabulary, vectors.metadata)
    return model


def _check(arrays: dict[str, np.ndarray], n_items: int, n_values: int, file: Path) -> None:
    """Refuse arrays that are not there, of other shapes, with numbers that are none or point nowhere."""
    wanted = {"item_rows": np.float32, "attention": np.float32, "items": np.int64, "values": np.int64}
    if {name: array.dtype for name, array in arrays.items()} != wanted:
        raise BadInput(f"{file}: holds {', '.join(arrays) or 'nothing'}; expected {', '.join(wanted)}")
    items, values, rows = (arrays[name] for name in ("items", "values", "item_rows"))
    whole = items.ndim == values.ndim == 1 and len(items) == len(values) and rows.ndim == 2 and len(rows) == n_items
    for ids, n in ((items, n_items), (values, n_values)):
        whole = whole and (not ids.size or 0 <= ids.min() <= ids.max() < n)
    if not whole or not all(np.isfinite(arrays[name]).all() for name in ("item_rows", "attention")):
        raise BadInput(f"{file}: its rows, items and values do not fit {n_items:,} items; the folder is damaged")
