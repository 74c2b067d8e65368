from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.cli.moments import parse_moments
from nearfield.errors import BadInput


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1600000000", 1_600_000_000_000_000),
        ("1600000000.25", 1_600_000_000_250_000),
        ("1600000000123", 1_600_000_000_123_000),
        ("1600000000123456", 1_600_000_000_123_456),
        (" -5 ", -5_000_000),
        ("2020-09-13T12:26:40", 1_600_000_000_000_000),
        ("2020-09-13 20:26:40+08:00", 1_600_000_000_000_000),
        ("2020-09-13T12:26:40.000001Z", 1_600_000_000_000_001),
    ],
)
def test_moments(text, microseconds):
    assert parse_moments([text]) == [microseconds]


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_moment_comes_back_to_the_microsecond(moment):
    written = parse_moments([moment.isoformat()])[0]
    assert divmod(written, 1_000_000)[1] == moment.microsecond
    assert written // 1_000_000 == int(moment.replace(microsecond=0).timestamp())


@pytest.mark.parametrize("text", ["yesterday", "nan", "1e30", ""])
def test_what_is_no_moment(text):
    with pytest.raises(BadInput, match=f'--times has "{text}"; expected ISO 8601 or seconds since 1970'):
        parse_moments([text])
