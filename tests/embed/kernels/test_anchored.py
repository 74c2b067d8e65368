"""The kernel that holds old rows back against its slow twin, central differences, and the plain kernel."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from nearfield.embed.anchors import AnchorMemory, OldRows
from nearfield.embed.kernels.anchored import train_anchored_block
from nearfield.embed.kernels.layout import Block, Rate, Tables, Targets, Windows
from nearfield.embed.kernels.progress import N_FACTS
from nearfield.embed.workspace import WorkerMemory

sys.path.insert(0, str(Path(__file__).parents[1]))
from harness import Kernel
from reference import INPUTS_AT_ONCE, ReferenceTrainer, SplitMix, numerical_gradient, sigmoid

N, KNOWN, DIM = 23, 15, 11


class AnchoredKernel(Kernel):
    """A vocabulary whose first keys have old rows."""

    def __init__(self, *, distil=0.0, rates=None, pulled=False, negative=3, noise=None):
        super().__init__("negative", n_keys=N, dim=DIM, negative=negative, noise=noise)
        random = np.random.default_rng(5)
        old = [random.normal(0, 0.5, (KNOWN, DIM)).astype(np.float32) for _ in range(2)]
        pulls = tuple(random.uniform(0, 3, (KNOWN, DIM)).astype(np.float32) for _ in range(2)) if pulled else None
        rates = np.ones(N) if rates is None else rates
        self.old = OldRows(*old, (rates, rates), distil=distil, pulls=pulls)

    def train_anchored(self, sequences, *, window, alpha, architecture="skipgram", mean=True, forward=False, seed=7):
        tokens = np.array([t for one in sequences for t in one], np.int32)
        offsets = np.cumsum([0, *map(len, sequences)])
        memory = WorkerMemory(
            loss=0, n_outputs=self.negative + 1, window=window, longest_sequence=max(map(len, sequences)),
            row_floats=DIM, output=self.output,
        )  # fmt: skip
        room = AnchorMemory(window, self.negative + 1, DIM, memory.addresses.idle)
        state, loss = np.array([seed], np.uint64), np.zeros(N_FACTS)
        train_anchored_block(
            Block(tokens.ctypes.data, offsets.ctypes.data, len(sequences), 0),
            self.old.addresses(),
            room.addresses,
            Tables(self.input.ctypes.data, self.output.ctypes.data, 0, 0, self.input.strides[0]),
            Windows(self.keep.ctypes.data, window, forward, architecture == "cbow", mean),
            Targets(0, N, self.negative, self.alias.ctypes.data, 0, 0),
            Rate(alpha, alpha, 1),
            memory.addresses,
            state,
            loss,
        )
        return loss, int(state[0])


def held_loss(inputs, outputs, old_inputs, old_outputs, known, context, rows, architecture, mean, distil):
    """The loss of one step, as the module's docstring prints it."""

    def cross_entropy(target, score):
        return -target * np.log(sigmoid(score)) - (1 - target) * np.log(sigmoid(-score))

    labels = np.array([1.0] + [0.0] * (len(rows) - 1))
    join = np.mean if mean else np.sum
    if architecture == "cbow":
        seen = [c for c in context if c < known]
        hidden = [(join(inputs[context], axis=0), join(old_inputs[seen], axis=0) if seen else None)]
    else:
        hidden = [(inputs[c], old_inputs[c] if c < known else None) for c in context]
    total = 0.0
    for now, before in hidden:
        for row, label in zip(rows, labels, strict=True):
            total += cross_entropy(label, now @ outputs[row])
            if before is not None and row < known:
                total += distil * cross_entropy(sigmoid(before @ old_outputs[row]), now @ outputs[row])
    return total


class AnchoredTwin(ReferenceTrainer):
    """The module's formulas in float64, with numerical gradients, in the kernel's order and with its random numbers."""

    def __init__(self, kernel, inputs, outputs, **settings):
        super().__init__(
            inputs, outputs, loss="negative", keep=kernel.keep, alias=kernel.alias, negative=kernel.negative,
            tree=kernel.tree, **settings,
        )  # fmt: skip
        self.old = kernel.old
        self.old_tables = [table[:, :DIM].astype(np.float64) for table in (kernel.old.input, kernel.old.output)]

    def train_anchored(self, sequences, alpha, seed=7):
        random = SplitMix(seed)
        for tokens in sequences:
            ids = [t for t in tokens if self._survives(t, random)]
            drawn = self._samples(ids[0], random) if ids else []
            for at, centre in enumerate(ids):
                samples, drawn = drawn, self._samples(ids[at + 1], random) if at + 1 < len(ids) else []
                reach = 1 + ((random.bits() >> 32) * self.window >> 32)
                context = ids[max(0, at - reach) : at] + ([] if self.forward else ids[at + 1 : at + 1 + reach])
                if context:
                    self._held_step(context, [centre, *samples], alpha)
        return random.state

    def _held_step(self, context, rows, alpha):
        at_once = len(context) if self.architecture == "cbow" else INPUTS_AT_ONCE
        copies = self.outputs.copy()
        for first in range(0, len(context), at_once):
            some = context[first : first + at_once]
            given = self.old_tables, KNOWN, some, rows, self.architecture, self.mean, self.old.distil
            by_inputs, by_outputs = step_gradients(self.inputs, copies, *given)
            if self.architecture == "cbow" and self.mean:
                by_inputs *= len(some)  # each context moves by the hidden row's gradient undivided
            copies -= alpha * by_outputs
            # contexts one by one, as a key may stand in a window twice
            times = np.bincount(some, minlength=N)
            for i in some:
                share = self.old.rates[0][i]
                self.inputs[i] -= share * alpha * by_inputs[i] / times[i]
                self._pull(self.inputs, 0, i, alpha if share > 0 else 0.0)
        for row in dict.fromkeys(rows):
            share = self.old.rates[1][row]
            self.outputs[row] += share * (copies[row] - self.outputs[row])
            self._pull(self.outputs, 1, row, alpha if share > 0 else 0.0)

    def _pull(self, table, which, row, alpha):
        if self.old.pulls is not None and row < KNOWN:
            weight = alpha * self.old.pulls[which][row, :DIM]
            table[row] = (table[row] + weight * self.old_tables[which][row]) / (1 + weight)


def step_gradients(inputs, outputs, old_tables, known, context, rows, *settings):
    """Central differences of `held_loss` by both tables, at the rows that have any."""

    def loss():
        return held_loss(inputs, outputs, *old_tables, known, context, rows, *settings)

    gradients = np.zeros_like(inputs), np.zeros_like(outputs)
    for table, gradient, some in zip((inputs, outputs), gradients, (context, rows), strict=True):
        for row in set(some):
            gradient[row] = numerical_gradient(loss, table[row])
    return gradients


SEQUENCES = [[0, 3, 16, 3, 20, 7, 1, 14, 22, 2], [5, 18, 2, 9]]


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize(
    ("held", "settings"),
    [
        ({"distil": 0.7}, {"window": 3}),
        ({"pulled": True, "distil": 0.0}, {"window": 2, "forward": True}),
        ({"rates": np.linspace(0, 1, N)}, {"window": 3, "mean": False}),
        ({"distil": 1.5, "pulled": True, "rates": np.linspace(1, 0, N), "negative": 5}, {"window": 2}),
    ],
)
def test_it_does_what_the_formulas_say(architecture, held, settings):
    kernel = AnchoredKernel(**held)
    twin = AnchoredTwin(
        kernel, *kernel.tables(), architecture=architecture, **{"forward": False, "mean": True} | settings
    )
    _, state = kernel.train_anchored(SEQUENCES, alpha=0.1, architecture=architecture, **settings)
    assert twin.train_anchored(SEQUENCES, 0.1) == state
    for found, wanted in zip(kernel.tables(), (twin.inputs, twin.outputs), strict=True):
        np.testing.assert_allclose(found, wanted, atol=2e-4)
    untouched = AnchoredKernel(**held).tables()
    assert all(np.abs(a - b).max() > 1e-2 for a, b in zip(kernel.tables(), untouched, strict=True))


def test_a_window_of_more_contexts_than_a_step_takes():
    kernel = AnchoredKernel(distil=0.5)
    sequence = [np.random.default_rng(1).integers(0, N, 40).tolist()]
    settings = {"window": 12, "architecture": "skipgram", "forward": False, "mean": True}
    twin = AnchoredTwin(kernel, *kernel.tables(), **settings)
    kernel.train_anchored(sequence, alpha=0.02, window=12)
    twin.train_anchored(sequence, 0.02)
    np.testing.assert_allclose(kernel.tables()[0], twin.inputs, atol=2e-3)


def test_more_outputs_than_a_tile_holds():
    def samples(seed):
        twin = AnchoredTwin(kernel, *kernel.tables(), **settings)
        random = SplitMix(seed)
        for _ in range(3):  # two survivals and a reach
            random.bits()
        return twin._samples(0, random)

    kernel = AnchoredKernel(distil=0.5, negative=8)
    settings = {"window": 1, "architecture": "skipgram", "forward": False, "mean": True}
    # one that is drawn twice and stands in two tiles is moved once before it moves the inputs
    seed = next(seed for seed in range(1000) if len(set(samples(seed))) == 8)
    twin = AnchoredTwin(kernel, *kernel.tables(), **settings | {"forward": False})
    kernel.train_anchored([[0, 1]], alpha=0.1, window=1, seed=seed)
    twin.train_anchored([[0, 1]], 0.1, seed)
    np.testing.assert_allclose(kernel.tables()[0][1], twin.inputs[1], atol=1e-4)


def test_rows_without_a_share_stay_bit_for_bit():
    kernel = AnchoredKernel(rates=(np.arange(N) >= KNOWN), pulled=True, distil=1.0)
    kernel.input[0, 0] = -0.0  # + 0.0 would make it 0.0
    before = kernel.input.copy(), kernel.output.copy()
    kernel.train_anchored(SEQUENCES * 20, alpha=0.1, window=3)
    for now, then in zip((kernel.input, kernel.output), before, strict=True):
        assert now[:KNOWN].tobytes() == then[:KNOWN].tobytes()
        assert (now[[16, 18, 20, 22]] != then[[16, 18, 20, 22]]).any(axis=1).all()


def test_where_nothing_holds_back_it_learns_as_the_plain_kernel_does():
    noise = np.eye(N)[22]  # the two draw their random numbers in another order: there is one sample, and one reach
    sequences = [[0, 1], [2, 3], [4, 5, 6, 7]] * 10
    plain, held = Kernel("negative", n_keys=N, negative=1, noise=noise), AnchoredKernel(negative=1, noise=noise)
    plain.train(sequences, window=1, rate=Rate(0.1, 0.1, 1))
    held.train_anchored(sequences, window=1, alpha=0.1)
    for a, b in zip(plain.tables(), held.tables(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_inputs_and_outputs_have_shares_of_their_own():
    kernel = AnchoredKernel()
    kernel.old = OldRows(kernel.old.input[:, :DIM], kernel.old.output[:, :DIM], (np.zeros(N), np.ones(N)))
    before = kernel.input.copy(), kernel.output.copy()
    kernel.train_anchored(SEQUENCES, alpha=0.1, window=3)
    assert kernel.input.tobytes() == before[0].tobytes()
    assert (kernel.output != before[1]).any()


def test_a_strong_pull_cannot_overshoot():
    kernel = AnchoredKernel(pulled=True)
    for pull in kernel.old.pulls:
        pull[:] = 1e6
    kernel.train_anchored(SEQUENCES * 5, alpha=0.5, window=3)
    np.testing.assert_allclose(kernel.input[[0, 3, 7]], kernel.old.input[[0, 3, 7]], atol=1e-3)
    assert np.isfinite(kernel.input).all()
