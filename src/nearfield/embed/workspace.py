"""A worker's own memory for the kernels: arrays, and the tuple of their addresses."""

from __future__ import annotations

import numpy as np

from nearfield.arrays import LANES, aligned_table
from nearfield.embed.kernels.layout import INPUTS_AT_ONCE, NEGATIVE, SOFTMAX, TILE, Workspace


class WorkerMemory:
    """Allocates what `layout.Workspace` describes and keeps it alive; `addresses` goes to the kernels."""

    def __init__(
        self,
        *,
        loss: int,
        n_outputs: int,
        longest_sequence: int,
        window: int,
        row_floats: int,
        output: np.ndarray,
        n_extra: int = 0,
    ) -> None:
        tiles, extra_tiles = -(-n_outputs // TILE), -(-n_extra // TILE)
        self.sentence = np.zeros(longest_sequence, np.int32)
        self.weights = np.zeros(longest_sequence, np.float32)
        self.contexts = np.zeros(2 * window + 2, np.int64)  # the last two for an owner, and for CBOW's hidden row
        self.errors = aligned_table(max(tiles, extra_tiles) * INPUTS_AT_ONCE, LANES)
        self.rows = aligned_table(2 + INPUTS_AT_ONCE, row_floats)
        hidden, idle, sums = (self.rows[i:].ctypes.data for i in range(3))
        self.sums_list = sums + self.rows.strides[0] * np.arange(INPUTS_AT_ONCE)
        self.outputs = np.full((2, tiles * TILE), idle, np.int64)
        self.labels = _labels(loss, n_outputs, tiles)
        self.extra_outputs = np.full(extra_tiles * TILE, idle, np.int64)
        self.extra_labels = np.full((extra_tiles, LANES), 0.5, np.float32)
        if loss == SOFTMAX:
            self.outputs[:, :n_outputs] = output.ctypes.data + output.strides[0] * np.arange(n_outputs)
        self.addresses = Workspace(
            sentence=self.sentence.ctypes.data,
            contexts=self.contexts.ctypes.data,
            sums_list=self.sums_list.ctypes.data,
            outputs=self.outputs[0].ctypes.data,
            next_outputs=self.outputs[1].ctypes.data,
            labels=self.labels[0].ctypes.data,
            next_labels=self.labels[1].ctypes.data,
            errors=self.errors.ctypes.data,
            hidden=hidden,
            idle=idle,
            sums=sums,
            weights=self.weights.ctypes.data,
            extra_outputs=self.extra_outputs.ctypes.data,
            extra_labels=self.extra_labels.ctypes.data,
        )


def _labels(loss: int, n_outputs: int, tiles: int) -> np.ndarray:
    """Return what `layout.Workspace` says of labels, shape (2, tiles, LANES): for the centre and the next."""
    filler = -1e30 if loss == SOFTMAX else 0.5  # no share in the softmax; the sigmoid of the idle row's score
    labels = np.full((2, tiles, LANES), filler, np.float32)
    by_output = labels[:, :, :TILE].reshape(2, -1)
    by_output[:, :n_outputs] = 0.0
    if loss == NEGATIVE:
        by_output[:, 0] = 1.0
    labels[:, :, :TILE] = by_output.reshape(2, tiles, TILE)
    return labels
