"""Rows to learn from: labels that follow weights of the features, some features rare."""

import numpy as np

from nearfield.examples import Examples, FeatureSpace


def rows(n=200, size=40, seed=0, weights=False):
    """n rows of three entries in three fields, with values, labels 0 and 1."""
    random = np.random.default_rng(seed)
    truth = np.random.default_rng(5).normal(size=size)
    chances = 1 / (1 + np.arange(size))
    features = random.choice(size, (n, 3), p=chances / chances.sum()).astype(np.int32)
    values = random.uniform(0.2, 1.5, (n, 3)).astype(np.float32)
    scores = (truth[features] * values).sum(axis=1)
    labels = (random.random(n) < 1 / (1 + np.exp(-2 * scores))).astype(np.float32)
    return Examples(
        labels, np.arange(0, 3 * n + 1, 3), features.ravel(), np.tile(np.arange(3, dtype=np.int32), n), values.ravel(),
        weights=random.uniform(0.5, 2, n).astype(np.float32) if weights else None,
        space=FeatureSpace(size, ("a", "b", "c")),
    )  # fmt: skip
