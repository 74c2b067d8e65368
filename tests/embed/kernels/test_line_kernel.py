"""LINE's step against central differences and a slow twin, its samplers against the weights that they stand for."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chisquare

from nearfield.arrays import aligned_table
from nearfield.embed.edges import EdgeList
from nearfield.embed.kernels.layout import NEGATIVE, TILE, Rate, Tables, Targets
from nearfield.embed.kernels.line import Edges, train_edges
from nearfield.embed.workspace import WorkerMemory
from nearfield.kernels.alias import fill_alias_rows

sys.path.insert(0, str(Path(__file__).parents[1]))
from reference import SplitMix, numerical_gradient, sigmoid


class Kernel:
    """Edges, a noise distribution and tables of a small graph, and calls of the kernel on them."""

    def __init__(self, edges, noise, *, order, dim=11, negative=3, seed=0):
        random = np.random.default_rng(seed)
        self.edges, self.negative, self.dim, self.n = edges, negative, dim, len(noise)
        self.alias = edges.alias()
        self.noise = np.empty((self.n, 2), np.uint32)
        fill_alias_rows(np.array([0, self.n]), np.asarray(noise, np.float32), self.noise)
        self.input = aligned_table(self.n, dim)
        self.output = self.input if order == "first" else aligned_table(self.n, dim)
        for table in (self.input, self.output):
            table[:, :dim] = random.normal(0, 0.5, (self.n, dim))

    def tables(self):
        return [table[:, : self.dim].astype(np.float64) for table in (self.input, self.output)]

    def train(self, n_samples, rate, *, seed=7, done=0):
        memory = WorkerMemory(
            loss=NEGATIVE, n_outputs=self.negative + 1, longest_sequence=0, window=1, row_floats=self.dim,
            output=self.output,
        )  # fmt: skip
        alias = 0 if self.alias is None else self.alias.ctypes.data
        sources, targets = self.edges.sources, self.edges.targets
        loss, state = np.zeros(2), np.array([seed], np.uint64)
        train_edges(
            n_samples, done, Edges(sources.ctypes.data, targets.ctypes.data, alias, len(sources)),
            Tables(self.input.ctypes.data, self.output.ctypes.data, 0, 0, self.input.strides[0]),
            Targets(NEGATIVE, self.n, self.negative, self.noise.ctypes.data, 0, 0),
            rate, memory.addresses, state, loss,
        )  # fmt: skip
        return loss, int(state[0])


def edges_of(pairs, weights=None):
    sources, targets = np.array(pairs, np.int32).T.copy()
    return EdgeList(sources, targets, None if weights is None else np.array(weights, np.float32))


def draw_alias(table, bits):
    column = (bits >> 32) * len(table) >> 32
    threshold, other = (int(x) for x in table[column])
    return column if (bits & 0xFFFFFFFF) < threshold else other


def twin(kernel, inputs, outputs, n_samples, rate, random, done=0):
    """The same steps, one after the other, in float64; tables are changed in place. Yield what each sample was."""
    for sample in range(done, done + n_samples):
        bits = random.bits()
        m = len(kernel.edges.sources)
        edge = (bits >> 32) * m >> 32 if kernel.alias is None else draw_alias(kernel.alias, bits)
        source, target = int(kernel.edges.sources[edge]), int(kernel.edges.targets[edge])
        rows = [target]
        while len(rows) <= kernel.negative:
            drawn = draw_alias(kernel.noise, random.bits())
            rows += [drawn] if drawn != target else []
        yield source, rows
        alpha = max(rate.min_alpha, rate.alpha - (rate.alpha - rate.min_alpha) * sample / rate.total)
        u = inputs[source].copy()
        errors = np.array([1.0] + [0.0] * kernel.negative) - sigmoid(outputs[rows] @ u)
        step = alpha * errors @ outputs[rows]
        np.add.at(outputs, rows, alpha * errors[:, None] * u)
        inputs[source] += step


@pytest.mark.parametrize("order", ["first", "second"])
@pytest.mark.parametrize("dim", [1, 8, 11, 40])
def test_a_step_follows_the_gradient(order, dim):
    always_2 = np.array([0, 0, 1, 0, 0]) + 1e-30
    kernel = Kernel(edges_of([[3, 1]]), always_2, order=order, dim=dim)
    tables = kernel.tables()
    inputs, outputs = tables if order == "second" else (tables[0], tables[0])

    def loss():
        u = inputs[3]
        return -np.log(sigmoid(u @ outputs[1])) - kernel.negative * np.log(sigmoid(-u @ outputs[2]))

    gradients = [numerical_gradient(loss, table) for table in (inputs, outputs)]
    alpha = 1e-3
    running, _ = kernel.train(1, Rate(alpha, alpha, 1))
    for before, after, gradient in zip(tables, kernel.tables(), gradients, strict=True):
        np.testing.assert_allclose((before - after) / alpha, gradient, atol=3e-3)
    assert np.abs(gradients[0]).max() > 0.01
    assert running[0] / running[1] == pytest.approx(loss(), rel=1e-3)


@pytest.mark.parametrize("order", ["first", "second"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("negative", [1, 5, 13])
def test_training_equals_the_slow_twin(order, weighted, negative):
    random = np.random.default_rng(negative)
    # more nodes where there are several tiles: a row that is listed in two of them moves between its two reads
    n = 500 if negative < TILE else 4_000
    pairs = random.integers(0, n, (2_000, 2))
    weights = random.uniform(0.1, 5, len(pairs)) if weighted else None
    kernel = Kernel(edges_of(pairs, weights), random.uniform(0.1, 3, n), order=order, negative=negative)
    tables = kernel.tables()
    inputs, outputs = tables if order == "second" else (tables[0], tables[0])
    rate = Rate(0.02, 0.001, 300)
    state = SplitMix(5)
    list(twin(kernel, inputs, outputs, 200, rate, state, done=50))
    before = kernel.tables()[0]
    assert kernel.train(200, rate, seed=5, done=50)[1] == state.state
    for found, expected in zip(kernel.tables(), (inputs, outputs), strict=True):
        # a row that is listed in two tiles moves between its two reads
        np.testing.assert_allclose(found, expected, atol=2e-4)
    assert np.abs(kernel.tables()[0] - before).max() > 0.01


def test_edges_and_noise_are_drawn_by_their_weights():
    random = np.random.default_rng(1)
    pairs = [(i, j) for i in range(6) for j in range(6) if i != j]
    weights = random.uniform(0.2, 4, len(pairs))
    noise = random.uniform(0.2, 3, 6)
    kernel = Kernel(edges_of(pairs, weights), noise, order="second", dim=1, negative=2)
    inputs, outputs = kernel.tables()
    state = SplitMix(3)
    drawn = list(twin(kernel, inputs, outputs, 40_000, Rate(1e-9, 1e-9, 1), state))
    assert kernel.train(40_000, Rate(1e-9, 1e-9, 1), seed=3)[1] == state.state  # so the kernel drew the same
    found = Counter((source, rows[0]) for source, rows in drawn)
    assert chisquare([found[pair] for pair in pairs], weights / weights.sum() * len(drawn)).pvalue > 1e-3
    for target in range(6):  # never the end of the edge itself
        others = Counter(one for _, rows in drawn if rows[0] == target for one in rows[1:])
        chances = np.delete(noise, target) / np.delete(noise, target).sum()
        counts = np.array([others[one] for one in range(6) if one != target])
        assert others[target] == 0
        assert chisquare(counts, chances * counts.sum()).pvalue > 1e-3
