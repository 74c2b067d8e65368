"""Slices of a stream, held against a loop over every event."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield import Sequences
from nearfield.errors import BadInput
from nearfield.update.streams.slices import FEWEST, slices_by_time, text_slices

DAY = 86_400_000_000


def histories(n_users=40, length=30, days=20, seed=0):
    """Users who begin on some day and do something about every half day, each thing once."""
    random = np.random.default_rng(seed)
    lists = [[f"i{one}" for one in random.permutation(90)[:length]] for _ in range(n_users)]
    times = [
        int(start) + np.cumsum(random.integers(1, DAY, length)) for start in random.integers(0, days * DAY, n_users)
    ]
    found = Sequences.from_lists(lists)
    return Sequences(found.vocabulary, found.tokens, found.offsets, times=np.concatenate(times))


def events(sequences):
    """(sequence, key, time) of every token."""
    owner = np.repeat(np.arange(len(sequences)), np.diff(sequences.offsets))
    keys = [sequences.vocabulary.keys[i] for i in sequences.tokens]
    return list(zip(owner.tolist(), keys, sequences.times.tolist(), strict=True))


@given(st.integers(0, 5), st.sampled_from([None, "2d", "5d"]), st.sampled_from([0.1, 0.3, 0.5]))
def test_every_event_is_learnt_or_foretold_in_the_slice_of_its_time(seed, every, share):
    sequences = histories(seed=seed)
    found = slices_by_time(sequences, every=every, slices=4, hold_out=share, most=None)
    all_events = events(sequences)
    learnt = [Counter((key, time) for _, key, time in events(one.learn)) for one in found]
    # the time of each slice's first event tells where it begins
    borders = [min(time for _, time in some) for some in learnt]
    assert borders == sorted(borders)
    wanted = [Counter() for _ in found]
    cases = [[] for _ in found]
    for user in range(len(sequences)):
        mine = [event for event in all_events if event[0] == user]
        for i, start in enumerate(borders):
            stop = borders[i + 1] if i + 1 < len(borders) else np.inf
            piece = [event for event in mine if start <= event[2] < stop]
            n_held = max(1, int(share * len(piece))) if len(piece) >= 2 else 0
            wanted[i].update((key, time) for _, key, time in piece[: len(piece) - n_held])
            for _, key, time in piece[len(piece) - n_held :]:
                cases[i].append(([one[1] for one in mine if one[2] < time], [key]))
    assert learnt == wanted
    for one, expected in zip(found, cases, strict=True):
        pairs = zip(one.held.histories, one.held.targets, strict=True)
        assert sorted(map(list, pairs)) == sorted(map(list, expected))
        counts = dict(zip(one.learn.vocabulary.keys, one.learn.vocabulary.counts.tolist(), strict=True))
        assert counts == Counter(key for _, key, _ in events(one.learn))
        starts = one.learn.times[one.learn.offsets[:-1]]
        assert (np.diff(starts) >= 0).all()


def test_the_first_slice_is_large_and_the_others_about_equal():
    found = slices_by_time(histories(200), slices=5, first=0.6)
    sizes = np.array([one.learn.n_tokens for one in found])
    assert len(found) == 6
    assert abs(sizes[0] / sizes.sum() - 0.6) < 0.03
    assert np.ptp(sizes[1:]) < 0.1 * sizes.sum()
    assert all(len(one.held) <= 500 for one in found)


def test_short_spans_join_the_next_and_names_tell_when():
    sequences = histories(40, days=20)
    found = slices_by_time(sequences, every="1h", hold_out=0.2)
    assert min(one.learn.n_tokens for one in found) >= 0.5 * FEWEST
    assert len({one.name for one in found}) == len(found)
    assert found[0].name.startswith("1970-01-0")
    assert len(slices_by_time(sequences, every="5d")[1].name) == len("1970-01-16")


def test_texts_hold_out_every_so_many_sentences():
    parts = [Sequences.from_lists([[f"{name}{i}", "the", "end"] for i in range(40)]) for name in "ab"]
    first, second = text_slices(parts, ["a", "b"], hold_out=0.1)
    assert (first.name, second.name) == ("a", "b")
    held = [first.held.keys(i)[0] for i in range(len(first.held))]
    assert held == ["a0", "a10", "a20", "a30"]
    assert not set(held) & set(first.learn.vocabulary.keys)
    assert len(first.learn) + len(first.held) == 40


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: slices_by_time(Sequences.from_lists([["a", "b"]])), "no times; expected times, or slices"),
        (lambda: slices_by_time(histories(), first=1.0), "first is 1.0; expected a share"),
        (lambda: slices_by_time(histories(), hold_out=0), "hold_out is 0; expected a share"),
        (lambda: slices_by_time(histories(), slices=0), "slices is 0; expected a whole number"),
        (lambda: slices_by_time(histories(), every="soon"), "'soon' is no duration"),
        (lambda: slices_by_time(histories(5)), "150 tokens make no two slices of 100"),
        (lambda: slices_by_time(histories(300, length=1)), "has nothing to foretell; expected longer slices"),
        (lambda: text_slices([Sequences.from_lists([["a"]])], ["a"]), "1 texts and 1 names; expected two"),
        (lambda: text_slices([histories()] * 2, ["a", "b"], hold_out=1), "hold_out is 1; expected a share"),
        (lambda: text_slices([Sequences.from_lists([["a", "b"]])] * 2, ["a", "b"]), "a text of 1 sentences"),
    ],
)
def test_what_makes_no_stream(call, message):
    with pytest.raises(BadInput, match=message):
        call()
