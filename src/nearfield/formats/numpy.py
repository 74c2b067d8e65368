"""NumPy's .npz: arrays keys, input, and output and counts where they are known. It keeps no metadata.

`keys` is an array of text, so that `numpy.load(path)["keys"]` gives them as they are.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import atomic_file
from nearfield.formats.options import ReadOptions
from nearfield.formats.rows import check_wanted, checked_rows
from nearfield.formats.streams import Source
from nearfield.tables import Table
from nearfield.vectors import Vectors

KNOWN = ("keys", "input", "output", "counts")
DEFLATE_RATIO = 1_032  # one compressed byte never holds more
MAX_KEYS_BYTES = 1 << 30  # NumPy gives each key as much room as the longest


def write(vectors: Vectors, path: Path, *, replace_spaces: str | None = None) -> None:
    """Write an uncompressed .npz; keys that NumPy's text cannot hold raise `BadInput`."""
    arrays: dict[str, Any] = {"keys": _key_array(vectors.keys, path), "input": vectors.input}
    if vectors.output is not None:
        arrays["output"] = vectors.output
    if vectors.counts is not None:
        arrays["counts"] = vectors.counts
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def read(source: Source, options: ReadOptions) -> Vectors:
    """Read the arrays keys and input, and output and counts if they are there."""
    path = source.path
    with source.on_disk() as file:
        try:
            with zipfile.ZipFile(file) as archive:
                names = [name.removesuffix(".npy") for name in archive.namelist()]
                if not {"keys", "input"} <= set(names):
                    raise BadInput(
                        f"{path}: holds {', '.join(names)[:120] or 'nothing'}; expected arrays keys and input"
                    )
                arrays = {name: _read_member(path, archive, name) for name in KNOWN if name in names}
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise BadInput(f"{path}: the .npz is damaged or cut short ({error})") from error
    keys = arrays["keys"]
    if keys.dtype.kind != "U" or keys.ndim != 1:
        raise BadInput(f"{path}: keys are {keys.dtype}, shape {keys.shape}; expected text (dtype U), one for each row")
    if arrays["input"].shape[:1] != keys.shape:
        raise BadInput(f"{path}: input has {len(arrays['input'])} rows for {len(keys)} keys; expected one each")
    if not options.whole:
        wanted = options.rows_of(keys.tolist())
        arrays = {name: array[wanted] for name, array in arrays.items()}
    else:
        wanted = list(range(len(keys)))
    names = arrays["keys"].tolist()
    kept = checked_rows(path, names, arrays["input"], [row + 1 for row in wanted], "row", options.bad)
    if kept is not None:
        arrays = {name: array[kept] for name, array in arrays.items()}
    check_wanted(path, names, options)
    input = Table(arrays["input"], name=f"{path}: input")
    output = Table(arrays["output"], name=f"{path}: output") if "output" in arrays else None
    return Vectors(arrays["keys"].tolist(), input, output, arrays.get("counts"))


def _key_array(keys: tuple[str, ...], path: Path) -> np.ndarray:
    longest = max(map(len, keys), default=1)
    if longest * len(keys) * 4 > MAX_KEYS_BYTES:
        raise BadInput(f"{path}: a key has {longest:,} characters, and NumPy gives as much room to each; use parquet")
    for key in keys:
        if key.endswith("\0"):
            raise BadInput(f"{path}: key {key!r} ends in a zero, which NumPy's text loses; use parquet")
    return np.array(keys, dtype=f"U{max(1, longest)}")


def _read_member(path: Path, archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """Read one array, after checking that the archive has as many bytes as its header says."""
    entry = archive.getinfo(f"{name}.npy")
    if entry.file_size > entry.compress_size * DEFLATE_RATIO:
        raise BadInput(
            f"{path}: {name} is said to unpack to {entry.file_size:,} bytes, more than it can; it is damaged"
        )
    with archive.open(entry) as file:
        try:
            shape, dtype, start = _read_header(file)
        except (
            Exception
        ) as error:  # NumPy's parser has no error of its own: whatever Python's tokeniser raises comes out
            reason = str(error).split("\n")[0][:80]
            raise BadInput(f"{path}: {name} is no .npy array ({reason}); the file is damaged") from error
        if dtype.hasobject:
            raise BadInput(f"{path}: {name} holds Python objects, which can run code; save it as numbers or text")
        size = dtype.itemsize
        for n in shape:
            size *= n  # Python's integers do not overflow
        if min(shape, default=0) < 0 or start + size != entry.file_size:
            raise BadInput(
                f"{path}: {name} is said to be {dtype} of shape {shape}, {size:,} bytes, but there are"
                f" {entry.file_size - start:,}; the file is damaged"
            )
        file.seek(0)
        array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
        return array


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[np.generic], int]:
    """Return shape, type and the place of the first byte of data."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype, file.tell()
