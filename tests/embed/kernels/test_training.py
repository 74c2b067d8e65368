"""The kernel against its slow twin and against central differences, for every architecture × loss."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from nearfield.embed.kernels.layout import TILE, Rate
from nearfield.embed.run import LOSSES

sys.path.insert(0, str(Path(__file__).parents[1]))
from harness import Kernel
from reference import ReferenceTrainer, gradients, numerical_gradient, window_loss

HIDDEN_LAYERS = [("skipgram", True), ("cbow", True), ("cbow", False)]


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
