"""Arrays that come from elsewhere: of the type that is wanted, or a clear refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nearfield.errors import BadInput

LANES = 8  # floats that a kernel reads at once; `kernels.lanes` says why
CACHE_LINE = 64  # bytes


def typed(name: str, array: Any, dtype: Any) -> np.ndarray:
    """Return a one-dimensional array of a dtype, without a copy if it is one; raise `BadInput` for others."""
    given, wanted = np.asanyarray(array), np.dtype(dtype)
    if given.ndim != 1:
        raise BadInput(f"{name} have {given.ndim} dimensions; expected 1")
    if given.dtype == wanted:
        return given
    if not np.can_cast(given.dtype, wanted, casting="same_kind"):
        raise BadInput(f"{name} are {given.dtype}; expected {wanted}")
    return given.astype(wanted)


def run_places(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the places of runs one behind the other, int64: starts[i] … starts[i] + lengths[i] - 1 of each.

    Examples
    --------
    >>> run_places(np.array([7, 2]), np.array([2, 3]))
    array([7, 8, 2, 3, 4])
    """
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)


def mapped(path: Path) -> np.ndarray[Any, Any]:
    """Map an array that `np.save` wrote, without reading it; raise `BadInput` where the file is damaged."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); the folder is damaged") from error


def aligned_table(rows: int, dim: int) -> np.ndarray:
    """Return zeros, float32, shape (rows, dim rounded up to a multiple of LANES), that start on a cache line."""
    stride = -(-dim // LANES) * LANES
    buffer = np.zeros(rows * stride + CACHE_LINE // 4, np.float32)
    start = -buffer.ctypes.data % CACHE_LINE // 4
    return buffer[start : start + rows * stride].reshape(rows, stride)
