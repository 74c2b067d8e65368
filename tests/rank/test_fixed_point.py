"""Weights in two bytes: rounding that is right on average, predictions within it, folders that come back."""

import numpy as np
import pytest
from rows import rows

from nearfield.errors import BadInput
from nearfield.examples import FeatureSpace
from nearfield.rank import FixedPointModel, LogisticRegression
from nearfield.rank.fixed_point import fraction_bits, to_fixed_point

SCALE = 2**13


def test_rounding_is_to_a_neighbour_and_right_on_average():
    random = np.random.default_rng(0)
    weights = random.normal(size=50)
    drawn = np.stack([to_fixed_point(weights, 13, random) for _ in range(2000)]) / SCALE
    assert np.abs(drawn - weights).max() <= 1 / SCALE
    np.testing.assert_allclose(drawn.mean(axis=0), weights, atol=4 / SCALE / np.sqrt(2000))
    assert to_fixed_point(np.array([9.0, -9.0, 0.0]), 13, random).tolist() == [2**15 - 1, -(2**15), 0]


def test_predictions_are_those_of_rounded_weights():
    examples = rows(n=500)
    model = LogisticRegression(l1=0.5).fit(examples)
    small = model.fixed_point(seed=3, bits=13)
    weights, scales = small.codes / SCALE, model.scales_[:, 0]
    assert np.abs(weights - model.weights_ * scales).max() <= 1 / SCALE
    values = examples.to_scipy() @ (weights / scales) + model.bias_
    np.testing.assert_allclose(small.predict_proba(examples)[:, 1], 1 / (1 + np.exp(-values)), rtol=1e-5)
    assert np.array_equal(small.predict(examples), values > 0)
    np.testing.assert_allclose(small.predict_proba(examples), model.predict_proba(examples), atol=1e-3)


@pytest.mark.parametrize(
    ("largest", "bits"), [(0.0, 13), (0.1, 13), (3.9, 13), (4.0, 12), (-7.9, 12), (300.0, 6), (4e4, 0)]
)
def test_the_largest_weight_says_where_the_point_stands(largest, bits):
    assert fraction_bits(np.array([0.0, largest])) == bits
    if abs(largest) < 2**15:
        code = to_fixed_point(np.array([largest]), bits, np.random.default_rng(0))[0]
        assert abs(code / 2**bits - largest) <= 2.0**-bits


def test_a_folder_comes_back_and_holds_no_zeros(tmp_path):
    examples = rows(n=500)
    model = LogisticRegression(l1=3.0).fit(examples)
    small = model.fixed_point()
    small.save(tmp_path / "small")
    loaded = FixedPointModel.load(tmp_path / "small")
    assert np.array_equal(loaded.predict_proba(examples), small.predict_proba(examples))
    assert len(np.load(tmp_path / "small" / "codes.npy")) == np.count_nonzero(small.codes) < examples.space.size
    np.save(tmp_path / "small" / "features.npy", np.array([10**9]))
    with pytest.raises(BadInput, match="does not fit codes.npy or the space"):
        FixedPointModel.load(tmp_path / "small")


def test_values_and_what_does_not_fit():
    examples = rows(n=300)
    model = LogisticRegression(loss="squared").fit(examples)
    small = model.fixed_point()
    np.testing.assert_allclose(small.predict(examples), model.predict(examples), atol=1e-3)
    with pytest.raises(BadInput, match="predict_proba needs loss='logistic'"):
        small.predict_proba(examples)
    larger = examples.in_space(FeatureSpace(100, examples.space.fields))
    np.testing.assert_array_equal(small.predict(larger), small.predict(examples))
    with pytest.raises(BadInput, match="the rows have field 'd', and the model has a, b, c: which is which"):
        small.predict(examples.relabelled(FeatureSpace(40, ("a", "b", "d"))))
    with pytest.raises(BadInput, match="bits is 14; expected 0 to 13"):
        model.fixed_point(bits=14)
    with pytest.raises(BadInput, match="expected int16"):
        FixedPointModel(np.zeros(3), 13, 0.0, "logistic", FeatureSpace(3))
