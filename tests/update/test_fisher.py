"""The diagonal of the Fisher information against what its definition says, over all keys."""

from __future__ import annotations

import numpy as np

from nearfield.update import fisher
from nearfield.update.fisher import fisher_diagonals


def test_it_is_the_expected_squared_gradient(monkeypatch):
    """E[(∂ log p / ∂θ)²] over labels drawn by the model itself, for each number of a row, by a loop over all keys."""
    monkeypatch.setattr(fisher, "SAMPLES", 20_000)
    random = np.random.default_rng(1)
    input, output = random.normal(0, 0.7, (2, 9, 4)).astype(np.float32)
    counts = np.arange(9, 0, -1) * 10
    noise = counts**0.75 / (counts**0.75).sum()
    by_input, by_output = fisher_diagonals(input, output, counts, noise, negative=3, reach=2.5, seed=2)
    wanted_input, wanted_output = np.zeros((9, 4)), np.zeros((9, 4))
    for i in range(9):
        scores = output @ input[i]
        belongs = noise * np.exp(scores) / (noise * np.exp(scores)).sum()
        for j in range(9):
            p = 1 / (1 + np.exp(-scores[j]))
            # label 1 with probability p: the gradient of log p by u is (1 - p) v; else -p v
            expected = p * ((1 - p) * output[j]) ** 2 + (1 - p) * (p * output[j]) ** 2
            wanted_input[i] += (3 * noise[j] + belongs[j]) * expected
            expected = p * ((1 - p) * input[i]) ** 2 + (1 - p) * (p * input[i]) ** 2
            wanted_output[j] += 2.5 * counts[i] / counts.sum() * expected
    np.testing.assert_allclose(by_input, wanted_input, rtol=0.06)
    np.testing.assert_allclose(by_output, wanted_output, rtol=0.06)
