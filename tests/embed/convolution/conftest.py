import numpy as np
import pytest

from nearfield.graph import Graph


@pytest.fixture(scope="session")
def two_camps():
    """A function that makes a graph of two camps, "a…" and "b…", with noisy features and the camp as the label."""

    def make(n=60, n_features=20, seed=1):
        random = np.random.default_rng(seed)
        keys = [f"{camp}{i}" for camp in "ab" for i in range(n // 2)]
        own = np.repeat([0, 1], n // 2)
        likely = np.where(own[:, None] == own, 0.2, 0.01)
        sources, targets = np.nonzero(np.triu(random.random((n, n)) < likely, 1))
        features = random.random((n, n_features)).astype(np.float32) + 0.3 * own[:, None] * (np.arange(n_features) < 5)
        graph = Graph.from_edges([keys[i] for i in sources], [keys[i] for i in targets], nodes=keys)
        return graph.with_features(features, keys).with_labels({key: key[0] for key in keys})

    return make
