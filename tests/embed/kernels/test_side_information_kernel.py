"""The kernel of side information against its slow twin, central differences, and plain skip-gram."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from nearfield.arrays import aligned_table
from nearfield.embed.kernels.layout import Block, Rate, Tables, Targets, Windows
from nearfield.embed.kernels.progress import N_FACTS
from nearfield.embed.kernels.side_information import train_side_block
from nearfield.embed.slots import ItemSlots, SideMemory
from nearfield.embed.workspace import WorkerMemory
from nearfield.vocabulary import Vocabulary

sys.path.insert(0, str(Path(__file__).parents[1]))
from harness import Kernel
from reference import INPUTS_AT_ONCE, ReferenceTrainer, SplitMix, gradients, numerical_gradient, window_loss

N = 23
SIDE = {
    "brand": {f"k{i}": "ab"[i % 2] for i in range(0, N, 2)},
    "genre": {f"k{i}": ["x", "y", "z"][: 1 + i % 3] for i in range(N - 4)},
}


class SideKernel(Kernel):
    """A vocabulary with side information; some items have none."""

    def __init__(self, *, dim=11, side=SIDE, noise=None, negative=3):
        super().__init__("negative", n_keys=N, dim=dim, noise=noise, negative=negative)
        random = np.random.default_rng(3)
        self.slots = ItemSlots(Vocabulary([f"k{i}" for i in range(N)]), N, side)
        plain, self.input = self.input, aligned_table(N + len(self.slots.values), dim)
        self.input[:N], self.input[N:, :dim] = plain, random.normal(0, 0.5, (len(self.slots.values), dim))
        self.slots.attention[:] = random.normal(0, 1, len(self.slots.attention))

    def train_with_side(self, sequences, *, window, alpha, forward=False, learn=True, seed=7):
        tokens = np.array([t for one in sequences for t in one], np.int32)
        offsets = np.cumsum([0, *map(len, sequences)])
        longest, n_outputs = max(map(len, sequences)), self.negative + 1
        memory = WorkerMemory(
            loss=0, n_outputs=n_outputs, window=window, longest_sequence=longest, row_floats=self.dim,
            output=self.output,
        )  # fmt: skip
        room = SideMemory(window, self.slots.most, self.dim)
        state, loss = np.array([seed], np.uint64), np.zeros(N_FACTS)
        train_side_block(
            Block(tokens.ctypes.data, offsets.ctypes.data, len(sequences), 0),
            self.slots.addresses(learn=learn),
            room.addresses,
            Tables(self.input.ctypes.data, self.output.ctypes.data, 0, 0, self.input.strides[0]),
            Windows(self.keep.ctypes.data, window, forward, cbow=False, mean=False),
            Targets(0, N, self.negative, self.alias.ctypes.data, 0, 0),
            Rate(alpha, alpha, 1),
            memory.addresses,
            state,
            loss,
        )
        return loss, int(state[0])


def shares_of(item, slots, attention):
    some = attention[slots.offsets[item] : slots.offsets[item + 1]]
    return np.exp(some) / np.exp(some).sum()


def slot_rows(item, slots):
    """The input rows of each slot of an item."""
    return [
        slots.rows[slots.value_offsets[s] : slots.value_offsets[s + 1]]
        for s in range(slots.offsets[item], slots.offsets[item + 1])
    ]


def hidden_of(item, slots, attention, inputs):
    """H of equation 6."""
    means = np.array([inputs[rows].mean(axis=0) for rows in slot_rows(item, slots)])
    return shares_of(item, slots, attention) @ means


class SideTwin(ReferenceTrainer):
    """Equations 6, 8 and 9 in float64, in the kernel's order and with its random numbers."""

    def __init__(self, kernel, inputs, outputs, *, window, forward, learn):
        super().__init__(
            inputs, outputs, architecture="skipgram", loss="negative", window=window, forward=forward, mean=False,
            keep=kernel.keep, alias=kernel.alias, negative=kernel.negative, tree=kernel.tree,
        )  # fmt: skip
        self.slots, self.attention, self.learn = kernel.slots, kernel.slots.attention.astype(np.float64), learn

    def train_with_side(self, sequences, alpha, seed=7):
        random = SplitMix(seed)
        for tokens in sequences:
            ids = [t for t in tokens if self._survives(t, random)]
            for at, centre in enumerate(ids):
                reach = 1 + ((random.bits() >> 32) * self.window >> 32)
                context = ids[max(0, at - reach) : at] + ([] if self.forward else ids[at + 1 : at + 1 + reach])
                if context:
                    samples = self._samples(centre, random)
                    for first in range(0, len(context), INPUTS_AT_ONCE):
                        self._side_step(context[first : first + INPUTS_AT_ONCE], centre, samples, alpha)
        return random.state

    def _side_step(self, context, centre, samples, alpha):
        slots, attention, inputs = self.slots, self.attention.copy(), self.inputs.copy()
        hidden = np.array([hidden_of(item, slots, attention, inputs) for item in context])
        by_hidden, by_outputs = gradients(hidden, self.outputs, centre, "negative", samples, None)
        for item, h, g in zip(context, hidden, by_hidden, strict=True):
            shares = shares_of(item, slots, attention)
            for s, (share, rows) in enumerate(zip(shares, slot_rows(item, slots), strict=True)):
                self.inputs[rows] -= alpha * share * g / len(rows)
                if self.learn:
                    at = slots.offsets[item] + s
                    self.attention[at] -= alpha * share * (inputs[rows].mean(axis=0) - h) @ g
        self.outputs -= alpha * by_outputs


@pytest.mark.parametrize("context", [0, 1, N - 2])  # three slots, two, none but its own
@pytest.mark.parametrize("dim", [3, 8, 21])
def test_a_step_follows_the_gradient(context, dim):
    kernel = SideKernel(dim=dim, noise=np.eye(N)[7])
    (inputs, outputs), attention, centre = kernel.tables(), kernel.slots.attention.astype(np.float64), 5

    def reference():
        hidden = hidden_of(context, kernel.slots, attention, inputs)
        return window_loss(hidden[None], outputs, centre, "negative", [7] * kernel.negative, None)

    wanted = [numerical_gradient(reference, table) for table in (inputs, outputs, attention)]
    alpha = 1e-3
    kernel.train_with_side([[context, centre]], window=1, alpha=alpha, forward=True)
    after = [*kernel.tables(), kernel.slots.attention]
    for before, table, gradient in zip((inputs, outputs, attention), after, wanted, strict=True):
        np.testing.assert_allclose((before - table) / alpha, gradient, atol=2e-3)
    assert np.abs(wanted[0]).max() > 0.01
    assert (np.abs(wanted[2]).max() > 1e-3) == (context != N - 2)


@pytest.mark.parametrize("learn", [True, False])
@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("window", [2, 12])
def test_training_is_that_of_the_twin(learn, forward, window):
    kernel = SideKernel(negative=5)  # one tile: no key is drawn into two of them
    inputs, outputs = kernel.tables()
    twin = SideTwin(kernel, inputs, outputs, window=window, forward=forward, learn=learn)
    random = np.random.default_rng(1)
    sequences = [random.integers(0, N, n).tolist() for n in (1, 40, 2, 25)]
    _, state = kernel.train_with_side(sequences, window=window, alpha=0.05, forward=forward, learn=learn)
    assert state == twin.train_with_side(sequences, 0.05)
    for found, wanted in zip(kernel.tables(), (inputs, outputs), strict=True):
        np.testing.assert_allclose(found, wanted, atol=2e-4)
    np.testing.assert_allclose(kernel.slots.attention, twin.attention, atol=2e-4)


def test_items_without_side_information_are_plain_skip_gram():
    sequences = [[3, 5]]  # with more tokens the two kernels draw their random numbers in another order
    always_7 = np.eye(N)[7]
    kernel, plain = SideKernel(side={"brand": {"k1": "a"}}, noise=always_7), Kernel("negative", noise=always_7)
    plain.input[:], plain.output[:] = kernel.input[:N], kernel.output
    kernel.train_with_side(sequences, window=1, alpha=0.1, forward=True)
    plain.train(sequences, window=1, rate=Rate(0.1, 0.1, 1), forward=True)
    np.testing.assert_allclose(kernel.input[:N], plain.input, atol=1e-6)
    np.testing.assert_allclose(kernel.output, plain.output, atol=1e-6)
