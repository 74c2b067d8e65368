"""Calibration against scikit-learn, and on predictions that are wrong in a known way."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression as Batch

from nearfield.errors import BadInput, NotFitted
from nearfield.rank.calibration import IsotonicCalibration, PlattCalibration


def too_sure(n=4000, seed=0):
    """Predictions whose log odds are twice as large as they should be, plus one."""
    random = np.random.default_rng(seed)
    score = random.normal(size=n)
    labels = (random.random(n) < 1 / (1 + np.exp(-score))).astype(np.float32)
    return (1 / (1 + np.exp(-2 * score - 1))).astype(np.float32), labels, 1 / (1 + np.exp(-score))


@pytest.mark.parametrize("decimals", [8, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_isotonic_is_that_of_scikit_learn(decimals, weighted):
    p, labels, _ = too_sure(500)
    p, weights = p.round(decimals), np.random.default_rng(1).uniform(0.5, 2, 500) if weighted else None
    ours = IsotonicCalibration().fit(p, labels, weights)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(p, labels, sample_weight=weights)
    asked = np.linspace(0, 1, 333)
    np.testing.assert_allclose(ours.predict(asked), theirs.predict(asked), atol=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_platt_is_logistic_regression_on_log_odds_with_his_targets(weighted):
    p, labels, _ = too_sure(500)
    weights = np.random.default_rng(1).uniform(0.5, 2, 500) if weighted else np.ones(500)
    ours = PlattCalibration().fit(p, labels, weights)
    positives, negatives = weights @ labels, weights @ (1 - labels)
    targets = np.where(labels > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    odds = np.log(p.astype(float) / (1 - p.astype(float)))[:, None]
    batch = Batch(C=1e10, tol=1e-10, max_iter=1000).fit(
        np.vstack([odds, odds]), np.repeat([1, 0], 500), np.concatenate([weights * targets, weights * (1 - targets)])
    )
    assert ours.slope_ == pytest.approx(batch.coef_[0, 0], abs=1e-4)
    assert ours.intercept_ == pytest.approx(batch.intercept_[0], abs=1e-4)


@pytest.mark.parametrize("calibration", [IsotonicCalibration(), PlattCalibration()])
def test_what_was_too_sure_comes_near_to_the_truth(calibration):
    p, labels, _ = too_sure()
    later, _, truth = too_sure(seed=1)
    mended = clone(calibration).fit(p, labels).predict(later)
    assert np.abs(mended - truth).mean() < 0.25 * np.abs(later - truth).mean()


def test_platt_finds_slope_and_intercept():
    p, labels, _ = too_sure(40_000)
    model = PlattCalibration().fit(p, labels)
    assert model.slope_ == pytest.approx(0.5, abs=0.03)
    assert model.intercept_ == pytest.approx(-0.5, abs=0.05)


@pytest.mark.parametrize("calibration", [IsotonicCalibration(), PlattCalibration()])
def test_labels_all_alike_and_input_that_does_not_fit(calibration):
    alike = clone(calibration).fit(np.array([0.2, 0.4, 0.4]), np.ones(3)).predict(np.array([0.0, 0.3, 1.0]))
    assert np.isfinite(alike).all()
    with pytest.raises(NotFitted):
        clone(calibration).predict(np.array([0.5]))
    with pytest.raises(BadInput, match="2 predictions, 1 labels"):
        clone(calibration).fit(np.ones(2), np.ones(1))
    with pytest.raises(BadInput, match="labels 0 and 1"):
        clone(calibration).fit(np.ones(2), np.array([0, 2]))
    with pytest.raises(BadInput, match="labels 0 and 1"):
        clone(calibration).fit(np.array([0.1, np.nan]), np.array([0, 1]))
