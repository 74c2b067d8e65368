from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.recency import microseconds, recency_weights

DAY = 86_400_000_000
NOW = 1_704_067_200_000_000


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("2d", timedelta(days=2)),
        ("10min", timedelta(minutes=10)),
        ("1.5h", timedelta(minutes=90)),
        (" 90 s ", timedelta(seconds=90)),
        ("1w", timedelta(weeks=1)),
        ("250ms", timedelta(milliseconds=250)),
        (30, timedelta(seconds=30)),
        (0.5, timedelta(milliseconds=500)),
    ],
)
def test_durations(duration, expected):
    assert microseconds(duration) == expected / timedelta(microseconds=1)


@pytest.mark.parametrize("duration", ["", "2", "d", "2 days", "-1d", "1e3s", "0s", 0, -5, float("nan"), float("inf")])
def test_what_is_no_duration(duration):
    with pytest.raises(BadInput, match="no duration; expected such as '2d'"):
        microseconds(duration)


def test_an_entry_that_is_a_half_life_older_weighs_half():
    weights = recency_weights(3, half_life="1d", times=[NOW, NOW + DAY, NOW + 3 * DAY])
    np.testing.assert_allclose(weights, np.array([1, 2, 8]) / 11, rtol=1e-6)


def test_times_may_be_datetimes():
    times = np.array(["2024-01-01", "2024-01-02", "2024-01-04"], "datetime64[D]")
    np.testing.assert_allclose(recency_weights(3, "1d", times), np.array([1, 2, 8]) / 11, rtol=1e-6)


@pytest.mark.parametrize("per_second", [1, 1_000, 10**6, 10**9])
def test_times_are_in_the_unit_in_which_they_are_plausible(per_second):
    times = [1_704_067_200 * per_second, 1_704_153_600 * per_second, 1_704_326_400 * per_second]
    np.testing.assert_allclose(recency_weights(3, "1d", times), np.array([1, 2, 8]) / 11, rtol=1e-6)


def test_decay_is_geometric():
    np.testing.assert_allclose(recency_weights(3, decay=0.5), np.array([1, 2, 4]) / 7, rtol=1e-6)


@given(st.lists(st.integers(-(2**62), 2**62), max_size=20), st.floats(1e-6, 1e12))
def test_weights_sum_to_one_and_follow_the_times(times, half_life):
    times = np.array(times, "datetime64[us]")  # any clock's, since their unit is said
    weights = recency_weights(len(times), half_life, times)
    assert weights.dtype == np.float32
    if len(times):
        assert weights.sum() == pytest.approx(1, abs=1e-5)
        assert (np.diff(weights[np.argsort(times)]) >= 0).all()
    if (np.abs(times.astype(np.int64)) < 2**61).all():  # the moment from which ages are counted does not matter
        np.testing.assert_allclose(recency_weights(len(times), half_life, times + 12_345), weights, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"half_life": "1d", "decay": 0.5, "times": [1, 2]}, "both given"),
        ({"half_life": "1d"}, "half_life without times"),
        ({"times": [1, 2]}, "times without half_life"),
        ({"half_life": "1d", "times": [1]}, "1 times for a history of 2"),
        ({"half_life": "1d", "times": [1.0, 2.0]}, "times has 1, which is no time from 1980 to"),
        ({"half_life": "1d", "times": ["today", "now"]}, 'times: "today" is no time; expected ISO 8601'),
        ({"decay": 0}, "decay is 0; expected more than 0"),
        ({"decay": 1.5}, "decay is 1.5"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(BadInput, match=message):
        recency_weights(2, **options)
