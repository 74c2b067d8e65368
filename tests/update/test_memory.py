"""What is kept of old sequences: samples that are even, whatever the portions; herding; saved and loaded."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from nearfield.errors import BadInput
from nearfield.sequences import Sequences
from nearfield.update.joining import joined
from nearfield.update.memory import FADING, Reservoir, herded, recent, uniform
from nearfield.vectors import Vectors

LISTS = [[f"s{i}", f"k{i % 7}", f"k{i % 5}"] for i in range(60)]


def kept(memory):
    sequences = memory.sequences()
    return [sequences.keys(i) for i in range(len(sequences))]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=4), st.integers(1, 200))
def test_the_sample_does_not_depend_on_the_portions(cuts, budget):
    whole, parts = Reservoir(budget), Reservoir(budget)
    whole.add(Sequences.from_lists(LISTS))
    for start, stop in itertools.pairwise([0, *sorted(cuts), 60]):
        parts.add(Sequences.from_lists(LISTS[start:stop]))
    assert kept(parts) == kept(whole)
    assert sum(map(len, kept(whole))) <= budget


def test_every_sequence_is_as_likely():
    seen = np.zeros(20)
    for seed in range(600):
        memory = Reservoir(15, seed)
        for start in (0, 8):
            memory.add(Sequences.from_lists(LISTS[start : start + (8 if start == 0 else 12)]))
        for one in kept(memory):
            seen[int(one[0][1:])] += 1
    assert seen.sum() == 600 * 5
    assert chisquare(seen).pvalue > 1e-4


def test_a_reservoir_is_saved_and_goes_on(tmp_path):
    memory = Reservoir(30, seed=4)
    memory.add(Sequences.from_lists(LISTS[:25]))
    memory.save(tmp_path / "memory")
    loaded = Reservoir.load(tmp_path / "memory")
    for one in (memory, loaded):
        one.add(Sequences.from_lists(LISTS[25:]))
    assert kept(loaded) == kept(memory)
    assert (loaded.budget, loaded.seed, loaded.seen) == (30, 4, 60)


def test_an_empty_reservoir(tmp_path):
    memory = Reservoir(5)
    assert len(memory.sequences()) == 0
    memory.add(Sequences.from_lists([]))
    memory.save(tmp_path / "memory")
    assert len(Reservoir.load(tmp_path / "memory").sequences()) == 0


def test_a_damaged_reservoir_is_named(tmp_path):
    memory = Reservoir(30)
    memory.add(Sequences.from_lists(LISTS))
    memory.save(tmp_path / "memory")
    np.save(tmp_path / "memory" / "draws.npy", np.zeros(3))
    with pytest.raises(BadInput, match="3 draws for 10 sequences"):
        Reservoir.load(tmp_path / "memory")
    (tmp_path / "memory" / "draws.npy").write_bytes(b"no array")
    with pytest.raises(BadInput, match=r"draws.npy: cannot be read"):
        Reservoir.load(tmp_path / "memory")


@pytest.mark.parametrize("budget", [0, -1, 1.5, True, "many"])
def test_bad_budgets(budget):
    with pytest.raises(BadInput, match="the budget of a reservoir is"):
        Reservoir(budget)


def test_uniform_fills_its_budget():
    sequences = Sequences.from_lists(LISTS)
    chosen = uniform(sequences, 30, seed=1)
    assert len(chosen) == 10
    assert (np.diff(chosen) > 0).all()
    assert len(uniform(sequences, 2, seed=1)) == 0


def test_recent_ones_are_drawn_as_their_weights_say():
    sequences, budget = Sequences.from_lists(LISTS), 6  # one evenly, one by weight
    weights = np.exp(-(60 - 1 - np.arange(60)) * 3 / (FADING * budget))
    by_weight = (weights[None, :] / (weights.sum() - weights)[:, None] * (1 - np.eye(60))).mean(axis=0)
    drawn = [recent(sequences, budget, seed) for seed in range(3000)]
    assert {len(one) for one in drawn} == {2}
    seen = np.bincount(np.concatenate(drawn), minlength=60)
    assert chisquare(seen, 3000 * (1 / 60 + by_weight)).pvalue > 1e-4


@pytest.mark.parametrize("draw", [uniform, recent])
@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.floats(0, 400))
def test_draws_fill_their_budget(draw, lengths, budget):
    sequences = Sequences.from_lists([["a"] * n for n in lengths])
    chosen = draw(sequences, budget, seed=1)
    tokens = np.diff(sequences.offsets)
    assert (np.diff(chosen) > 0).all()
    assert tokens[chosen].sum() <= budget
    if tokens.sum() <= budget:
        assert len(chosen) == len(lengths)
    else:  # a draw stops at the first sequence that does not fit; of two draws, both do
        assert tokens[chosen].sum() > budget - 2 * max(lengths)


def test_herding_follows_the_mean_as_a_slow_twin_does():
    random = np.random.default_rng(2)
    sequences = Sequences.from_lists(LISTS)
    vectors = Vectors(sequences.vocabulary, random.normal(size=(len(sequences.vocabulary), 6)))
    means = np.array([vectors[sequences.keys(i)].mean(axis=0, dtype=np.float64) for i in range(60)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    picked: list[int] = []
    while len(picked) < 10:
        distances = [
            np.inf if i in picked else np.linalg.norm(means.mean(axis=0) - means[[*picked, i]].mean(axis=0))
            for i in range(60)
        ]
        picked.append(int(np.argmin(distances)))
    assert herded(sequences, vectors, 30, seed=1).tolist() == sorted(picked)
    evenly = [np.linalg.norm(means[uniform(sequences, 30, seed)].mean(0) - means.mean(0)) for seed in range(20)]
    assert np.linalg.norm(means[picked].mean(0) - means.mean(0)) < min(evenly)


def test_joined_sequences_keep_order_weights_and_times():
    first = Sequences.from_lists([["a", "b"], ["b"]])
    second = Sequences.from_lists([["c", "b", "b"]])
    both = joined([first, second])
    assert [both.keys(i) for i in range(3)] == [["a", "b"], ["b"], ["c", "b", "b"]]
    assert dict(zip(both.vocabulary.keys, both.vocabulary.counts.tolist(), strict=True)) == {"b": 4, "a": 1, "c": 1}
    with_times = [
        Sequences(one.vocabulary, one.tokens, one.offsets, times=np.arange(one.n_tokens)) for one in (first, second)
    ]
    assert joined(with_times).times.tolist() == [0, 1, 2, 0, 1, 2]
    assert joined([with_times[0], second]).times is None


def test_joined_over_a_vocabulary_leaves_others_out():
    first = Sequences.from_lists([["a", "b"], ["c"], ["b", "c", "a"]])
    only = Sequences.from_lists([["b", "a"]]).vocabulary
    found = joined([first], only)
    assert [found.keys(i) for i in range(3)] == [["a", "b"], [], ["b", "a"]]
