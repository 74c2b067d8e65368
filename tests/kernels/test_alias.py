"""Alias tables of rows against the probabilities that they stand for."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nearfield.kernels.alias import fill_alias_rows


@given(st.lists(st.lists(st.floats(1e-6, 1e6), max_size=40), min_size=1, max_size=6))
def test_a_table_stands_for_the_weights(rows):
    weights = np.array([w for row in rows for w in row], np.float32)
    indptr = np.cumsum([0, *map(len, rows)])
    table = np.empty((len(weights), 2), np.uint32)
    fill_alias_rows(indptr, weights, table)
    for start, stop in pairwise(indptr):
        n = stop - start
        thresholds, others = table[start:stop, 0] / 2**32, table[start:stop, 1]
        assert np.all(others < n)
        found = (np.bincount(np.arange(n), thresholds, n) + np.bincount(others, 1 - thresholds, n)) / max(n, 1)
        expected = weights[start:stop].astype(float)
        assert np.allclose(found, expected / expected.sum() if n else [], atol=1e-9)
