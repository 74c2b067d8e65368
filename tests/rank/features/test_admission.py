"""Admission of rare features against counts in a dictionary, and against the distributions that theory has."""

import itertools
import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import nearfield as nf
from nearfield.errors import BadInput, IncompatibleVersion
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import BloomFilter, LogisticRegression, MinimumCount, Poisson, load_admission

ROWS = st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=12)


def made(rows, size=10):
    features = np.array([feature for row in rows for feature in row], int)
    return Examples(
        np.arange(len(rows)) % 2, np.cumsum([0, *map(len, rows)]), features, features % 2, features + 0.5,
        weights=np.arange(len(rows)) + 1, times=np.arange(len(rows)), space=FeatureSpace(size, ("even", "odd")),
    )  # fmt: skip


def rows_of(examples):
    np.testing.assert_array_equal(examples.fields, examples.features % 2)
    np.testing.assert_array_equal(examples.values, examples.features + 0.5)
    return [examples.features[start:stop].tolist() for start, stop in itertools.pairwise(examples.indptr)]


def from_time(rows, n):
    """What a dictionary of counts lets in from the n-th time on."""
    counts, kept = Counter(), []
    for row in rows:
        kept.append([])
        for feature in row:
            counts[feature] += 1
            if counts[feature] >= n:
                kept[-1].append(feature)
    return kept, {feature for feature, count in counts.items() if count >= n}


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(1, 4), st.integers(0, 12))
def test_a_minimum_count_is_that_of_a_dictionary_however_rows_are_cut(rows, n, cut):
    policy, examples = MinimumCount(n), made(rows)
    found = [policy.admit(part) for part in (examples[:cut], examples[cut:])]
    wanted, known = from_time(rows, n)
    assert rows_of(found[0]) + rows_of(found[1]) == wanted
    np.testing.assert_array_equal(np.concatenate([part.weights for part in found]), examples.weights)
    assert rows_of(policy.only_admitted(examples)) == [[f for f in row if f in known] for row in rows]


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(1, 3))
def test_a_roomy_bloom_filter_counts_as_a_dictionary(rows, n):
    policy, examples = BloomFilter(n, bits=16), made(rows)  # ten features in 65,536 cells: none is shared
    wanted, known = from_time(rows, n + 1)
    assert rows_of(policy.admit(examples)) == wanted
    assert rows_of(policy.only_admitted(examples)) == [[f for f in row if f in known] for row in rows]


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))
def test_a_crowded_bloom_filter_never_lets_in_later(rows, n, bits, n_hashes):
    found = rows_of(BloomFilter(n, bits=bits, n_hashes=n_hashes).admit(made(rows)))
    for row, kept, wanted in zip(rows, found, from_time(rows, n + 1)[0], strict=True):
        assert Counter(wanted) <= Counter(kept) <= Counter(row)


@pytest.mark.parametrize("n_hashes", [1, 2, 4])
def test_false_positives_of_a_bloom_filter_are_within_the_bound(n_hashes):
    policy, seen, new = BloomFilter(1, bits=13, n_hashes=n_hashes), 2000, 20_000
    policy.admit(made([range(seen)], seen + new))
    admitted = 0
    for start in range(seen, seen + new, 10):  # a filter that new features do not fill
        state = policy._memory.copy()
        admitted += len(policy.admit(made([range(start, start + 10)], seen + new)).features)
        policy._memory[:] = state
    bound = policy.false_positive_rate(seen)
    spread = np.sqrt(bound * (1 - bound) / new)
    assert bound - 8 * spread < admitted / new < bound + 5 * spread
    assert policy.nbytes == 1 << 13


def test_a_bloom_filter_of_two_times_lets_fewer_strangers_in():
    strangers = []
    for n in (1, 2):
        policy = BloomFilter(n, bits=12, n_hashes=2)
        policy.admit(made([range(3000)], 6000))
        strangers.append(len(policy.admit(made([range(3000, 6000)], 6000)).features))
    assert 0 < strangers[1] < strangers[0]


def test_poisson_lets_in_after_geometrically_many_times():
    n_features, times, p = 4000, 60, 0.1
    found = Poisson(p, seed=3).admit(made([range(n_features)] * times, n_features))
    first = times + 1 - np.bincount(found.features, minlength=n_features)  # later entries all stay
    observed = np.bincount(np.minimum(first, 31), minlength=32)[1:]
    chances = np.append(stats.geom.pmf(np.arange(1, 31), p), stats.geom.sf(30, p))
    assert stats.chisquare(observed, n_features * chances).pvalue > 1e-4


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(0, 12), st.sampled_from([0.2, 0.7, 1.0]))
def test_poisson_keeps_what_it_has_let_in_however_rows_are_cut(rows, cut, p):
    examples, whole, parts = made(rows), Poisson(p, seed=5), Poisson(p, seed=5)
    found = rows_of(whole.admit(examples))
    assert rows_of(parts.admit(examples[:cut])) + rows_of(parts.admit(examples[cut:])) == found
    let_in = set()
    for row, kept in zip(rows, found, strict=True):
        assert not Counter(f for f in row if f in let_in) - Counter(kept)
        let_in |= set(kept)
    assert rows_of(whole.only_admitted(examples)) == [[f for f in row if f in let_in] for row in rows]
    assert p < 1 or found == rows


def test_memory_is_as_stated_and_grows_with_the_space():
    count, chance = MinimumCount(2), Poisson(0.5)
    for size in (10, 25):
        count.admit(made([[1]], size))
        chance.admit(made([[1]], size))
        assert (count.nbytes, chance.nbytes) == (4 * size, size)
    assert rows_of(count.admit(made([[1, 24]], 25))) == [[1]]


def test_a_model_learns_nothing_of_what_is_not_admitted():
    model, policy = LogisticRegression(), MinimumCount(2)
    for rows in ([[1, 2], [1, 3]], [[2, 4]]):
        model.partial_fit(policy.admit(made(rows)))
    assert set(np.flatnonzero(model.state_[:-1, 1])) == {1, 2}


@pytest.mark.parametrize("make", [lambda: MinimumCount(2), lambda: BloomFilter(bits=8), lambda: Poisson(0.3, seed=4)])
def test_going_on_survives_saving_bit_for_bit(make, tmp_path):
    rows = np.random.default_rng(7).integers(0, 40, (60, 5)).tolist()
    examples, policy, model = made(rows, 40), make(), LogisticRegression()
    model.partial_fit(policy.admit(examples[:25]))
    policy.save(tmp_path / "policy")
    model.save(tmp_path / "model")
    again, learner = nf.load(tmp_path / "policy"), nf.load(tmp_path / "model")
    for one, learns in ((policy, model), (again, learner)):
        learns.partial_fit(one.admit(examples[25:]))
    assert np.array_equal(learner.state_, model.state_)
    assert rows_of(again.only_admitted(examples)) == rows_of(policy.only_admitted(examples))
    assert (type(again), again.nbytes) == (type(policy), policy.nbytes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"policy": "Oracle"}, "policy is 'Oracle'; this version knows MinimumCount, BloomFilter, Poisson"),
        ({"parameters": {"n": 1}}, "parameters are {'n': 1}; expected n, bits, n_hashes"),
        ({"parameters": {"n": 0, "bits": 8, "n_hashes": 4}}, "n is 0"),
        ({"parameters": {"n": 1, "bits": 9, "n_hashes": 4}}, r"memory.npy: holds uint8 \(256,\)"),
        ({"seen": -1}, "seen is -1"),
    ],
)
def test_a_damaged_folder_is_refused(tmp_path, changes, message):
    BloomFilter(bits=8).save(tmp_path / "policy")
    config = json.loads((tmp_path / "policy" / "config.json").read_text())
    (tmp_path / "policy" / "config.json").write_text(json.dumps(config | changes))
    with pytest.raises((BadInput, IncompatibleVersion), match=message):
        load_admission(tmp_path / "policy")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MinimumCount(0), "n is 0; expected a whole number of 1"),
        (lambda: MinimumCount(1.5), "n is 1.5"),
        (lambda: BloomFilter(255), "n is 255; expected a whole number of 1 to 254"),
        (lambda: BloomFilter(bits=0), "bits is 0"),
        (lambda: BloomFilter(n_hashes=0), "n_hashes is 0"),
        (lambda: Poisson(0), "p is 0; expected a number above 0 and at most 1"),
        (lambda: Poisson(float("nan")), "p is nan"),
    ],
)
def test_wrong_settings_are_named(make, message):
    with pytest.raises(BadInput, match=message):
        make()
