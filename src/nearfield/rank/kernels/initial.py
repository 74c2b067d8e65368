"""How factors begin: drawn for each by its place alone, so that a table may grow later without a difference."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import kernel
from nearfield.kernels.lanes import store_float
from nearfield.kernels.randomness import GOLDEN, bits, uniform


@kernel
def draw_vectors(factors, row_bytes, first, stop, vector_size, seed, low, high):  # type: ignore[no-untyped-def]
    """Draw the vectors `first` … `stop` - 1 evenly from [low, high); their squared gradients begin at 1, as in libffm.

    Parameters
    ----------
    factors : address of float32, shape (n, 2, k)
        Each vector beside its squared gradients; `row_bytes` are those of one of the two.
    vector_size : int
        What is behind it, up to k, stays as it is.
    seed : uint64
    low, high : float64
    """
    start = bits(seed + GOLDEN)
    for vector in range(first, stop):
        at = factors + 2 * row_bytes * vector
        for k in range(vector_size):
            random = uniform(bits(start + GOLDEN * np.uint64(vector * vector_size + k)))
            store_float(at + 4 * k, np.float32(low + (high - low) * random))
        for k in range(row_bytes, 2 * row_bytes, 4):
            store_float(at + k, np.float32(1.0))
