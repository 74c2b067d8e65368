"""What training changes: two tables, and the settings that say how."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nearfield.arrays import aligned_table

SMALLEST = np.float32(1e-30)


class Model(NamedTuple):
    """Parameters in training: float32 tables with padded rows (see `arrays.aligned_table`), the epochs and the seed."""

    input: np.ndarray
    output: np.ndarray
    epochs: int
    seed: int


def new_model(n_inputs: int, n_outputs: int, vector_size: int, epochs: int, seed: int) -> Model:
    """Start as word2vec.c does: input rows uniform in ±½ / vector_size, output rows zero."""
    tables = aligned_table(n_inputs, vector_size), aligned_table(n_outputs, vector_size)
    random = np.random.default_rng(seed)
    for start in range(0, n_inputs, 10_000):
        rows = tables[0][start : start + 10_000, :vector_size]
        rows[:] = (random.random(rows.shape, np.float32) - np.float32(0.5)) / np.float32(vector_size)
    return Model(*tables, epochs, seed)


def compact(table: np.ndarray, dim: int) -> np.ndarray:
    """Take the padding out of a table, in its own memory; return it as (rows, dim). The table is used up."""
    rows, stride = table.shape
    if stride == dim:
        return table
    flat = table.reshape(-1)
    for row in range(1, rows):
        flat[row * dim : (row + 1) * dim] = flat[row * stride : row * stride + dim]
    return flat[: rows * dim].reshape(rows, dim)


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Return rows scaled to length 1, float32; rows of zeros stay."""
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), SMALLEST)).astype(np.float32, copy=False)
