"""What is held out, what is learnt from, and that nothing leaks."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield import Sequences
from nearfield.errors import BadInput
from nearfield.evaluate import Cases, hold_out_sessions, leave_last_out, leave_last_session_out, split_by_time

HOUR = 3_600_000_000


def timed(lists, times):
    found = Sequences.from_lists(lists)
    flat = np.array([time for one in times for time in one], np.int64)
    return Sequences(found.vocabulary, found.tokens, found.offsets, flat.astype(np.float32), flat)


def test_the_last_of_each_is_held_out_and_not_counted():
    sequences = timed(
        [["a", "b", "c"], ["b"], ["a", "b"], ["b", "a", "a", "d"], []], [[0, 1, 2], [3], [4, 5], [6, 7, 8, 9], []]
    )
    train, cases = leave_last_out(sequences)
    assert cases.targets == [["c"], ["b"], ["d"]]
    assert [train.keys(i) for i in range(len(train))] == cases.histories == [["a", "b"], ["a"], ["b", "a", "a"]]
    assert train.vocabulary.keys == ("a", "b")
    assert train.vocabulary.counts.tolist() == [4, 2]
    assert train.times.tolist() == [0, 1, 4, 6, 7, 8] == train.weights.tolist()
    assert [one.tolist() for one in cases.times] == [[0, 1], [4], [6, 7, 8]]


def test_by_time_nothing_after_the_moment_is_known():
    sequences = timed([["a", "b", "c", "d"], ["c", "a"], ["d", "b"]], [[0, 1, 5, 6], [0, 2], [6, 7]])
    train, cases = split_by_time(sequences, moment=5, n_targets=None)
    assert [train.keys(i) for i in range(len(train))] == [["a", "b"], ["c", "a"]]
    assert (cases.histories, cases.targets) == ([["a", "b"]], [["c", "d"]])
    assert "d" not in train.vocabulary
    assert cases.left_out == 1  # the third begins after the moment
    assert split_by_time(sequences, moment=5).cases.targets == [["c"]]


@given(st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=8), min_size=2, max_size=12), st.floats(0.2, 0.9))
def test_by_time_as_a_loop_does_it(times, quantile):
    times = [sorted(one) for one in times]
    lists = [[f"k{(i + time) % 7}" for time in one] for i, one in enumerate(times)]
    flat = [time for one in times for time in one]
    moment = int(np.quantile(flat, quantile, method="higher"))
    before = [
        [key for key, time in zip(*pair, strict=True) if time < moment] for pair in zip(lists, times, strict=True)
    ]
    after = [
        [key for key, time in zip(*pair, strict=True) if time >= moment] for pair in zip(lists, times, strict=True)
    ]
    judged = [(b, a[:1]) for b, a in zip(before, after, strict=True) if a and b]
    if not judged:
        with pytest.raises(BadInput):
            split_by_time(timed(lists, times), quantile=quantile)
        return
    train, cases = split_by_time(timed(lists, times), quantile=quantile)
    assert list(zip(cases.histories, cases.targets, strict=True)) == judged
    counts = dict(zip(train.vocabulary.keys, train.vocabulary.counts.tolist(), strict=True))
    assert counts == Counter(key for one in before for key in one)


def test_moments_may_be_written_in_several_ways():
    sequences = timed([["a", "b"], ["b", "a"]], [[0, 3 * HOUR], [0, 5 * HOUR]])
    for moment in (2 * HOUR, "1970-01-01T02:00:00", "1970-01-01T04:00:00+02:00", np.datetime64("1970-01-01T02")):
        assert len(split_by_time(sequences, moment=moment).cases) == 2
    for moment, message in [
        ("soon", "moment is 'soon'; expected ISO 8601"),
        ("1980-01-01", "everything is before 1980"),
    ]:
        with pytest.raises(BadInput, match=message):
            split_by_time(sequences, moment=moment)
    with pytest.raises(BadInput, match="the sequences have no times"):
        split_by_time(Sequences.from_lists([["a", "b"]]))


def test_the_last_session_of_each_user():
    sequences = Sequences.from_lists([["a", "b"], ["c"], ["c", "d"], ["e"]])
    train, cases = leave_last_session_out(sequences, ["u", "v", "u", "u"], n_targets=None)
    assert [train.keys(i) for i in range(len(train))] == [["a", "b"], ["c", "d"]]
    assert (cases.histories, cases.targets, cases.left_out) == ([["a", "b", "c", "d"]], [["e"]], 1)
    with pytest.raises(BadInput, match="1 users for 4 sessions"):
        leave_last_session_out(sequences, ["u"])


def test_a_share_of_the_sessions_the_latest():
    sequences = timed([["x", "y"], ["a", "b", "c"], ["b", "a"]], [[9, 9], [1, 1, 1], [2, 2]])
    train, cases = hold_out_sessions(sequences, share=0.3)
    assert (cases.histories, cases.targets) == ([["x"]], [["y"]])
    assert set(train.vocabulary.keys) == {"a", "b", "c"}
    with pytest.raises(BadInput, match="share is 1; expected a number above 0 and below 1"):
        hold_out_sessions(sequences, share=1)


def test_cases_can_be_drawn_and_rid_of_what_was_had():
    cases = Cases([["a"], ["b"], ["c"]], [["a", "b"], ["b"], ["d"]], Sequences.from_lists([["a"]]).vocabulary)
    unseen = cases.unseen()
    assert (unseen.histories, unseen.targets, unseen.left_out) == ([["a"], ["c"]], [["b"], ["d"]], 1)
    assert len(cases.draw(2)) == 2
    assert cases.draw(9).histories == cases.histories
    assert repr(cases) == "Cases(3 histories, 4 targets, 0 cases left out)"


def test_nothing_to_foretell_is_refused():
    with pytest.raises(BadInput, match="no sequence has two tokens"):
        leave_last_out(Sequences.from_lists([["a"], ["b"]]))
