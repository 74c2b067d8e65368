"""Nothing that the comparison is of is seen by a trial."""

import numpy as np
import pytest

from nearfield import Sequences
from nearfield.errors import BadInput
from nearfield.evaluate import leave_last_out, rolling_by_time
from nearfield.tune.parts import by_last, by_time


@pytest.fixture
def sequences():
    """40 sequences of 1 to 9 tokens, no key twice, an hour between any two events."""
    random = np.random.default_rng(3)
    lengths = random.integers(1, 10, 40)
    found = Sequences.from_lists([f"{i}:{j}" for j in range(length)] for i, length in enumerate(lengths))
    times = random.permutation(lengths.sum()) * 3_600_000_000
    order = np.lexsort((times, np.repeat(np.arange(40), lengths)))
    return Sequences(found.vocabulary, found.tokens, found.offsets, times=times[order])


def targets(split):
    return {one for case in split.cases.targets for one in case}


def learnt(split):
    return {key for i in range(len(split.train)) for key in split.train.keys(i)}


def test_by_time_trials_end_before_the_comparison_begins(sequences):
    trials, comparison = by_time(sequences, None, 1)
    expected = rolling_by_time(sequences)
    assert comparison.cases.targets == expected.cases.targets
    assert trials.cases.targets == rolling_by_time(expected.train).cases.targets
    assert not (learnt(trials) | targets(trials)) & targets(comparison)
    assert not learnt(trials) & targets(trials)


def test_by_last_each_last_token_is_of_trials_or_of_the_comparison(sequences):
    trials, comparison = by_last(sequences, None, 1)
    expected = leave_last_out(sequences)
    assert targets(trials) | targets(comparison) == targets(expected)
    assert not targets(trials) & targets(comparison)
    assert abs(len(trials.cases) - len(comparison.cases)) <= 1
    assert learnt(trials) == learnt(comparison) == learnt(expected)
    pairs = dict(zip(map(tuple, expected.cases.histories), expected.cases.targets, strict=True))
    for cases in (trials.cases, comparison.cases):
        assert [pairs[tuple(history)] for history in cases.histories] == cases.targets


def test_by_last_another_seed_draws_other_halves(sequences):
    once, again, other = (targets(by_last(sequences, None, seed).trials) for seed in (1, 1, 2))
    assert once == again != other


@pytest.mark.parametrize("parts", [by_time, by_last])
def test_trials_see_a_sample_and_the_comparison_does_not_change(sequences, parts):
    whole, sampled = parts(sequences, None, 1), parts(sequences, 20, 1)
    assert sampled.comparison.cases.targets == whole.comparison.cases.targets
    assert not targets(sampled.trials) & targets(whole.comparison)
    assert len(sampled.trials.train) <= 20 < len(whole.trials.train)
    assert sampled.trials.train.vocabulary.counts.sum() == sampled.trials.train.n_tokens


def test_too_little_to_split():
    two, one = Sequences.from_lists([["a", "b"], ["b", "a"]]), Sequences.from_lists([["a", "b"], ["b"]])
    assert [len(split.cases) for split in by_last(two, None, 1)] == [1, 1]
    with pytest.raises(BadInput, match="1 sequences of two tokens or more; expected at least 2"):
        by_last(one, None, 1)
    # the half of either sequence is drawn, and so is the sample: some seeds leave it nothing to be judged by
    with pytest.raises(BadInput, match="sample is 1, which leaves nothing to judge trials by"):
        for seed in range(20):
            by_last(two, 1, seed)
