"""Samplers against the distributions that they are said to draw from, by chi-square."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from scipy.stats import chisquare

from nearfield.embed.distributions import alias_table, noise_distribution, survival, survival_thresholds
from nearfield.embed.kernels.windows import reach_of, subsample
from nearfield.kernels.randomness import advance, bits, draw_alias

SIGNIFICANCE = 1e-4


@njit
def _draw(alias, n, draws, state):
    drawn = np.zeros(n, np.int64)
    for _ in range(draws):
        state = advance(state)
        drawn[draw_alias(bits(state), alias, n)] += 1
    return drawn


@njit
def _reaches(size, draws, state):
    drawn = np.zeros(size + 1, np.int64)
    for _ in range(draws):
        state = advance(state)
        drawn[reach_of(bits(state), size)] += 1
    return drawn


@njit
def _survivors(tokens, n_tokens, keep, sentence, state):
    return subsample(tokens, 0, n_tokens, keep, sentence, 0, state)


@pytest.mark.parametrize("exponent", [1.0, 0.75, 0.0, -0.5, -3.0, 2.5])
@pytest.mark.parametrize("n", [2, 7, 300])
def test_noise_is_drawn_as_stated(exponent, n):
    counts = np.sort(np.random.default_rng(n).integers(5, 500, n))[::-1]
    probabilities = counts.astype(float) ** exponent
    probabilities /= probabilities.sum()
    np.testing.assert_allclose(noise_distribution(counts, exponent), probabilities, rtol=1e-9)
    alias = alias_table(noise_distribution(counts, exponent))
    drawn = _draw(alias.ctypes.data, n, 1_000_000, np.uint64(1))
    assert drawn.sum() == 1_000_000
    often = probabilities * 1_000_000 >= 5  # the chi-square test's own condition
    observed = np.append(drawn[often], drawn[~often].sum())
    expected = np.append(probabilities[often], probabilities[~often].sum()) * 1_000_000
    kept = expected > 0
    assert chisquare(observed[kept], expected[kept]).pvalue > SIGNIFICANCE


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=200))
def test_an_alias_table_gives_back_its_distribution(weights):
    probabilities = np.array(weights) / np.sum(weights)
    table = alias_table(probabilities)
    thresholds = (table[:, 0].astype(np.float64) + (table[:, 0] == 2**32 - 1)) / 2**32
    returned = thresholds.copy()
    np.add.at(returned, table[:, 1], 1 - thresholds)
    np.testing.assert_allclose(returned / len(weights), probabilities, atol=1e-8)


def test_extreme_exponents_stay_finite():
    for exponent in (-300.0, 300.0):
        probabilities = noise_distribution(np.array([10**9, 1000, 1]), exponent)
        assert np.isfinite(probabilities).all()
        assert probabilities.sum() == pytest.approx(1)


def test_the_dynamic_window_is_uniform():
    drawn = _reaches(7, 700_000, np.uint64(3))
    assert drawn[0] == 0
    assert chisquare(drawn[1:]).pvalue > SIGNIFICANCE


def test_survival_is_what_word2vec_computes():
    counts, sample = np.array([5000, 300, 20, 1]), 1e-2
    # word2vec.c: (sqrt(cn / (sample * train_words)) + 1) * (sample * train_words) / cn
    threshold = sample * counts.sum()
    expected = np.minimum(1, (np.sqrt(counts / threshold) + 1) * threshold / counts)
    np.testing.assert_allclose(survival(counts, sample), expected)
    assert (survival(counts, None) == 1).all()
    assert (survival(counts, 0) == 1).all()


def test_tokens_survive_as_stated():
    counts = np.array([50_000, 3_000, 200, 10])
    keep = survival_thresholds(counts, 1e-3, n_keys=3)
    n = 400_000
    for key, probability in enumerate([*survival(counts[:3], 1e-3), 0.0]):
        tokens, sentence = np.full(n, key, np.int32), np.zeros(n, np.int32)
        survivors, _ = _survivors(tokens.ctypes.data, n, keep.ctypes.data, sentence.ctypes.data, np.uint64(key))
        assert (sentence[:survivors] == key).all()
        if probability in (0.0, 1.0):
            assert survivors == n * probability
        else:
            expected = np.array([probability, 1 - probability]) * n
            assert chisquare([survivors, n - survivors], expected).pvalue > SIGNIFICANCE


def test_everything_survives_without_subsampling():
    assert (survival_thresholds(np.array([5, 1]), None, 2) == 2**32 - 1).all()
