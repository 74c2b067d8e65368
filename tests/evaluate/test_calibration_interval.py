"""The interval of the calibration error: it holds its own value always, and the truth as often as it says."""

import numpy as np
import pytest

from nearfield.evaluate import calibration_error, calibration_interval
from nearfield.evaluate.ranking import judge_classes
from nearfield.evaluate.reliability import reliability

SAMPLES = 200


def sigmoid(score):
    return 1 / (1 + np.exp(-score))


# what a model predicts where the true log-odds are s
MODELS = {
    "calibrated": lambda s: sigmoid(s),
    "slightly too high": lambda s: sigmoid(s + 0.05),
    "too high": lambda s: sigmoid(s + 0.3),
    "too sure": lambda s: sigmoid(1.2 * s),
    "far too sure": lambda s: sigmoid(2 * s),
    "half wrong": lambda s: sigmoid(np.where(s > 0, s, s + 1)),
}


@pytest.mark.parametrize("predict", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize(("n", "rare"), [(200, 0.0), (1000, 0.0), (5000, 0.0), (5000, 4.0)])
def test_it_covers_the_error_of_the_population(predict, n, rare):
    random, covered = np.random.default_rng(0), 0
    for _ in range(SAMPLES):
        scores = 1.2 * random.normal(size=n) - rare
        predictions, chances = predict(scores), sigmoid(scores)
        labels = (random.random(n) < chances).astype(float)
        low, high = calibration_interval(labels, predictions)
        assert 0 <= low <= calibration_error(labels, predictions) <= high <= 1
        truth = calibration_error(chances, predictions)  # what is observed in each bin on average
        covered += low - 1e-12 <= truth <= high
    assert covered >= 0.92 * SAMPLES  # 95 % less two standard errors of 200 samples


def test_it_becomes_narrow_and_finds_what_is_wrong():
    random = np.random.default_rng(0)
    scores = random.normal(size=50_000)
    labels = (random.random(50_000) < sigmoid(scores)).astype(float)
    low, high = calibration_interval(labels, sigmoid(scores))
    assert low == 0
    assert high < 0.01
    low, high = calibration_interval(labels, sigmoid(scores + 1))
    assert 0.15 < low < high < low + 0.02


@pytest.mark.parametrize("equal", ["rows", "width"])
def test_rows_of_weight_2_are_rows_that_come_twice(equal):
    random = np.random.default_rng(1)
    predictions = random.random(400)
    labels = (random.random(400) < predictions).astype(float)
    plain = calibration_interval(labels, predictions, equal=equal)
    assert calibration_interval(labels, predictions, np.full(400, 2.0), equal=equal) == pytest.approx(plain)
    none = np.where(np.arange(400) < 300, 1.0, 0.0)
    narrower = calibration_interval(labels[:300], predictions[:300], equal="width")
    assert calibration_interval(labels, predictions, none, equal="width") == pytest.approx(narrower)


def test_it_stands_beside_the_error_of_a_ranker():
    random = np.random.default_rng(2)
    for n in (2, 20, 2000):
        predictions = random.random(n)
        labels = (random.random(n) < predictions).astype(float)
        figure = judge_classes(labels, predictions, resamples=20).figures["calibration_error"]
        assert figure.interval[0] <= figure.value <= figure.interval[1]
    assert np.isnan(calibration_interval(np.empty(0), np.empty(0))).all()
    assert len(reliability(np.empty(0), np.empty(0))) == 0
