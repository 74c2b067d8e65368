"""From an estimator's parameters to shards, addresses and a trainer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from nearfield.embed.anchors import AnchorMemory, OldRows
from nearfield.embed.checkpoint import Checkpoint
from nearfield.embed.corpus import Corpus
from nearfield.embed.distributions import alias_table, noise_distribution, survival_thresholds
from nearfield.embed.extras import SessionExtras
from nearfield.embed.huffman import HuffmanTree, tree_of
from nearfield.embed.kernels.anchored import train_anchored_block
from nearfield.embed.kernels.layout import (
    HIERARCHICAL,
    NEGATIVE,
    AnchorRoom,
    Anchors,
    Block,
    Extras,
    Rate,
    SideRoom,
    Slots,
    Tables,
    Targets,
    Windows,
    Workspace,
)
from nearfield.embed.kernels.progress import LOSS, N_FACTS, PAIRS, ROWS
from nearfield.embed.kernels.side_information import train_side_block
from nearfield.embed.kernels.training import train_block
from nearfield.embed.model import new_model
from nearfield.embed.progress import Progress, compiling
from nearfield.embed.shard import Shard, Training
from nearfield.embed.slots import ItemSlots, SideMemory
from nearfield.embed.trainer import Trainer
from nearfield.embed.workspace import WorkerMemory
from nearfield.reading import min_count_of
from nearfield.sequences import sequence_blocks

if TYPE_CHECKING:
    from nearfield.embed.word2vec import Word2Vec

LOSSES = ("negative", "hierarchical", "softmax")  # in the order of `kernels.layout`
HOT_SHARE = 0.02  # an output row that takes part in this share of all steps is trained on in a copy for each worker


class Run:
    """One fit: builds everything that the kernels are given, and keeps it alive while they have its addresses."""

    def __init__(
        self,
        estimator: Word2Vec,
        corpus: Corpus,
        n_keys: int,
        extras: SessionExtras | None = None,
        slots: ItemSlots | None = None,
        anchors: OldRows | None = None,
    ) -> None:
        self.estimator = estimator
        self.extras, self.slots, self.anchors = extras, slots, anchors
        self.counts = corpus.vocabulary.counts[:n_keys]
        self.reading = corpus.reading
        # what was dropped when the input was read is as little there as what the estimator drops
        self.min_count = max(estimator.min_count, min_count_of(corpus.reading))
        self.loss = LOSSES.index(estimator.loss)
        self.keep = survival_thresholds(corpus.vocabulary.counts, estimator.sample, n_keys)
        self.alias = np.empty((0, 2), np.uint32)
        self.tree = HuffmanTree(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.uint8))
        if self.loss == NEGATIVE:
            self.alias = alias_table(noise_distribution(self.counts, estimator.ns_exponent))
        elif self.loss == HIERARCHICAL:
            self.tree = tree_of(corpus.vocabulary.keys[:n_keys], self.counts)
        self.steps = 2 * self.tree.nodes + self.tree.codes  # int32, as the kernels read them
        n_outputs = n_keys - 1 if self.loss == HIERARCHICAL else n_keys
        # the rows of users, and of side information, stand behind the keys'
        n_inputs = n_keys + (len(extras.users) if extras else 0) + (len(slots.values) if slots else 0)
        self.model = new_model(n_inputs, n_outputs, estimator.vector_size, estimator.epochs, estimator.seed)
        self.shards = self._shards(corpus)

    def train(self, checkpoint: Checkpoint | None, *, resume: bool) -> None:
        """Train to the end, or to Ctrl-C."""
        estimator = self.estimator
        if checkpoint and resume:
            checkpoint.restore(self.model, self.shards)
            for shard in self.shards:
                shard.take_hot_rows()

        def save() -> None:
            if checkpoint:
                checkpoint.save(self.model, self.shards)

        save_every = estimator.checkpoint_minutes * 60 if checkpoint else float("inf")
        rate = Rate(estimator.alpha, estimator.min_alpha, 1)
        total = sum(shard.n_tokens for shard in self.shards) * estimator.epochs
        done = sum(shard.done for shard in self.shards)
        told: dict[str, Any] = {"unit": estimator.UNIT, "epochs": estimator.epochs, "done": done}
        with Progress(total, verbose=estimator.verbose, **told) as progress:
            Trainer(self.shards, self._windows(), self._targets(), rate).run(progress, save, save_every)

    def losses(self) -> list[float]:
        """The mean sampled loss of each epoch that was begun.

        An epoch in which nothing was trained on, as subsampling left no pair, has left the model as it was: its loss is
        that of the nearest epoch that has one. Empty where no epoch has.
        """
        begun = max((shard.epochs_begun for shard in self.shards), default=0)
        sums = sum((shard.loss for shard in self.shards), np.zeros((self.estimator.epochs, N_FACTS)))[:begun]
        measured = np.flatnonzero(sums[:, ROWS])
        if not len(measured):
            return []
        nearest = measured[np.abs(np.arange(len(sums))[:, None] - measured).argmin(axis=1)]
        return [float(sums[epoch, LOSS] / sums[epoch, ROWS]) for epoch in nearest]

    @property
    def pairs(self) -> int:
        """How many pairs of a centre and a context token were trained on, over all epochs."""
        return int(sum(shard.loss[:, PAIRS].sum() for shard in self.shards))

    def summary(self) -> dict[str, Any]:
        """What the metadata say about the run beside the parameters."""
        tokens = sum(shard.n_tokens for shard in self.shards)
        finished = all(shard.finished for shard in self.shards)
        return {
            "min_count": self.min_count,
            "tokens": tokens,
            "pairs": self.pairs,
            "losses": self.losses(),
            "finished": finished,
            "workers": len(self.shards),
        }

    def _shards(self, corpus: Corpus) -> list[Shard]:
        bounds = corpus.runs(self.estimator.workers or usable_cores())
        hot = self._hot_rows() if len(bounds) > 1 else 0
        extras = self.extras.addresses() if self.extras else Extras()
        shards = []
        for number, (start, stop) in enumerate(bounds):
            memory = self._memory(corpus.longest, extras)
            training = self._training(extras, memory)
            shards.append(Shard(number, start, stop, corpus, training, self.model, memory, hot))
        return shards

    def _training(self, extras: Extras, memory: WorkerMemory) -> Training:
        """The kernel, and a worker's own memory for what is special to it."""
        estimator, slots, anchors = self.estimator, self.slots, self.anchors
        if slots:
            side = SideMemory(estimator.window, slots.most, estimator.vector_size)
            given = slots.addresses(learn=getattr(estimator, "attention", False)), side.addresses
            return Training(train_side_block, given, side)
        if anchors:
            sizes = estimator.window, estimator.negative + 1, estimator.vector_size
            room = AnchorMemory(*sizes, memory.addresses.idle)
            return Training(train_anchored_block, (anchors.addresses(), room.addresses), room)
        return Training(train_block, (extras,))

    def _memory(self, longest: int, extras: Extras) -> WorkerMemory:
        n_outputs = {
            "negative": self.estimator.negative + 1,
            "hierarchical": int(np.diff(self.tree.offsets).max(initial=0)),
            "softmax": len(self.counts),
        }[self.estimator.loss]
        return WorkerMemory(
            loss=self.loss,
            n_outputs=n_outputs,
            longest_sequence=longest,
            window=self.estimator.window,
            row_floats=self.estimator.vector_size,
            output=self.model.output,
            n_extra=max(1 + extras.group_negative, extras.rejections),
        )

    def _hot_rows(self) -> int:
        """How many output rows, the first ones, are written so often that the cores would fight for them."""
        if self.loss != HIERARCHICAL:
            return 0
        weights = np.zeros(len(self.counts) - 1)
        for first, stop in sequence_blocks(self.tree.offsets):
            offsets = self.tree.offsets[first : stop + 1]
            leaves = np.repeat(self.counts[first:stop], np.diff(offsets))
            weights += np.bincount(self.tree.nodes[offsets[0] : offsets[-1]], leaves, minlength=len(weights))
        return int(np.count_nonzero(weights >= HOT_SHARE * self.counts.sum()))

    def _windows(self) -> Windows:
        estimator = self.estimator
        forward, cbow = estimator.direction == "forward", estimator.architecture == "cbow"
        return Windows(self.keep.ctypes.data, estimator.window, forward, cbow, bool(estimator.cbow_mean))

    def _targets(self) -> Targets:
        addresses = (array.ctypes.data for array in (self.alias, self.tree.offsets, self.steps))
        return Targets(self.loss, len(self.counts), self.estimator.negative, *addresses)


def compile_kernels(*, verbose: bool, kind: Literal["plain", "side", "anchored"] = "plain") -> None:
    """Compile or load a kernel, and say so if it took over a second."""
    block, side_room, anchor_room, tables, targets, work = (
        layout(*[0] * len(layout._fields))
        for layout in (Block, SideRoom, AnchorRoom, Tables, Targets, Workspace)  # type: ignore[attr-defined]
    )
    rate, state, loss = Rate(0.0, 0.0, 1), np.zeros(1, np.uint64), np.zeros(N_FACTS)
    given = tables, Windows(0, 0, forward=False, cbow=False, mean=False), targets, rate, work, state, loss
    kernels = {"plain": train_block, "side": train_side_block, "anchored": train_anchored_block}
    with compiling(kernels[kind], verbose=verbose):
        if kind == "side":
            train_side_block(block, Slots(0, 0, 0, 0, learn=False, most=0), side_room, *given)
        elif kind == "anchored":
            train_anchored_block(block, Anchors(0, 0, 0, 0.0, 0, 0, 0, 0), anchor_room, *given)
        else:
            train_block(block, Extras(), *given)


def usable_cores() -> int:
    """The cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
