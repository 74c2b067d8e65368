import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from nearfield.evaluate.correlation import bootstrap_spearman, spearman, spearman_interval
from nearfield.evaluate.resampling import resample

FEW_VALUES = st.lists(st.tuples(st.integers(0, 4), st.floats(-2, 2, width=16)), min_size=2, max_size=30)


@given(FEW_VALUES)
def test_ties_and_all_as_in_scipy(pairs):
    a, b = np.array(pairs, np.float64).T
    if len(set(a)) == 1 or len(set(b)) == 1:
        assert np.isnan(spearman(a, b))
    else:
        assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_correlate_is_nan(n):
    values = np.arange(n, dtype=np.float64)
    assert np.isnan(spearman(values, values))
    assert np.isnan(spearman_interval(values, values)).all()


def test_each_resample_is_what_scipy_says_of_the_pairs_drawn():
    random = np.random.default_rng(1)
    a, b = random.integers(0, 9, 40).astype(np.float64), random.normal(size=40)
    drawn = np.concatenate(list(resample(40, 50, seed=4))).astype(int)
    expected = [spearmanr(np.repeat(a, times), np.repeat(b, times)).statistic for times in drawn]
    np.testing.assert_allclose(bootstrap_spearman(a, b, 50, seed=4), expected, atol=1e-12)


def test_the_interval_is_about_as_wide_as_theory_says():
    # Bonett & Wright (2000): Fisher's z of Spearman's ρ has variance (1 + ρ²/2) / (n - 3)
    n, rho = 1_000, 0.5
    a, b = np.random.default_rng(2).multivariate_normal([0, 0], [[1, rho], [rho, 1]], n).T
    found = spearman(a, b)
    half = 1.96 * np.sqrt((1 + found**2 / 2) / (n - 3))
    expected = np.tanh(np.arctanh(found) + np.array([-half, half]))
    np.testing.assert_allclose(spearman_interval(a, b, resamples=2_000), expected, atol=0.01)
