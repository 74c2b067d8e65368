"""The search: held against functions whose best place is known, and against chance."""

import json
import subprocess
import sys

import numpy as np
import optuna
import pytest

from nearfield.errors import BadInput
from nearfield.tune import Range
from nearfield.tune.study import Study

SPACE = {"x": Range(-5.0, 5.0), "n": Range(1, 1_000, log=True), "kind": ["a", None, [1, 2]]}


def bowl(settings):
    """0 at x = 2, n = 30 and the last kind, below it elsewhere."""
    return -((settings["x"] - 2) ** 2) - abs(np.log(settings["n"] / 30)) - (settings["kind"] != [1, 2])


def values(study, judge=bowl, most=50, seconds=None):
    return list(study.trials(judge, most, seconds))


def test_it_finds_the_best_place_better_than_chance_does():
    random = np.random.default_rng(0)

    def drawn():
        x, n, kind = random.uniform(-5, 5), np.exp(random.uniform(0, np.log(1_000))), SPACE["kind"][random.integers(3)]
        return bowl({"x": x, "n": n, "kind": kind})

    by_chance = [max(drawn() for _ in range(50)) for _ in range(200)]
    found = [max(one.value for one in values(Study(SPACE, [], seed))) for seed in range(10)]
    assert np.mean(found) > np.mean(by_chance)


def test_the_same_seed_searches_the_same_way_and_another_differs():
    once, again, other = (values(Study(SPACE, [], seed), most=20) for seed in (1, 1, 2))
    assert [one.settings for one in once] == [one.settings for one in again]
    assert [one.settings for one in once] != [one.settings for one in other]


def test_all_settings_lie_in_the_space():
    for one in values(Study(SPACE, [], 1), most=40):
        assert all(one.settings[name] in options for name, options in SPACE.items())
        assert isinstance(one.settings["n"], int)


def test_starts_come_first_each_once_and_what_is_outside_is_drawn():
    start = {"x": 2.0, "n": 30, "kind": [1, 2], "not searched": 9}
    trials = values(Study(SPACE, [start, dict(start), {"x": 99.0, "n": 7, "kind": None}], 1), most=3)
    assert trials[0].settings == {"x": 2.0, "n": 30, "kind": [1, 2]}
    assert (trials[1].settings["n"], trials[1].settings["kind"]) == (7, None)
    assert trials[1].settings["x"] in SPACE["x"]
    assert trials[2].settings not in (trials[0].settings, trials[1].settings)


def test_the_budget_in_seconds_ends_it_but_one_trial_is_made():
    assert len(values(Study(SPACE, [], 1), most=None, seconds=1e-9)) == 1


def test_a_first_error_is_the_callers_later_ones_are_kept():
    def refuse(settings):
        raise BadInput("no such thing")

    with pytest.raises(BadInput, match="no such thing"):
        values(Study(SPACE, [], 1), refuse)

    def picky(settings):
        return bowl(settings) if settings["x"] < 3 else refuse(settings)

    trials = values(Study(SPACE, [{"x": 1.0}, {"x": 4.0}], 1), picky, most=6)
    assert (trials[1].failure, np.isnan(trials[1].value)) == ("no such thing", True)
    assert trials[0].failure is None
    assert len(trials) == 6


def test_what_is_set_for_optuna_stays_and_nothing_is_printed(capfd):
    before = optuna.logging.get_verbosity()
    values(Study(SPACE, [], 1), most=3)
    assert optuna.logging.get_verbosity() == before
    assert capfd.readouterr() == ("", "")


def test_without_optuna_the_extra_is_named():
    program = """
import json, sys
sys.modules["optuna"] = None
from nearfield.tune import Range
from nearfield.tune.study import Study
try:
    Study({"x": Range(0, 1)}, [], 1)
except ImportError as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [
        "MissingExtra",
        'optuna is not installed; install it with: pip install "nearfield[tune]"',
    ]
