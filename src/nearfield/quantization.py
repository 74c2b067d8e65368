"""Tables stored in fewer bytes, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from nearfield.arithmetic import nearest
from nearfield.errors import BadInput
from nearfield.parameters import shown
from nearfield.tables import Storage, Table

if TYPE_CHECKING:
    from nearfield.vectors import Vectors

INT8_MAX = 127


@dataclass(frozen=True)
class QuantizationLoss:
    """What quantised vectors have lost.

    Attributes
    ----------
    max_cosine_error, mean_cosine_error : float
        1 − the cosine between a key's input row before and after, over all keys.
    neighbour_overlap : float
        The share of the k nearest keys that stay among them, over the keys that were asked.
    k, queries : int
        How many neighbours, and of how many keys.
    """

    max_cosine_error: float
    mean_cosine_error: float
    neighbour_overlap: float
    k: int
    queries: int


def quantize(table: Table, storage: Storage) -> Table:
    """Return `table` stored as float32, float16, or int8 with the scale max |row| / 127 for each row."""
    if not isinstance(storage, str) or storage not in get_args(Storage):
        raise BadInput(f"storage is {shown(storage)}; expected one of {', '.join(get_args(Storage))}")
    values = np.empty(table.shape, storage)
    scales = np.ones(len(table), np.float32) if storage == "int8" else None
    for start, block in table.blocks():
        rows = slice(start, start + len(block))
        if scales is not None:
            steps = np.abs(block).max(axis=1, initial=0) / np.float32(INT8_MAX)
            scales[rows] = np.where(steps > 0, steps, 1)  # what is too small to have a step becomes 0
            block = np.clip(np.rint(block / scales[rows, None]), -INT8_MAX, INT8_MAX)
        elif storage == "float16" and np.abs(block).max(initial=0) > np.finfo(np.float16).max:
            largest_of_all = np.abs(block).max()
            raise BadInput(f"{table.name} holds {largest_of_all:g}, beyond float16; use int8, or normalized() first")
        values[rows] = block
    return Table(values, scales, table.name)


def quantization_loss(
    before: Vectors, after: Vectors, *, k: int = 10, queries: int = 1_000, seed: int = 1
) -> QuantizationLoss:
    """Measure what `after`, such as `before.quantize("int8")`, has lost in its input rows.

    Parameters
    ----------
    before, after : Vectors
        With the same keys; at least two.
    k : int
        How many neighbours are compared.
    queries : int
        How many keys, drawn by `seed`, are asked for their neighbours.
    """
    if before.keys != after.keys or len(before) < 2:
        raise BadInput(
            "the two differ in their keys, or have fewer than 2; expected the same vectors, stored differently"
        )
    errors = np.empty(len(before))
    for start, block in before.input_table.blocks():
        ids = np.arange(start, start + len(block))
        errors[ids] = _cosine_errors(block, after.input_table[start : start + len(block)])
    drawn = np.random.default_rng(seed).permutation(np.flatnonzero(before.input_table.norms))[:queries]
    k = min(k, len(before) - 1)
    shared = [
        len(set(left) & set(right)) / k
        for left, right in zip(*(_neighbours(one, drawn, k) for one in (before, after)), strict=True)
    ]
    overlap = float(np.mean(shared)) if shared else 1.0
    return QuantizationLoss(float(errors.max()), float(errors.mean()), overlap, k, len(drawn))


def _cosine_errors(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return 1 − cosine row by row, in float64: |u − v|² / 2 for unit rows, which stays exact near 0."""
    units = [
        rows / np.maximum(np.linalg.norm(rows, axis=1), 1e-300)[:, None] for rows in map(np.float64, (left, right))
    ]
    return np.square(units[0] - units[1]).sum(axis=1) / 2


def _neighbours(vectors: Vectors, ids: np.ndarray, k: int) -> list[list[int]]:
    table = vectors.input_table
    found, _ = nearest(table, table[ids], k, list(ids[:, None]))
    return found.tolist()
