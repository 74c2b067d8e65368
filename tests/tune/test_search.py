"""`tune`: what is learnt from, what is judged, what is compared."""

import json
import signal
from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import clone

import nearfield.tune
from nearfield import ItemEmbedding, Sequences, Word2Vec
from nearfield.base import Estimator
from nearfield.errors import BadInput
from nearfield.evaluate import item_retrieval, leave_last_out, rolling_by_time
from nearfield.evaluate.rolling import per_owner
from nearfield.tune import Range, tune

SMALL = {"vector_size": 8, "epochs": 2, "negative": 3}
QUIET = {"workers": 1, "verbose": False}


class Wheel(Estimator):
    """Recommends the item that stands `step` places further on a wheel; remembers what it was fitted on."""

    fitted: ClassVar = []  # by all copies

    step: int = 1
    size: int = 40

    def fit(self, sequences):
        Wheel.fitted.append(sequences)
        return self

    def next_batch(self, histories, *, k, exclude):
        return [[(str((int(history[-1]) + self.step) % self.size), 1.0)][:k] for history in histories]


@pytest.fixture
def turning():
    """Histories that go three places further each time, with a minute between any two events of all."""
    rng = np.random.default_rng(1)
    n, length = 60, 8
    lists = [[str((start + 3 * i) % 40) for i in range(length)] for start in rng.integers(0, 40, n)]
    found = Sequences.from_lists(lists)
    times = np.sort(rng.permutation(n * length).reshape(n, length), axis=1).ravel().astype(np.int64) * 60_000_000
    Wheel.fitted = []
    return Sequences(found.vocabulary, found.tokens, found.offsets, times=times)


def wheel(sequences, **options):
    return tune(Wheel, sequences, space={"step": Range(1, 6)}, **({"trials": 12, "verbose": False} | options))


def test_it_finds_what_comes_next_and_compares_on_what_was_held_out(turning):
    result = wheel(turning, metric="hit_rate@1")
    assert result.params == {"step": 3}
    assert result.estimator.get_params() == {"step": 3, "size": 40}
    assert [one.name for one in result.compared] == ["default", "tuned"]
    default, tuned = result.compared
    assert (default.figure.value, tuned.figure.value, default.gain.value) == (0.0, 1.0, 1.0)
    test = rolling_by_time(turning).cases.unseen()
    assert result.n_test == len(test)
    assert item_retrieval(Wheel(step=3), test, k=1).hit_rate == tuned.figure.value


@pytest.mark.parametrize("split", ["time", "last"])
def test_no_trial_learns_from_what_the_comparison_is_of(turning, split):
    result = wheel(turning, split=split, trials=4)
    outer = rolling_by_time(turning) if split == "time" else leave_last_out(turning)
    learnt = rolling_by_time(outer.train).train if split == "time" else outer.train
    of_trials, of_comparison = Wheel.fitted[:4], Wheel.fitted[4:]
    assert [one.n_tokens for one in of_trials] == [learnt.n_tokens] * 4
    assert [one.n_tokens for one in of_comparison] == [outer.train.n_tokens] * len(result.compared)
    assert result.n_test == (len(outer.cases.unseen()) if split == "time" else 30)
    if split == "time":
        first_held = np.quantile(turning.times, 0.9, method="higher")
        assert max(one.times.max() for one in of_comparison) < first_held
        assert max(one.times.max() for one in of_trials) < np.quantile(outer.train.times, 0.9, method="higher")


@pytest.mark.parametrize(("sample", "n"), [(0.5, 0.5), (20, 20)])
def test_trials_see_a_sample_the_comparison_everything(turning, sample, n):
    wheel(turning, sample=sample, split="last", trials=2)
    expected = n if n > 1 else round(n * len(turning))
    assert [len(one) for one in Wheel.fitted[:2]] == [expected] * 2
    assert {len(one) for one in Wheel.fitted[2:]} == {len(turning)}


def test_items_default_preset_given_and_tuned_side_by_side(turning):
    estimator = ItemEmbedding(**SMALL, **QUIET)
    space = {"epochs": Range(1, 6), "last": [1, 5, None], "ns_exponent": Range(-1.0, 1.0)}
    once, again = (tune(estimator, turning, space=space, trials=5, verbose=False) for _ in range(2))
    assert [one.name for one in once.compared] == ["default", "preset", "given", "tuned"]
    settings = {one.name: one.settings for one in once.compared}
    text, preset = Word2Vec().get_params(), ItemEmbedding().get_params()
    for name in ("window", "ns_exponent", "epochs", "vector_size", "direction"):
        assert (settings["default"][name], settings["preset"][name]) == (text[name], preset[name])
    assert {one["workers"] for one in settings.values()} == {1}
    assert settings["given"]["vector_size"] == settings["tuned"]["vector_size"] == 8
    assert [one.value for one in once.trials] == [one.value for one in again.trials]
    assert [one.figure for one in once.compared] == [one.figure for one in again.compared]
    assert once.trials[0].settings == {"epochs": 2, "last": 5, "ns_exponent": 0.25}
    assert once.best.value == max(one.value for one in once.trials)


def test_the_tuned_estimator_gives_the_figure_that_is_reported(turning):
    space = {"window": Range(1, 6), "decay": Range(0.5, 1.0)}
    result = tune(ItemEmbedding(**SMALL, **QUIET), turning, space=space, trials=3, metric="mrr@5", verbose=False)
    train, cases = rolling_by_time(turning)
    vectors = clone(result.estimator).fit(train).vectors_
    found = item_retrieval(vectors, cases, k=5, **result.query).values["mrr"]
    expected = per_owner(found, cases.unseen().owners).mean()
    assert expected == pytest.approx(result.compared[-1].figure.value)


def test_half_lives_are_asked_with_instead_of_decay(turning):
    space = {"half_life": ["1h", ["1h", "1d"]]}
    result = tune(ItemEmbedding(**SMALL, **QUIET), turning, space=space, trials=2, verbose=False)
    assert set(result.query) == {"last", "half_life"}
    untimed = Sequences(turning.vocabulary, turning.tokens, turning.offsets)
    with pytest.raises(BadInput, match="half_life for sequences without times"):
        tune(ItemEmbedding(**SMALL, **QUIET), untimed, space=space, split="last", trials=2, verbose=False)


def test_words_have_the_same_space(turning):
    result = tune(Word2Vec(**SMALL, **QUIET), turning, trials=1, verbose=False)
    assert isinstance(result.estimator, Word2Vec)
    assert {"window", "ns_exponent", "decay"} <= set(result.params)


def test_trials_leave_the_checkpoint_alone(turning, tmp_path):
    estimator = ItemEmbedding(**SMALL, **QUIET, checkpoint=tmp_path / "state")
    result = tune(estimator, turning, space={"window": Range(1, 3)}, trials=2, verbose=False)
    assert not (tmp_path / "state").exists()
    assert result.estimator.checkpoint == estimator.checkpoint


class Impatient(Wheel):
    """Is stopped by Ctrl-C in some of its fits, by number."""

    stops: ClassVar = set()

    def fit(self, sequences):
        super().fit(sequences)
        if len(Wheel.fitted) in Impatient.stops:
            signal.raise_signal(signal.SIGINT)
        return self


def impatient(sequences, *stops):
    Wheel.fitted, Impatient.stops = [], set(stops)
    return tune(Impatient, sequences, space={"step": Range(1, 6)}, trials=12, verbose=False)


def test_control_c_keeps_the_best_so_far(turning, capsys):
    result = impatient(turning, 4)
    assert (len(result.trials), result.interrupted) == (3, True)
    assert [one.name for one in result.compared] == ["default", "tuned"]
    assert result.params == {"step": 3} == result.best.settings
    assert "stopped; comparing the best so far" in capsys.readouterr().err


def test_control_c_again_leaves_the_comparison_out(turning):
    result = impatient(turning, 4, 5)
    assert (len(result.trials), result.compared, result.interrupted) == (3, (), True)
    assert result.params == result.best.settings
    assert str(result).startswith("not compared\n")
    assert [one.name for one in impatient(turning, 4, 6).compared] == ["tuned"]


def test_control_c_before_anything_is_known(turning):
    with pytest.raises(KeyboardInterrupt):
        impatient(turning, 1)


def test_results_can_be_read_by_people_and_programs(turning, capsys):
    result = wheel(turning, verbose=True, trials=3)
    assert capsys.readouterr().err.splitlines()[0].startswith("trial 1: 0.0000 (best 0.0000) with step 1")
    content = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert [one["settings"]["step"] for one in content["trials"]] == [one.settings["step"] for one in result.trials]
    assert content["compared"][-1]["value"] == result.compared[-1].figure.value
    assert repr(result).startswith("TuningResult(ndcg@10: default 0.0000, tuned ")
    heading, *rows = str(result).splitlines()
    assert heading.split("  ")[0] == ""
    assert [row.split()[0] for row in rows[:2]] == ["default", "tuned"]
    assert "cases that no trial saw; 3 trials on" in rows[2]


def test_the_room_can_be_called_by_its_name(turning):
    assert nearfield.tune.tune is tune
    assert nearfield.tune(Wheel, turning, space={"step": [3]}, trials=1, verbose=False).params == {"step": 3}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": "ndcg"}, "metric is 'ndcg'; expected one of hit_rate, .* such as ndcg@10"),
        ({"metric": "ndcg@0"}, "metric is 'ndcg@0'"),
        ({"trials": None}, "neither trials nor seconds is given"),
        ({"trials": 0}, "trials is 0; expected a whole number of at least 1"),
        ({"seconds": float("nan")}, "seconds is nan; expected a number above 0"),
        ({"sample": 1.5}, "sample is 1.5; expected a share"),
        ({"sample": 0}, "sample is 0; expected a share"),
        ({"sample": True}, "sample is True; expected a whole number of at least 1, or a finite number, or None"),
        ({"split": "random"}, "split is 'random'; expected one of time, last"),
        ({"space": None}, "Wheel has no space of its own; name one"),
        ({"space": {"size": ["x"], "speed": [1]}}, "space names 'speed'; expected one of step, size"),
    ],
)
def test_what_cannot_be_tuned(turning, options, message):
    with pytest.raises(BadInput, match=message):
        tune(Wheel(), turning, **({"space": {"step": [1, 2]}, "trials": 2, "verbose": False} | options))


def test_lists_have_no_times():
    lists = [["a", "b", "c", "d"], ["b", "c", "d", "a"], ["c", "d", "a", "b"]]
    with pytest.raises(BadInput, match="the sequences have no times"):
        tune(ItemEmbedding(**SMALL, **QUIET), lists, trials=1, verbose=False)
    lists = [[f"i{(start + place) % 60}" for place in range(50)] for start in (0, 20, 40)]
    assert tune(ItemEmbedding(**SMALL, **QUIET), lists, trials=1, split="last", verbose=False).n_test == 2
