import numpy as np
import pytest
from scipy.stats import bootstrap, chisquare

from nearfield.evaluate import resampling
from nearfield.evaluate.resampling import interval, mean_interval, resample


def test_every_resample_draws_as_many_as_there_are():
    weights = np.concatenate(list(resample(30, 200)))
    assert weights.shape == (200, 30)
    assert (weights.sum(axis=1) == 30).all()


def test_each_case_is_drawn_as_often_as_any_other():
    times = np.concatenate(list(resample(20, 5_000))).sum(axis=0)
    assert chisquare(times).pvalue > 0.001


def test_the_same_seed_draws_the_same_whatever_the_blocks(monkeypatch):
    whole = np.concatenate(list(resample(7, 100, seed=5)))
    monkeypatch.setattr(resampling, "BLOCK", 70)
    blocks = list(resample(7, 100, seed=5))
    assert len(blocks) == 10
    np.testing.assert_array_equal(np.concatenate(blocks), whole)
    assert not np.array_equal(np.concatenate(list(resample(7, 100, seed=6))), whole)


def test_the_interval_of_a_mean_is_that_of_scipy():
    values = np.random.default_rng(3).exponential(size=300)
    theirs = bootstrap([values], np.mean, method="percentile", n_resamples=4_000, random_state=0).confidence_interval
    assert mean_interval(values, resamples=4_000) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_nothing_has_no_interval():
    assert np.isnan(mean_interval(np.array([]))).all()
    assert np.isnan(interval(np.array([np.nan]))).all()
    assert interval(np.array([np.nan, 1.0, 1.0])) == (1.0, 1.0)
