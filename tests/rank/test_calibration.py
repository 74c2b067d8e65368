"""Calibration against scikit-learn, and on predictions that are wrong in a known way."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression as Batch

from nearfield.errors import BadInput, NotFitted
from nearfield.loading import load
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


every_calibration = pytest.mark.parametrize("calibration", [IsotonicCalibration(), PlattCalibration()])


@every_calibration
def test_what_predict_proba_returns_is_taken_as_it_is(calibration):
    p, labels, _ = too_sure(500)
    both = np.stack([1 - p, p], axis=1)
    plain, paired = clone(calibration).fit(p, labels), clone(calibration).fit(both, labels)
    assert np.array_equal(plain.predict(p), paired.predict(both))
    assert plain.predict(both).shape == (500,)
    assert plain.predict(p.tolist()).dtype == np.float32
    assert plain.predict(p[:0]).shape == plain.predict(both[:0]).shape == (0,)


@every_calibration
def test_a_calibration_is_saved_and_loaded(calibration, tmp_path):
    p, labels, _ = too_sure(500)
    fitted = clone(calibration).fit(p, labels)
    fitted.save(tmp_path / "saved")
    loaded = load(tmp_path / "saved")
    assert type(loaded) is type(calibration)
    assert np.array_equal(loaded.predict(np.linspace(0, 1, 99)), fitted.predict(np.linspace(0, 1, 99)))
    with pytest.raises(NotFitted):
        clone(calibration).save(tmp_path / "other")
    assert not (tmp_path / "other").exists()
    for name in calibration.ARRAYS:
        np.save(tmp_path / "saved" / f"{name}.npy", np.array([np.nan]))
        with pytest.raises(BadInput, match="the folder is damaged"):
            load(tmp_path / "saved")


BAD = [
    (np.ones((4, 3)) / 3, [0, 1, 0, 1], None, r"predictions have the shape \(4, 3\); expected \(n,\)"),
    (np.ones((4, 1)), [0, 1, 0, 1], None, r"predictions have the shape \(4, 1\)"),
    (np.float64(0.5), [0], None, r"predictions have the shape \(\)"),
    ([[0.5, 0.6]] * 2, [0, 1], None, "sum to 1.1; expected 1"),
    ([0.2, np.nan], [0, 1], None, "a prediction is nan; expected probabilities, 0 to 1"),
    ([0.2, np.inf], [0, 1], None, "a prediction is inf"),
    ([0.2, 1.5], [0, 1], None, "a prediction is 1.5"),
    ([0.2, -3], [0, 1], None, "a prediction is -3"),
    (["a", "b"], [0, 1], None, "predictions are no array of numbers"),
    ([], [], None, "no rows to calibrate by"),
    ([0.2, 0.3], [1], None, "2 predictions, 1 labels; expected as many"),
    ([0.2, 0.3], [[0], [1]], None, r"labels have the shape \(2, 1\)"),
    ([0.2, 0.3], [0, 2], None, "a label is 2; calibration expects labels 0 and 1"),
    ([0.2, 0.3], [0, np.nan], None, "a label is nan"),
    ([0.2, 0.3], [1, 1], None, "all labels are 1; calibration needs rows of both labels"),
    ([0.2, 0.3], [0, 0], None, "all labels are 0"),
    ([0.2, 0.3], [0, 1], [1, 0], "all labels are 0"),
    ([0.2, 0.3], [0, 1], [0, 0], "all rows weigh 0"),
    ([0.2, 0.3], [0, 1], [1, -1], "weights hold numbers below 0"),
    ([0.2, 0.3], [0, 1], [1, np.nan], "weights hold numbers below 0, NaN"),
    ([0.2, 0.3], [0, 1], [1], "2 predictions, 1 weights"),
]


@every_calibration
@pytest.mark.parametrize(("predictions", "labels", "weights", "message"), BAD)
def test_what_does_not_fit_is_refused(calibration, predictions, labels, weights, message):
    with pytest.raises(BadInput, match=message):
        clone(calibration).fit(predictions, labels, weights)


@every_calibration
@pytest.mark.parametrize(("predictions", "message"), [(one[0], one[3]) for one in BAD[:9]])
def test_what_cannot_be_calibrated_is_refused(calibration, predictions, message):
    with pytest.raises(BadInput, match=message):
        clone(calibration).fit([0.1, 0.9], [0, 1]).predict(predictions)
    with pytest.raises(NotFitted):
        clone(calibration).predict(np.array([0.5]))
