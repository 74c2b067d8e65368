"""What holds rows back that were learnt before: old tables, shares of steps, pulls; as the kernels are given them."""

from __future__ import annotations

import numpy as np

from nearfield.arrays import LANES, aligned_table
from nearfield.embed.kernels.layout import INPUTS_AT_ONCE, TILE, AnchorRoom, Anchors


class OldRows:
    """The old rows of the first keys of a vocabulary; keeps the arrays alive whose addresses the kernels have.

    Parameters
    ----------
    input, output : ndarray of float32, shape (known, dim)
    rates : two ndarrays of float32, shape (n_keys,)
        The share of its steps that each input row takes, and each output row; 0: it stays bit for bit.
    distil : float
        The weight of the old scores as soft targets; 0: none.
    pulls : two ndarrays of float32, shape (known, dim), optional
        For input and output rows: what pulls each number back, times the learning rate.
    """

    def __init__(
        self,
        input: np.ndarray,
        output: np.ndarray,
        rates: tuple[np.ndarray, np.ndarray],
        *,
        distil: float = 0.0,
        pulls: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> None:
        self.input, self.output = _padded(input), _padded(output)
        self.rates = tuple(np.ascontiguousarray(one, np.float32) for one in rates)
        self.distil = distil
        self.pulls = None if pulls is None else (_padded(pulls[0]), _padded(pulls[1]))

    def addresses(self) -> Anchors:
        """What the kernels are given."""
        pulls = (0, 0) if self.pulls is None else tuple(table.ctypes.data for table in self.pulls)
        return Anchors(
            input=self.input.ctypes.data,
            output=self.output.ctypes.data,
            known=len(self.input),
            distil=float(self.distil),
            input_rates=self.rates[0].ctypes.data,
            output_rates=self.rates[1].ctypes.data,
            input_pull=pulls[0],
            output_pull=pulls[1],
        )


class AnchorMemory:
    """A worker's own memory for the kernel; `addresses` goes there, `idle` is where a row of zeros stands."""

    def __init__(self, window: int, n_outputs: int, row_floats: int, idle: int) -> None:
        tiles = -(-n_outputs // TILE)
        self.rows = aligned_table(n_outputs + 1, row_floats)
        self.lists = np.full((2, tiles * TILE), idle, np.int64)
        self.old_inputs = np.full(max(INPUTS_AT_ONCE, 2 * window), idle, np.int64)
        self.known = np.zeros(INPUTS_AT_ONCE, np.float32)
        self.masks, self.soft = aligned_table(tiles, LANES), aligned_table(tiles * INPUTS_AT_ONCE, LANES)
        self.addresses = AnchorRoom(
            copies=self.rows[1:].ctypes.data,
            outputs=self.lists[0].ctypes.data,
            old_inputs=self.old_inputs.ctypes.data,
            old_outputs=self.lists[1].ctypes.data,
            old_hidden=self.rows.ctypes.data,
            inputs_known=self.known.ctypes.data,
            outputs_known=self.masks.ctypes.data,
            soft=self.soft.ctypes.data,
        )


def _padded(rows: np.ndarray) -> np.ndarray:
    table = aligned_table(*rows.shape)
    table[:, : rows.shape[1]] = rows
    return table
