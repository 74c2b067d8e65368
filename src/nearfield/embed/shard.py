"""A worker's share of the sequences, and how far the worker has come with it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from nearfield.embed.kernels.layout import Block, Extras, Rate, Tables, Targets, Windows
from nearfield.embed.kernels.training import train_block
from nearfield.embed.model import Model, aligned_table
from nearfield.embed.workspace import WorkerMemory
from nearfield.files import release
from nearfield.sequences import Sequences

BLOCK_TOKENS = 100_000  # what a kernel trains on between two looks at the pause flag: about 50 ms
SHARED_BLOCK_TOKENS = 10_000  # between two exchanges of the hot rows


class Shard:
    """Sequences start … stop-1, trained on `epochs` times by one worker, block by block.

    With several workers the hot rows (see `layout.Tables`) are trained on in a copy of the worker's own, and `exchange`
    brings the worker's share of the change home: all shares add up to the mean of what the workers have learnt.
    """

    def __init__(
        self,
        number: int,
        start: int,
        stop: int,
        sequences: Sequences,
        extras: Extras,
        model: Model,
        memory: WorkerMemory,
        hot: int,
    ) -> None:
        self.start, self.stop = start, stop
        self.extras = extras
        self.sequences, self.model, self.memory = sequences, model, memory
        self.first_token = int(sequences.offsets[start])
        self.n_tokens = int(sequences.offsets[stop]) - self.first_token
        self.next = start  # the sequence that comes next
        self.epoch = 0
        self.random = np.random.SeedSequence([model.seed, number]).generate_state(1, np.uint64)
        self.loss = np.zeros((model.epochs, 2))
        self.hot_rows = aligned_table(hot, model.output.shape[1])
        self._hot_before = np.empty_like(self.hot_rows)
        self.take_hot_rows()

    @property
    def finished(self) -> bool:
        """Whether all epochs are done."""
        return self.epoch == self.model.epochs

    @property
    def done(self) -> int:
        """Tokens trained on, over all epochs."""
        return self.epoch * self.n_tokens + int(self.sequences.offsets[self.next]) - self.first_token

    def train_next_block(self, windows: Windows, targets: Targets, rate: Rate) -> None:
        """Train on the next block; the last one of an epoch begins the next."""
        first, last = self.next, self._block_end()
        offsets = self.sequences.offsets[first : last + 1]
        tokens = _taken(self.sequences.tokens, offsets)
        weights = None if self.sequences.weights is None else _taken(self.sequences.weights, offsets)
        within = offsets - offsets[0]
        weights_at = 0 if weights is None else weights.ctypes.data
        block = Block(tokens.ctypes.data, within.ctypes.data, last - first, self.done, weights_at, first)
        rate = rate._replace(total=max(1, self.n_tokens * self.model.epochs))
        train_block(
            block,
            self.extras,
            self._tables(),
            windows,
            targets,
            rate,
            self.memory.addresses,
            self.random,
            self.loss[self.epoch],
        )
        self.next = last
        if last == self.stop:
            self.next, self.epoch = self.start, self.epoch + 1

    def exchange(self, workers: int) -> None:
        """Add this worker's share of its hot rows' change to the shared tables, and take their state from there."""
        shared = self.model.output[: len(self.hot_rows)]
        shared += (self.hot_rows - self._hot_before) / np.float32(workers)
        self.take_hot_rows()

    def take_hot_rows(self) -> None:
        """Take the state of the hot rows from the shared table."""
        self.hot_rows[:] = self.model.output[: len(self.hot_rows)]
        self._hot_before[:] = self.hot_rows

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of this worker."""
        return {
            "next": self.next,
            "epoch": self.epoch,
            "random": int(self.random[0]),
            "loss": self.loss.tolist(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken."""
        self.next, self.epoch = int(state["next"]), int(state["epoch"])
        self.random[0] = state["random"]
        self.loss[:] = state["loss"]

    def _block_end(self) -> int:
        goal = self.sequences.offsets[self.next] + (SHARED_BLOCK_TOKENS if len(self.hot_rows) else BLOCK_TOKENS)
        last = int(np.searchsorted(self.sequences.offsets, goal, side="right")) - 1
        return min(max(last, self.next + 1), self.stop)

    def _tables(self) -> Tables:
        tables = self.model.input, self.model.output, self.hot_rows
        input_rows, output_rows, hot_output = (table.ctypes.data for table in tables)
        return Tables(input_rows, output_rows, hot_output, len(self.hot_rows), self.model.input.strides[0])


def _taken(array: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Copy what of a token array belongs to a run of sequences, and let go of the memory behind it."""
    copy = np.array(array[offsets[0] : offsets[-1]])
    release(array, int(offsets[0]), int(offsets[-1]))
    return copy


def balanced(offsets: np.ndarray, workers: int) -> list[tuple[int, int]]:
    """Cut the sequences into `workers` runs of about equally many tokens; none is empty if there are enough."""
    cuts = np.searchsorted(offsets, offsets[-1] * np.arange(1, workers) / workers)
    bounds = [0, *cuts.tolist(), len(offsets) - 1]
    return [(start, stop) for start, stop in pairwise(bounds) if stop > start]
