"""A worker's share of the sequences, and how far the worker has come with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nearfield.arrays import aligned_table
from nearfield.embed.corpus import Corpus
from nearfield.embed.kernels.layout import Block, Rate, Tables, Targets, Windows
from nearfield.embed.kernels.progress import N_FACTS
from nearfield.embed.model import Model
from nearfield.embed.workspace import WorkerMemory

BLOCK_TOKENS = 100_000  # what a kernel trains on between two looks at the pause flag: about 50 ms
SHARED_BLOCK_TOKENS = 10_000  # between two exchanges of the hot rows


class Training(NamedTuple):
    """The kernel that a worker trains with, what it is given beside what all kernels are, and whose memory that is."""

    kernel: Callable[..., None]
    given: tuple[Any, ...]
    memory: Any = None


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
        corpus: Corpus,
        training: Training,
        model: Model,
        memory: WorkerMemory,
        hot: int,
    ) -> None:
        self.start, self.stop = start, stop
        self.training = training
        self.corpus, self.model, self.memory = corpus, model, memory
        self.first_token = corpus.tokens_before(start)
        self.n_tokens = corpus.tokens_before(stop) - self.first_token
        self.next = start  # the sequence that comes next
        self.epoch = 0
        self.random = np.random.SeedSequence([model.seed, number]).generate_state(1, np.uint64)
        self.loss = np.zeros((model.epochs, N_FACTS))
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
        return self.epoch * self.n_tokens + self.corpus.tokens_before(self.next) - self.first_token

    @property
    def epochs_begun(self) -> int:
        """How many epochs are done or begun."""
        return self.epoch + (self.next > self.start)

    def train_next_block(self, windows: Windows, targets: Targets, rate: Rate) -> None:
        """Train on the next block; the last one of an epoch begins the next."""
        n_tokens = SHARED_BLOCK_TOKENS if len(self.hot_rows) else BLOCK_TOKENS
        first, last = self.next, self.corpus.block_end(self.next, self.stop, n_tokens)
        tokens, offsets, weights = self.corpus.take(self.epoch, first, last)
        weights_at = 0 if weights is None else weights.ctypes.data
        block = Block(tokens.ctypes.data, offsets.ctypes.data, last - first, self.done, weights_at, first)
        rate = rate._replace(total=max(1, self.n_tokens * self.model.epochs))
        given = self._tables(), windows, targets, rate, self.memory.addresses, self.random, self.loss[self.epoch]
        self.training.kernel(block, *self.training.given, *given)
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

    def _tables(self) -> Tables:
        tables = self.model.input, self.model.output, self.hot_rows
        input_rows, output_rows, hot_output = (table.ctypes.data for table in tables)
        return Tables(input_rows, output_rows, hot_output, len(self.hot_rows), self.model.input.strides[0])
