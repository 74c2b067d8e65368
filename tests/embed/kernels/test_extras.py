"""Weights, users, goals, groups and rejections in the kernel: against the slow twin and against finite differences."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nearfield.embed.extras import SessionExtras
from nearfield.embed.kernels.layout import Rate
from nearfield.vocabulary import Vocabulary

sys.path.insert(0, str(Path(__file__).parents[1]))
from harness import Kernel
from reference import ReferenceTrainer, numerical_gradient, sigmoid

N_KEYS = 40
SEQUENCES = [list(range(30)), [5], [], [7, 39, 3, 21, 11], [30, 31, 32]]
GOALS = [35, None, 2, 3, 31]
REJECTED = [[1, 36, 37], [8], [9], [], [33, 34, 35, 36, 37, 38, 39, 0]]
GROUPS = [None if key % 7 == 6 else key % 3 for key in range(N_KEYS)]


def some_extras(**changes):
    """The same extras for the twin, as ids, and for the kernel, as keys."""
    ids = {"owners": None, "goals": None, "rejected": None, "group_of": None}
    numbers = {"rejections": 4, "strength": 0.5, "group_negative": 3 if "group_of" in changes else 0}
    twin = SimpleNamespace(**(ids | numbers | changes))
    extras = SessionExtras(
        Vocabulary([str(key) for key in range(N_KEYS)]),
        N_KEYS,
        len(SEQUENCES),
        users=None if twin.owners is None else [f"user{one}" for one in twin.owners],
        goals=None if twin.goals is None else [None if goal is None else str(goal) for goal in twin.goals],
        groups=None if twin.group_of is None else {str(k): f"g{g}" for k, g in enumerate(GROUPS) if g is not None},
        rejected=None if twin.rejected is None else [map(str, one) for one in twin.rejected],
        **numbers,
    )
    return twin, extras


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("forward", [False, True])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"owners": [0, 1, 0, 0, 1]},
        {"goals": GOALS},
        {"group_of": GROUPS},
        {"rejected": REJECTED},
        {"owners": [0, 1, 0, 0, 1], "goals": GOALS, "group_of": GROUPS, "rejected": REJECTED},
    ],
    ids=["weights", "users", "goals", "groups", "rejected", "all"],
)
def test_extras_equal_the_slow_twin(architecture, forward, changes):
    kernel = Kernel("negative", n_keys=N_KEYS, negative=2, n_users=2)
    inputs, outputs = kernel.tables()
    weights = np.random.default_rng(1).uniform(0, 2, (len(SEQUENCES), 30)).round(2).tolist()
    weights = [row[: len(one)] for row, one in zip(weights, SEQUENCES, strict=True)]
    weights[0][3] = 0.0
    twin_extras, extras = some_extras(**changes)
    twin = ReferenceTrainer(
        inputs, outputs, architecture=architecture, loss="negative", window=4, forward=forward, mean=True,
        keep=kernel.keep.tolist(), alias=kernel.alias, negative=2, tree=kernel.tree,
    )  # fmt: skip
    state = twin.train(SEQUENCES, [0.02] * len(SEQUENCES), 7, weights, twin_extras)
    before = kernel.tables()
    _, kernel_state = kernel.train(
        SEQUENCES, window=4, rate=Rate(0.02, 0.02, 1), architecture=architecture, forward=forward,
        weights=weights, extras=extras,
    )  # fmt: skip
    assert kernel_state == state
    for ours, theirs, start in zip(kernel.tables(), (inputs, outputs), before, strict=True):
        assert np.abs(theirs - start).max() > 0.005
        np.testing.assert_allclose(ours, theirs, atol=3e-4)


@pytest.mark.parametrize(
    ("changes", "rows", "labels", "share"),
    [
        ({"goals": [9] * 5}, [9], [1.0], 1.0),
        ({"rejected": [[8, 8]] * 5}, [8, 8], [0.0, 0.0], 0.5),
    ],
)
def test_a_step_beside_the_window_follows_the_gradient(changes, rows, labels, share):
    kernel = Kernel("negative", n_keys=N_KEYS, dim=11)
    inputs, outputs = kernel.tables()
    centre, alpha = 5, 1e-3

    def loss():
        signs = 2 * np.array(labels) - 1
        return -np.log(sigmoid(signs * (outputs[rows] @ inputs[centre]))).sum()

    by_input, by_output = numerical_gradient(loss, inputs), numerical_gradient(loss, outputs)
    # a single token, forward: there is no window, only what stands beside it
    kernel.train([[centre]], window=1, rate=Rate(alpha, alpha, 1), forward=True, extras=some_extras(**changes)[1])
    for after, start, gradient in zip(kernel.tables(), (inputs, outputs), (by_input, by_output), strict=True):
        np.testing.assert_allclose(-(after - start) / alpha, share * gradient, atol=2e-3)
    assert np.abs(by_input).max() > 0.01


def test_groups_are_drawn_evenly_and_never_from_another():
    kernel = Kernel("negative", n_keys=N_KEYS, dim=8)
    kernel.output[:] = 0
    kernel.input[:] = 1
    # errors are all -1/2 · rate as long as the outputs stay near 0: an output row counts how often it was drawn
    rate = 1e-8
    extras = some_extras(group_of=GROUPS)[1]
    kernel.train([[0]] * 5 + [[0]] * 20_000, window=1, rate=Rate(rate, rate, 1), forward=True, extras=extras)
    counts = np.rint(-kernel.output[:, 0] * 2 / rate)
    members = [key for key in range(1, N_KEYS) if GROUPS[key] == GROUPS[0]]
    assert np.flatnonzero(counts).tolist() == members
    expected = 3 * 20_005 / (len(members) + 1)
    assert ((counts[members] - expected) ** 2 / expected).sum() < 36  # chi-square, 10 degrees of freedom: p ≈ 1e-4
