"""The luckiest of many is not believed, the better one is."""

import numpy as np

from nearfield.tune.choice import believed
from nearfield.tune.result import Trial


def trials_of(values, failed=()):
    return [
        Trial(i, {"x": i}, float("nan") if i in failed else float(one.mean()), 1.0, "no" if i in failed else None)
        for i, one in enumerate(values)
    ]


def test_of_settings_that_are_alike_the_known_ones_are_kept():
    kept = 0
    for seed in range(40):
        values = np.random.default_rng(seed).normal(size=(30, 200))
        chosen = believed(trials_of(values), dict(enumerate(values)), lambda one: one.number < 2)
        kept += chosen.number < 2
        assert chosen.number < 2 or chosen.value == values.mean(axis=1).max()
    assert kept > 20  # without the rule it would be some two or three


def test_what_is_clearly_better_is_chosen():
    random = np.random.default_rng(1)
    values = random.normal(size=(5, 200))
    values[3] = values[0] + 0.1 + 0.1 * random.normal(size=200)  # paired: far less noise than either has
    values[[1, 2, 4]] -= 5
    assert believed(trials_of(values), dict(enumerate(values)), lambda one: one.number == 0).number == 3


def test_without_known_settings_it_is_the_best_and_failed_ones_are_none():
    values = np.array([[0.1, 0.2], [0.5, 0.4], [0.3, 0.3]])
    assert believed(trials_of(values), dict(enumerate(values)), lambda one: False).number == 1
    kept = {0: values[0], 2: values[2]}
    assert believed(trials_of(values, failed=[1]), kept, lambda one: one.number == 1).number == 2


def test_the_best_of_the_known_ones_is_kept():
    values = np.array([[0.1, 0.2, 0.3], [0.3, 0.4, 0.2], [0.9, 0.1, 0.1]])
    assert believed(trials_of(values), dict(enumerate(values)), lambda one: one.number < 2).number == 1
