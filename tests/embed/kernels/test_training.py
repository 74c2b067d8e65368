"""The kernel against its slow twin and against central differences, for every architecture × loss."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from nearfield.embed.distributions import alias_table, noise_distribution, survival_thresholds
from nearfield.embed.huffman import huffman_tree
from nearfield.embed.kernels.layout import TILE, Block, Rate, Tables, Targets, Windows
from nearfield.embed.kernels.training import train_block
from nearfield.embed.model import aligned_table
from nearfield.embed.run import LOSSES
from nearfield.embed.workspace import WorkerMemory

sys.path.insert(0, str(Path(__file__).parents[1]))
from reference import ReferenceTrainer, gradients, numerical_gradient, window_loss

HIDDEN_LAYERS = [("skipgram", True), ("cbow", True), ("cbow", False)]


class Kernel:
    """Tables, a tree and a noise distribution over a small vocabulary, and calls of the kernel on them."""

    def __init__(self, loss, *, n_keys=23, dim=11, negative=3, noise=None, sample=None, seed=0):
        random = np.random.default_rng(seed)
        self.loss, self.dim, self.n_keys, self.negative = loss, dim, n_keys, negative
        self.counts = np.sort(random.integers(1, 100, n_keys))[::-1]
        self.tree = huffman_tree(self.counts)
        self.alias = alias_table(noise_distribution(self.counts, 0.75) if noise is None else noise)
        self.keep = survival_thresholds(self.counts, sample, n_keys)
        self.input = aligned_table(n_keys, dim)
        self.output = aligned_table(n_keys - 1 if loss == "hierarchical" else n_keys, dim)
        for table in (self.input, self.output):
            table[:, :dim] = random.normal(0, 0.5, (len(table), dim))

    def tables(self):
        """Both tables as float64, without the padding."""
        return [table[:, : self.dim].astype(np.float64) for table in (self.input, self.output)]

    def train(self, sequences, *, window, rate, seed=7, architecture="skipgram", mean=True, forward=False):
        """Train on lists of ids; return the running loss and the random state."""
        tokens = np.array([t for one in sequences for t in one], np.int32)
        offsets = np.cumsum([0, *map(len, sequences)])
        n_outputs = {"negative": self.negative + 1, "hierarchical": int(np.diff(self.tree.offsets).max())}
        memory = WorkerMemory(
            loss=LOSSES.index(self.loss), n_outputs=n_outputs.get(self.loss, self.n_keys), window=window,
            longest_sequence=max(map(len, sequences)), row_floats=self.dim, output=self.output,
        )  # fmt: skip
        steps = 2 * self.tree.nodes + self.tree.codes
        addresses = (array.ctypes.data for array in (self.alias, self.tree.offsets, steps))
        loss, state = np.zeros(2), np.array([seed], np.uint64)
        train_block(
            Block(tokens.ctypes.data, offsets.ctypes.data, len(sequences), 0),
            Tables(self.input.ctypes.data, self.output.ctypes.data, 0, 0, self.input.strides[0]),
            Windows(self.keep.ctypes.data, window, forward, architecture == "cbow", mean),
            Targets(LOSSES.index(self.loss), self.n_keys, self.negative, *addresses),
            rate, memory.addresses, state, loss,
        )  # fmt: skip
        return loss, int(state[0])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("architecture", "mean"), HIDDEN_LAYERS)
@pytest.mark.parametrize("dim", [1, 8, 11, 40])
def test_a_step_follows_the_gradient(loss, architecture, mean, dim):
    always_7 = np.eye(9)[7]
    kernel = Kernel(loss, n_keys=9, dim=dim, noise=always_7)
    inputs, outputs = kernel.tables()
    context, centre = 2, 5
    path = slice(*kernel.tree.offsets[[centre, centre + 1]])
    path = kernel.tree.nodes[path], kernel.tree.codes[path]

    def reference():
        return window_loss(inputs[[context]], outputs, centre, loss, [7] * kernel.negative, path)

    by_input, by_output = numerical_gradient(reference, inputs), numerical_gradient(reference, outputs)
    # forward, window 1, two tokens: the only window has the first as its context and the second as its centre
    alpha = 1e-3
    running, _ = kernel.train(
        [[context, centre]], window=1, rate=Rate(alpha, alpha, 1), architecture=architecture, mean=mean, forward=True
    )
    moved_input, moved_output = (b - a for a, b in zip((inputs, outputs), kernel.tables(), strict=True))
    np.testing.assert_allclose(-moved_input / alpha, by_input, atol=2e-3)
    np.testing.assert_allclose(-moved_output / alpha, by_output, atol=2e-3)
    assert np.abs(by_input).max() > 0.01
    if loss == "softmax":  # the others sample their running loss
        assert running[0] / running[1] == pytest.approx(reference(), rel=1e-3)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_twins_gradient_is_the_derivative_of_its_loss(loss):
    kernel = Kernel(loss)
    inputs, outputs = kernel.tables()
    hidden = inputs[[1, 4, 4]]
    path = kernel.tree.nodes[:3], kernel.tree.codes[:3]

    def reference():
        return window_loss(hidden, outputs, 5, loss, [0, 3, 3], path)

    by_hidden, by_outputs = gradients(hidden, outputs, 5, loss, [0, 3, 3], path)
    np.testing.assert_allclose(by_hidden, numerical_gradient(reference, hidden), atol=1e-7)
    np.testing.assert_allclose(by_outputs, numerical_gradient(reference, outputs), atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("architecture", "mean"), HIDDEN_LAYERS)
@pytest.mark.parametrize("forward", [False, True])
@pytest.mark.parametrize(("window", "negative", "sample"), [(1, 1, None), (3, 5, 0.05), (12, 6, None), (30, 17, 0.1)])
def test_training_equals_the_slow_twin(loss, architecture, mean, forward, window, negative, sample):
    # more keys where there are several tiles: a row that is listed in two of them moves between its two reads
    n_keys = 60 if negative < TILE else 3000
    kernel = Kernel(loss, n_keys=n_keys, negative=negative, sample=sample)
    inputs, outputs = kernel.tables()
    random = np.random.default_rng(window)
    # no key is twice in a sequence: the kernel updates a window's rows in turn, the twin at once
    sequences = [random.permutation(n_keys)[:n].tolist() for n in (50, 0, 1, 2, 33)]
    rate = Rate(0.01, 0.001, sum(map(len, sequences)))
    done = np.cumsum([0, *map(len, sequences)])[:-1]
    twin = ReferenceTrainer(
        inputs, outputs, architecture=architecture, loss=loss, window=window, forward=forward, mean=mean,
        keep=kernel.keep.tolist(), alias=kernel.alias, negative=negative, tree=kernel.tree,
    )  # fmt: skip
    state = twin.train(sequences, rate.alpha - (rate.alpha - rate.min_alpha) * done / rate.total, seed=7)
    before = kernel.tables()
    _, kernel_state = kernel.train(
        sequences, window=window, rate=rate, architecture=architecture, mean=mean, forward=forward
    )
    assert kernel_state == state
    for ours, theirs, start in zip(kernel.tables(), (inputs, outputs), before, strict=True):
        assert np.abs(theirs - start).max() > 0.005
        np.testing.assert_allclose(ours, theirs, atol=3e-4)


@pytest.mark.parametrize("loss", LOSSES)
def test_padding_and_idle_rows_stay_zero(loss):
    kernel = Kernel(loss, dim=11)
    kernel.train([list(range(23)) * 20], window=5, rate=Rate(0.05, 0.05, 1))
    assert not kernel.input[:, 11:].any()
    assert not kernel.output[:, 11:].any()


@pytest.mark.parametrize("loss", LOSSES)
def test_large_scores_neither_overflow_nor_stop_the_repair(loss):
    kernel = Kernel(loss, dim=8)
    kernel.input[:] *= 400
    kernel.output[:] *= 400
    running, _ = kernel.train([list(range(23))], window=5, rate=Rate(0.05, 0.05, 1))
    assert np.isfinite(kernel.input).all()
    assert np.isfinite(kernel.output).all()
    assert np.isfinite(running).all()
