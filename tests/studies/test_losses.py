"""The study's gradients are derivatives of the losses that it names; its shares of classes mean what ratings mean."""

import numpy as np
import pytest

from nearfield.examples import Examples

STUDY = "losses"


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("cross-entropy of σ(s)", lambda s, y: np.logaddexp(0, s) - y * s),
        ("squared error of σ(s)", lambda s, y: (1 / (1 + np.exp(-s)) - y) ** 2 / 2),
        ("squared error of s", lambda s, y: (s - y) ** 2 / 2),
    ],
)
def test_gradients_are_differences(study, name, loss):
    scores, labels = np.linspace(-5, 5, 11), np.tile([0.0, 1.0], 6)[:11]
    differences = (loss(scores + 1e-5, labels) - loss(scores - 1e-5, labels)) / 2e-5
    np.testing.assert_allclose(study("run").GRADIENTS[name](scores, labels), differences, atol=1e-8)


def test_ratings_as_shares_have_their_mean(study):
    examples = Examples(np.array([1.0, 4, 5]), np.array([0, 1, 2, 3]), np.array([0, 1, 1]))
    shares = study("run").as_shares(examples)
    assert shares.labels.tolist() == [1, 0, 1, 0, 1, 0]
    assert shares.weights.tolist() == [0, 1, 0.75, 0.25, 1, 0]
    assert shares.features.tolist() == [0, 0, 1, 1, 1, 1]
    assert 1 + 4 * np.average(shares.labels, weights=shares.weights) == pytest.approx(examples.labels.mean())
