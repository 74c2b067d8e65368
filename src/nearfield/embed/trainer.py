"""One training run: workers on their shards, watched by the main thread, which alone pauses, saves and stops them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import Any, Protocol

import numpy as np

from nearfield.embed.kernels.layout import Rate, Targets
from nearfield.embed.model import Model
from nearfield.embed.progress import Progress

LOOK_EVERY = 0.2  # seconds


class Share(Protocol):
    """A worker's share of the work: `shard.Shard` has sequences, `edge_run.EdgeShard` samples of edges."""

    n_tokens: int
    epoch: int
    model: Model
    loss: np.ndarray
    hot_rows: np.ndarray

    @property
    def finished(self) -> bool:
        """Whether all of it is done."""

    @property
    def done(self) -> int:
        """How much of n_tokens · epochs is done."""

    def train_next_block(self, source: Any, targets: Targets, rate: Rate, /) -> None:
        """Train on the next block."""

    def exchange(self, workers: int, /) -> None:
        """Bring the change of the hot rows home."""


class Trainer:
    """Runs shards to their end; `source`, Windows or Edges, says what their blocks are trained on.

    Kernels release the interpreter's lock and write to the shared tables without locks (Hogwild, Niu et al. 2011,
    arXiv:1106.5730): with one worker a run is repeated bit for bit, with several it is not.

    A pause, for a checkpoint or on Ctrl-C, ends every worker's block first, so that the shards say exactly what has
    been learnt; whether there were pauses makes no difference to the result.
    """

    def __init__(self, shards: Sequence[Share], source: Any, targets: Targets, rate: Rate) -> None:
        self.shards = shards
        self._settings = source, targets, rate
        self._rate = rate
        self._pause = threading.Event()
        self._exchanging = threading.Lock()

    def run(self, progress: Progress, save: Callable[[], None], save_every: float) -> None:
        """Train to the end, calling `save` every `save_every` seconds and at the end.

        Raises
        ------
        KeyboardInterrupt
            After the blocks in work are done and `save` is called.
        """
        with ThreadPoolExecutor(len(self.shards)) as pool:
            interrupted = False
            while not interrupted and not all(shard.finished for shard in self.shards):
                self._pause.clear()
                try:
                    work = [pool.submit(self._work, shard) for shard in self.shards if not shard.finished]
                    interrupted = self._watch(work, progress, time.monotonic() + save_every)
                except BaseException:  # Ctrl-C in between: leaving the pool waits for the workers
                    self._pause.set()
                    raise
                for future in work:
                    future.result()
                save()
        if interrupted:
            raise KeyboardInterrupt

    def _work(self, shard: Share) -> None:
        while not shard.finished and not self._pause.is_set():
            shard.train_next_block(*self._settings)
            if len(self.shards) > 1 and len(shard.hot_rows):
                with self._exchanging:
                    shard.exchange(len(self.shards))

    def _watch(self, work: list[Future[None]], progress: Progress, pause_at: float) -> bool:
        """Wait for the workers; return whether Ctrl-C was pressed."""
        interrupted = False
        waiting = set(work)
        while waiting:
            try:
                finished, waiting = wait(waiting, timeout=LOOK_EVERY, return_when=FIRST_EXCEPTION)
                progress.update(*self._figures())
                if time.monotonic() >= pause_at or any(future.exception() for future in finished):
                    self._pause.set()
            except KeyboardInterrupt:
                interrupted = True
                self._pause.set()
        return interrupted

    def _figures(self) -> tuple[int, float, float]:
        """Tokens done, learning rate, mean loss of the epoch in work."""
        done = sum(shard.done for shard in self.shards)
        share = done / max(1, sum(shard.n_tokens * shard.model.epochs for shard in self.shards))
        epoch = min(shard.epoch for shard in self.shards)
        loss, rows = np.sum([shard.loss[min(epoch, shard.model.epochs - 1), :2] for shard in self.shards], axis=0)
        alpha = self._rate.alpha - (self._rate.alpha - self._rate.min_alpha) * share
        return done, alpha, loss / rows if rows else float("nan")
