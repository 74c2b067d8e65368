"""Named arrays in one safetensors file: a JSON header with types, shapes and places, then the bytes.

Read here rather than by the library of that name because the arrays stay on disk, memory-mapped.
"""

from __future__ import annotations

import json
import math
import operator
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.errors import BadInput

DTYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I8": np.dtype("i1"),
    "I64": np.dtype("<i8"),
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
LENGTH_BYTES = 8
ALIGNMENT = 64  # a row of a mapped table starts where a cache line does
MAX_HEADER = 100_000_000  # the limit that the format sets itself


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write `arrays` (float32, float16, int8 or int64) to `path`."""
    header: dict[str, Any] = {}
    end = 0
    for name, array in arrays.items():
        start, end = end, end + array.nbytes
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-(LENGTH_BYTES + len(text)) % ALIGNMENT)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(LENGTH_BYTES, "little"))
        file.write(text)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).data)


def read_arrays(path: Path, *, mmap: bool) -> dict[str, np.ndarray]:
    """Read what `write_arrays` or the safetensors library wrote; with `mmap` the arrays stay on disk.

    Raises
    ------
    BadInput
        The header is not what the format says, or tells of more bytes than the file has.
    """
    if path.stat().st_size < LENGTH_BYTES:
        raise BadInput(f"{path}: has {path.stat().st_size} bytes; the file is cut short")
    content = np.memmap(path, np.uint8, mode="r")
    length = int.from_bytes(content[:LENGTH_BYTES].tobytes(), "little")
    if length > min(MAX_HEADER, len(content) - LENGTH_BYTES):
        raise BadInput(f"{path}: the header is said to take {length:,} of {len(content):,} bytes; the file is damaged")
    header = _parse_header(path, content[LENGTH_BYTES : LENGTH_BYTES + length].tobytes())
    data = content[LENGTH_BYTES + length :]
    arrays = {name: _view(path, name, entry, data) for name, entry in header.items()}
    return arrays if mmap else {name: np.array(array) for name, array in arrays.items()}


def _parse_header(path: Path, text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: the header is no JSON; the file is damaged") from error
    if not isinstance(header, dict):
        raise BadInput(f"{path}: the header is a {type(header).__name__}; expected names with types and shapes")
    header.pop("__metadata__", None)
    return header


def _view(path: Path, name: str, entry: Any, data: np.ndarray) -> np.ndarray:
    """Return array `name` as a view of the mapped bytes, after checking that it lies within them."""
    try:
        dtype = DTYPES[entry["dtype"]]
        shape = [operator.index(n) for n in entry["shape"]]
        start, end = map(operator.index, entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: the header says {name} is {json.dumps(entry)[:120]}, which cannot be read") from error
    # Python's integers do not overflow
    if (
        min(shape, default=0) < 0
        or not 0 <= start <= end <= len(data)
        or math.prod(shape) * dtype.itemsize != end - start
    ):
        raise BadInput(
            f"{path}: {name} {shape} is said to lie at {start}-{end} of {len(data):,} bytes; the file is damaged"
        )
    return data[start:end].view(dtype).reshape(shape)
