"""The training kernel on a small vocabulary of its own, as tests call it."""

from __future__ import annotations

import numpy as np

from nearfield.arrays import aligned_table
from nearfield.embed.distributions import alias_table, noise_distribution, survival_thresholds
from nearfield.embed.huffman import huffman_tree
from nearfield.embed.kernels.layout import Block, Extras, Tables, Targets, Windows
from nearfield.embed.kernels.progress import N_FACTS
from nearfield.embed.kernels.training import train_block
from nearfield.embed.run import LOSSES
from nearfield.embed.workspace import WorkerMemory


class Kernel:
    """Tables, a tree and a noise distribution over a small vocabulary, and calls of the kernel on them."""

    def __init__(self, loss, *, n_keys=23, dim=11, negative=3, noise=None, sample=None, seed=0, n_users=0):
        random = np.random.default_rng(seed)
        self.loss, self.dim, self.n_keys, self.negative = loss, dim, n_keys, negative
        self.counts = np.sort(random.integers(1, 100, n_keys))[::-1]
        self.tree = huffman_tree(self.counts)
        self.alias = alias_table(noise_distribution(self.counts, 0.75) if noise is None else noise)
        self.keep = survival_thresholds(self.counts, sample, n_keys)
        self.input = aligned_table(n_keys + n_users, dim)
        self.output = aligned_table(n_keys - 1 if loss == "hierarchical" else n_keys, dim)
        for table in (self.input, self.output):
            table[:, :dim] = random.normal(0, 0.5, (len(table), dim))

    def tables(self):
        """Both tables as float64, without the padding."""
        return [table[:, : self.dim].astype(np.float64) for table in (self.input, self.output)]

    def train(
        self, sequences, *, window, rate, seed=7, architecture="skipgram", mean=True, forward=False,
        weights=None, extras=None,
    ):  # fmt: skip
        """Train on lists of ids, with lists of weights and `SessionExtras` if given; return running loss and state."""
        tokens = np.array([t for one in sequences for t in one], np.int32)
        flat = None if weights is None else np.array([w for one in weights for w in one], np.float32)
        given = extras.addresses() if extras else Extras()
        offsets = np.cumsum([0, *map(len, sequences)])
        n_outputs = {"negative": self.negative + 1, "hierarchical": int(np.diff(self.tree.offsets).max())}
        memory = WorkerMemory(
            loss=LOSSES.index(self.loss), n_outputs=n_outputs.get(self.loss, self.n_keys), window=window,
            longest_sequence=max(map(len, sequences)), row_floats=self.dim, output=self.output,
            n_extra=max(1 + given.group_negative, given.rejections),
        )  # fmt: skip
        steps = 2 * self.tree.nodes + self.tree.codes
        addresses = (array.ctypes.data for array in (self.alias, self.tree.offsets, steps))
        loss, state = np.zeros(N_FACTS), np.array([seed], np.uint64)
        train_block(
            Block(
                tokens.ctypes.data, offsets.ctypes.data, len(sequences), 0, 0 if flat is None else flat.ctypes.data, 0
            ),
            given,
            Tables(self.input.ctypes.data, self.output.ctypes.data, 0, 0, self.input.strides[0]),
            Windows(self.keep.ctypes.data, window, forward, architecture == "cbow", mean),
            Targets(LOSSES.index(self.loss), self.n_keys, self.negative, *addresses),
            rate, memory.addresses, state, loss,
        )  # fmt: skip
        return loss, int(state[0])
