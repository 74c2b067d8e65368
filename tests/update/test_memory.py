"""What is kept of old sequences and rows: samples that are even, whatever the portions; herding; saved and loaded."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.sequences import Sequences
from nearfield.update.joining import joined
from nearfield.update.memory import FADING, Reservoir, RowReservoir, herded, recent, uniform
from nearfield.vectors import Vectors

LISTS = [[f"s{i}", f"k{i % 7}", f"k{i % 5}"] for i in range(60)]


def sequences(start, stop):
    return Sequences.from_lists(LISTS[start:stop])


def rows(start, stop):
    """Rows that are told by their values; later ones have more features, and some weights, groups and times."""
    n = stop - start
    features = np.stack([np.arange(start, stop) % 5, np.arange(start, stop)], axis=1).ravel()
    weights = np.arange(start, stop) / 10 if start % 2 else None
    extras = {} if start else {"groups": np.arange(n), "times": np.arange(n)}
    space = FeatureSpace(stop + 1, ("f",), tuple(f"f={i}" for i in range(stop + 1)))
    return Examples(
        np.arange(start, stop) % 2, np.arange(n + 1) * 2, features, weights=weights, space=space, **extras
    )  # fmt: skip


def kept(memory):
    if isinstance(memory, Reservoir):
        found = memory.sequences()
        return [found.keys(i) for i in range(len(found))]
    found = memory.rows()
    if found is None:
        return []
    names = [found.space.name(feature) for feature in found.features]
    weights = np.ones(len(found)) if found.weights is None else found.weights
    return [
        (names[2 * i], names[2 * i + 1], float(label), round(float(weight), 3))
        for i, (label, weight) in enumerate(zip(found.labels, weights, strict=True))
    ]


SEQUENCES, ROWS = (Reservoir, sequences, 3), (RowReservoir, rows, 1)  # and what one of them takes of the budget
every_kind = pytest.mark.parametrize(("kind", "content", "size"), [SEQUENCES, ROWS])


@every_kind
@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(0, 60), max_size=4), budget=st.integers(1, 200))
def test_the_sample_does_not_depend_on_the_portions(kind, content, size, cuts, budget):
    whole, parts = kind(budget), kind(budget)
    portions = list(itertools.pairwise([0, *sorted(cuts), 60]))
    whole.add(content(0, 60))
    for start, stop in portions:
        parts.add(content(start, stop))
    assert [one[:3] for one in kept(parts)] == [one[:3] for one in kept(whole)]
    assert len(kept(whole)) * size <= budget
    if kind is RowReservoir:  # a row without a weight counts 1, whatever is laid beside it
        weights = {i: round(i / 10, 3) if start % 2 else 1.0 for start, stop in portions for i in range(start, stop)}
        assert all(weight == weights[int(name[2:])] for _, name, _, weight in kept(parts))


@every_kind
def test_every_one_is_as_likely(kind, content, size):
    seen = np.zeros(20)
    for seed in range(600):
        memory = kind(5 * size, seed)
        memory.add(content(0, 8))
        memory.add(content(8, 20))
        for one in kept(memory):
            seen[int(one[0][1:] if kind is Reservoir else one[1][2:])] += 1
    assert seen.sum() == 600 * 5
    assert chisquare(seen).pvalue > 1e-4


@every_kind
def test_a_reservoir_is_saved_and_goes_on(kind, content, size, tmp_path):
    memory = kind(10 * size, seed=4)
    memory.add(content(0, 25))
    memory.save(tmp_path / "memory")
    loaded = kind.load(tmp_path / "memory")
    for one in (memory, loaded):
        one.add(content(25, 60))
    assert kept(loaded) == kept(memory)
    assert len(kept(loaded)) == 10
    assert (loaded.budget, loaded.seed, loaded.seen) == (10 * size, 4, 60)


@every_kind
def test_an_empty_reservoir(kind, content, size, tmp_path):
    memory = kind(5)
    memory.save(tmp_path / "memory")
    for one in (memory, kind.load(tmp_path / "memory")):
        assert kept(one) == []
        one.add(content(0, 0))
        one.save(tmp_path / "memory")
        assert kept(kind.load(tmp_path / "memory")) == []
        one.add(content(0, 1))
        assert len(kept(one)) == 1


@every_kind
def test_a_damaged_reservoir_is_named(kind, content, size, tmp_path):
    memory = kind(10 * size)
    memory.add(content(0, 60))
    memory.save(tmp_path / "memory")
    np.save(tmp_path / "memory" / "draws.npy", np.zeros(3))
    with pytest.raises(BadInput, match=f"3 draws for 10 {kind.FOLDER}"):
        kind.load(tmp_path / "memory")
    (tmp_path / "memory" / "draws.npy").write_bytes(b"no array")
    with pytest.raises(BadInput, match=r"draws.npy: cannot be read"):
        kind.load(tmp_path / "memory")
    other = RowReservoir if kind is Reservoir else Reservoir
    with pytest.raises(BadInput, match=f"kind is '{kind.KIND}'; expected '{other.KIND}'"):
        other.load(tmp_path / "memory")


@every_kind
@pytest.mark.parametrize("budget", [0, -1, 1.5, True, "many"])
def test_bad_budgets(kind, content, size, budget):
    with pytest.raises(BadInput, match=f"the budget of a {kind.KIND} is .*; expected a number of {kind.UNIT}"):
        kind(budget)


def test_rows_of_a_space_that_cannot_be_known_are_refused_until_the_sample_is_forgotten():
    memory, other = RowReservoir(30), rows(0, 9)
    memory.add(rows(0, 20))
    other = other.relabelled(FeatureSpace(16, ("f",), bits=4))
    with pytest.raises(BadInput, match="the rows have features by name, the model features hashed to 4 bits"):
        memory.add(other)
    assert len(kept(memory)) == 20
    memory.forget()
    assert memory.rows() is None
    memory.add(other)
    assert (len(kept(memory)), memory.seen) == (9, 29)
    assert memory.rows().groups is not None  # which losses of groups are trained on
    assert memory.rows().times is None


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
