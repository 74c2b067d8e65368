from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.moments import DAY, EPOCH, SECOND, forms, latest_plausible, moment, moments, newest, parse_text

NOON = 1_704_456_000 * SECOND  # 2024-01-05 12:00 UTC


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-05T12:00:00", NOON),
        ("2024-01-05 12:00", NOON),
        ("2024-01-05T12:55Z", NOON + 3_300 * SECOND),
        ("2024-01-05t12:00:00z", NOON),
        ("20240105T120000Z", NOON),
        ("20240105T1200", NOON),
        ("2024-01-05T12", NOON),
        ("20240105", NOON - DAY // 2),
        ("2024-01-05", NOON - DAY // 2),
        ("2024-01-04T24:00", NOON - DAY // 2),
        ("2024-01-05 20:00:00+0800", NOON),
        ("2024-01-05 20:00:00 +08:00", NOON),
        ("2024-01-05 06:30:00-05:30", NOON),
        ("2024-01-05 12:00:00 GMT", NOON),
        ("2024-01-05 12:00:00 UTC", NOON),
        ("2024-01-05 20:00:00 UTC+8", NOON),
        ("2024-01-05 20:00:00 Asia/Shanghai", NOON),
        ("2024-01-05 12:00:00.25", NOON + 250_000),
        ("2024-01-05 12:00:00,25", NOON + 250_000),
        ("2024-01-05 12:00:00.1234567", NOON + 123_456),
        ("2024/1/5 12:00", NOON),
        ("2024.01.05 12:00", NOON),
        ("2024年1月5日 12:00", NOON),
        ("2024年1月5日12时00分", NOON),
        ("2024年01月05日 12:00:00", NOON),
        ("2024年1月5日", NOON - DAY // 2),
    ],
)
def test_texts(text, expected):
    assert parse_text(text) == expected
    assert moment(text, "now") == expected


@pytest.mark.parametrize(
    "text", ["yesterday", "", "2024-02-30", "2024-13-01", "2024-01-05 25:00", "12:00", "2024-01", "05/01/2024"]
)
def test_what_is_no_time(text):
    with pytest.raises(BadInput, match="is no time"):
        parse_text(text)


@pytest.mark.parametrize("zone", ["CST", "PST", "EST", "Mars/Olympus", "+99:00", "XYZ"])
def test_zones_that_are_not_known_are_refused(zone):
    with pytest.raises(BadInput, match="zone '.*' is not known; expected Z, UTC, GMT, an offset"):
        parse_text(f"2024-01-05 12:00:00 {zone}")


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
DATETIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))


@given(st.one_of(DATETIMES, st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS)))
def test_what_python_writes_is_read_as_python_reads_it(when):
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    expected = (aware - EPOCH) // timedelta(microseconds=1)
    for timespec in ("auto", "microseconds"):
        for separator in "T ":
            text = when.isoformat(separator, timespec)
            assert parse_text(text) == expected
            assert datetime.fromisoformat(text).replace(tzinfo=aware.tzinfo) == aware
    assert moment(when, "now") == expected


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30)).map(lambda when: when.replace(microsecond=0)))
def test_other_spellings_are_the_same_moment(when):
    for spelling in (
        "%Y%m%dT%H%M%S",
        "%Y%m%dT%H%M%SZ",
        "%Y/%m/%d %H:%M:%S",
        "%Y.%m.%d %H:%M:%S",
        "%Y年%m月%d日%H时%M分%S秒",
        "%Y-%m-%d %H:%M:%S GMT",
    ):
        assert parse_text(when.strftime(spelling)) == parse_text(when.isoformat())


@pytest.mark.parametrize(
    "number",
    [
        1_704_456_000,
        1_704_456_000.0,
        1_704_456_000_000,
        1_704_456_000_000_000,
        1_704_456_000_000_000_000,
        202401051200,
        20240105120000,
        "1704456000",
        "1704456000.0",
        "20240105120000",
        np.int64(1_704_456_000),
        np.datetime64("2024-01-05T12:00"),
        datetime(2024, 1, 5, 12),
        datetime(2024, 1, 5, 20, tzinfo=timezone(timedelta(hours=8))),
    ],
)
def test_a_number_is_in_the_unit_in_which_it_is_plausible(number):
    assert moment(number, "now") == NOON
    assert moments([number], "times").tolist() == [NOON]


def test_dates():
    assert moment(20240105, "now") == moment(date(2024, 1, 5), "now") == NOON - DAY // 2


@given(st.integers(1980, 2027), st.integers(0, 365 * 86_400))
def test_no_number_is_plausible_in_two_forms(year, seconds):
    base = (datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(seconds=1) + seconds
    for factor in (1, 1_000, 10**6, 10**9):
        if base * SECOND < latest_plausible():
            assert [form.holds(base * factor) for form in forms()].count(True) == 1
            assert moment(base * factor, "now") == base * SECOND


@pytest.mark.parametrize("number", [0, 5, 86_400, 99_999_999, 4_070_908_800, 1e13, -1e13, 5e13, 10**19, "20991231"])
def test_implausible_numbers_are_refused(number):
    for call in (moment, lambda value, what: moments([value, value], what)):
        with pytest.raises(
            BadInput, match=r"^times has .*, which is no time from 1980 to 20\d\d in s, ms, µs, ns or as"
        ):
            call(number, "times")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "nan", "inf", None, True, [], "now", 20241301])
def test_what_is_no_moment_is_refused(value):
    with pytest.raises(BadInput, match="^times"):
        moment(value, "times")


def test_units_are_not_mixed():
    with pytest.raises(
        BadInput, match=r"times has 1704456000 \(.*seconds.*\) and 1704456000000 \(.*milli.*\); expected one"
    ):
        moments([1_704_456_000, 1_704_456_000_000], "times")


def test_told_units_and_datetime64_are_taken_as_they_are():
    assert moments([5, 6], "times", "s").tolist() == [5 * SECOND, 6 * SECOND]
    assert moments(["5", "6.5"], "times", "ms").tolist() == [5_000, 6_500]
    assert moments([5_000], "times", "ns").tolist() == [5]
    assert moments(np.array([5, 6], "datetime64[us]"), "times").tolist() == [5, 6]
    for unit, number in (("s", 10**13), ("s", 1e13), ("us", 1e19)):
        with pytest.raises(BadInput, match="beyond all calendars"):
            moments([number], "times", unit)
    with pytest.raises(BadInput, match="time_unit is 'min'; expected one of s, ms, us, ns"):
        moments([5], "times", "min")


def test_the_newest_is_not_that_of_a_clock_ahead():
    times = NOON + np.arange(1_000) * 3_600 * SECOND
    for outlier in ("2099-01-01", "2026-06-01"):
        ahead = np.append(times, parse_text(outlier))
        assert newest(ahead) == times[-1]
    assert newest(times[:3]) == times[2]
    assert newest(np.array([NOON, NOON + 900 * DAY])) == NOON + 900 * DAY  # half of the events
    assert newest(np.array([5, 7])) == 7
