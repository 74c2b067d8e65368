"""The parts of walking that no walk shows: the order of starts."""

import numpy as np
import pytest
from numba import njit
from scipy.stats import chisquare

from nearfield.walks.kernels.walking import shuffled


@njit
def order_of(n, key):
    return np.array([shuffled(np.int64(i), np.int64(n), np.uint64(key)) for i in range(n)])


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 63, 64, 65, 1000, 40_000])
def test_every_node_stands_once_in_the_order(n):
    assert np.array_equal(np.sort(order_of(n, 12345)), np.arange(n))


def test_all_orders_are_as_likely():
    # 4! orders of four nodes, by chi-square over many keys
    keys = np.random.default_rng(0).integers(0, 2**63, 24_000)
    codes = [order_of(4, key) @ [64, 16, 4, 1] for key in keys]
    _, counts = np.unique(codes, return_counts=True)
    assert len(counts) == 24
    assert chisquare(counts).pvalue > 1e-3
