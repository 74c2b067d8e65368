"""Every token held out is a case, whose history is what came before it: held against loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield import Sequences
from nearfield.errors import BadInput
from nearfield.evaluate import leave_last_out, rolling_by_time, rolling_last, split_by_time
from nearfield.evaluate.rolling import per_owner


def timed(times):
    """Sequences with these times, of the keys k0 … k6."""
    found = Sequences.from_lists([f"k{(i + time) % 7}" for time in one] for i, one in enumerate(times))
    flat = np.array([time for one in times for time in one], np.int64)
    return Sequences(found.vocabulary, found.tokens, found.offsets, times=flat)


def told(cases):
    return list(zip(cases.histories, cases.targets, cases.owners.tolist(), strict=True))


@given(st.lists(st.lists(st.integers(0, 40), max_size=8), min_size=2, max_size=12), st.integers(1, 40))
def test_by_time_as_a_loop_does_it(times, moment):
    times = [sorted(one) for one in times]
    sequences = timed(times)
    lists = [sequences.keys(i) for i in range(len(sequences))]
    held = [(i, j) for i, one in enumerate(times) for j, time in enumerate(one) if time >= moment]
    judged = [(lists[i][:j], [lists[i][j]], i) for i, j in held if j]
    if not judged or len(held) == sequences.n_tokens:
        with pytest.raises(BadInput):
            rolling_by_time(sequences, moment=moment)
        return
    train, cases = rolling_by_time(sequences, moment=moment)
    assert told(cases) == judged
    assert [one.tolist() for one in cases.times] == [times[i][:j] for i, j in held if j]
    assert cases.left_out == len(held) - len(judged)
    assert train.times.tolist() == [time for one in times for time in one if time < moment]
    assert train.vocabulary.counts.sum() == train.n_tokens


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.floats(0.01, 0.99))
def test_the_last_of_each_as_a_loop_does_it(lengths, share):
    lists = [[f"k{(i + j) % 7}" for j in range(length)] for i, length in enumerate(lengths)]
    judged = [
        (one[:j], [one[j]], i)
        for i, one in enumerate(lists)
        for j in range(len(one) - max(1, int(share * len(one))), len(one))
        if j > 0
    ]
    sequences = Sequences.from_lists(lists)
    if not judged:
        with pytest.raises(BadInput, match="nothing came before"):
            rolling_last(sequences, share=share)
        return
    train, cases = rolling_last(sequences, share=share)
    assert told(cases) == judged
    kept = [one[: len(one) - max(1, int(share * len(one)))] for one in lists if len(one) > 1]
    assert [train.keys(i) for i in range(len(train))] == kept


def test_short_sequences_are_split_as_leave_last_out_does():
    sequences = Sequences.from_lists([["a", "b", "c"], ["b"], ["a", "b"], ["b", "a", "a", "d"]])
    rolling, usual = rolling_last(sequences), leave_last_out(sequences)
    assert (rolling.cases.histories, rolling.cases.targets) == (usual.cases.histories, usual.cases.targets)
    assert rolling.train.tokens.tolist() == usual.train.tokens.tolist()


def test_both_ways_by_time_learn_from_the_same():
    sequences = timed([[0, 1, 5, 6], [0, 2], [6, 7]])
    rolling, usual = rolling_by_time(sequences, quantile=0.6), split_by_time(sequences, quantile=0.6)
    assert rolling.train.tokens.tolist() == usual.train.tokens.tolist()
    assert rolling.train.vocabulary.keys == usual.train.vocabulary.keys


def test_a_draw_is_of_the_cases_and_repeats():
    sequences = timed([list(range(30)), list(range(5, 40))])
    whole = told(rolling_by_time(sequences, quantile=0.3, most=None).cases)
    once, again, other = (
        told(rolling_by_time(sequences, quantile=0.3, most=10, seed=seed).cases) for seed in (1, 1, 2)
    )
    assert len(once) == 10
    assert [one for one in whole if one in once] == once == again != other


def test_cases_left_after_taking_away_what_was_had_know_their_owners():
    sequences = Sequences.from_lists([["a", "b", "a", "c"], ["a", "b"]])
    cases = rolling_last(sequences, share=0.6).cases.unseen()
    assert told(cases) == [(["a", "b", "a"], ["c"], 0), (["a"], ["b"], 1)]


def test_the_mean_of_each_owner():
    random = np.random.default_rng(1)
    owners, values = random.integers(0, 9, 50) * 3, random.random(50)
    expected = [values[owners == owner].mean() for owner in sorted(set(owners.tolist()))]
    np.testing.assert_allclose(per_owner(values, owners), expected)
    assert per_owner(values, None) is values


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (lambda s: rolling_last(s, share=1.0), "share is 1.0; expected a number above 0 and below 1"),
        (lambda s: rolling_last(s, most=0), "most is 0; expected a whole number of at least 1, or None"),
        (lambda s: rolling_by_time(s), "the sequences have no times"),
    ],
)
def test_what_cannot_be_split(split, message):
    with pytest.raises(BadInput, match=message):
        split(Sequences.from_lists([["a", "b"], ["b", "a"]]))
