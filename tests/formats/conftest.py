import numpy as np
import pytest

from nearfield.vectors import Vectors


@pytest.fixture
def vectors():
    random = np.random.default_rng(0)
    keys = ["the", "naïve", "北京", "🙂", "it's", '"quoted"', "#1"]
    n = len(keys)
    return Vectors(
        keys, random.normal(size=(n, 5)), random.normal(size=(n, 5)), np.arange(n, 0, -1), {"trained": {"epochs": 5}}
    )
