import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.evaluate.bands import band_starts, frequency_bands


def test_bands_of_about_equal_size():
    counts = np.random.default_rng(1).permutation(900)
    starts = band_starts(counts, 3)
    sizes = np.bincount(np.searchsorted(starts, counts, side="right") - 1)
    assert len(sizes) == 3
    assert np.abs(sizes - 300).max() <= 1


@given(st.lists(st.integers(0, 8), max_size=40), st.integers(1, 6))
def test_every_pair_is_in_one_band_and_none_is_empty(counts, bands):
    counts = np.array(counts, np.int64)
    starts = band_starts(counts, bands)
    assert starts[0] == 0
    assert len(starts) <= bands
    assert (np.diff(starts) > 0).all()
    if len(counts):
        assert np.unique(np.searchsorted(starts, counts, side="right")).size == len(starts)


def test_bands_by_count_may_be_empty():
    values = np.arange(4.0)
    bands = frequency_bands(values, values, np.array([5, 9, 10, 30]), [10, 20, 40], 10, 1)
    assert [(band.low, band.high, band.n) for band in bands] == [(0, 9, 2), (10, 19, 1), (20, 39, 1), (40, None, 0)]
    assert bands[0].rho == 1
    assert np.isnan(bands[3].rho)


@pytest.mark.parametrize("bands", [0, [10, 10], [20, 10], [0, 5], [1.5], [[1]]])
def test_bands_that_are_none(bands):
    with pytest.raises(BadInput, match=r"bands (is|are) .*; expected"):
        band_starts(np.arange(9), bands)
