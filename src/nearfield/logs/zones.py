"""Clocks of time zones as expressions: from local time to UTC and back, daylight saving included.

Engines know zones by different names and rules, if at all: Python's own are written into the expression, as the moments
at which a zone's clock was changed between the first and the last event.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nearfield.errors import BadInput
from nearfield.logs.engine import answer, load_ibis
from nearfield.moments import DAY, SECOND

# 1900 to 2100: outside of them a clock is broken, and walking through millennia for its summers would take minutes
FIRST_CHANGE, LAST_CHANGE = -2_208_988_800 * SECOND, 4_102_444_800 * SECOND


def to_utc(table: Any, moment: Any, timezone: str) -> Any:
    """A moment that was read as if it were UTC, though it is the clock of `timezone`."""
    if timezone == "UTC":
        return moment
    low, high = extent(table.select(time=moment))
    steps = [(when + before, before, after) for when, before, after in transitions(timezone, low - DAY, high + DAY)]
    return moment - _by_segment(moment, steps, offset_at(timezone, low - DAY))


def local_time(table: Any, timezone: str) -> Any:
    """The time column moved so that its days are those of the zone's clock, daylight saving included."""
    if timezone == "UTC":
        return table.time
    low, high = extent(table)
    return table.time + _by_segment(table.time, transitions(timezone, low, high), offset_at(timezone, low))


def extent(table: Any) -> tuple[int, int]:
    """The first and the last moment of a table; (0, 0) if it is empty."""
    row = answer(table.aggregate(low=table.time.min(), high=table.time.max()))[0]
    return (row["low"] or 0), (row["high"] or 0)


def _by_segment(moment: Any, steps: list[tuple[int, int, int]], first: int) -> Any:
    """The offset of a moment: `first` before all steps, then what each step leads to."""
    ibis = load_ibis()
    branches = [(moment >= when, ibis.literal(after, "int64")) for when, _, after in reversed(steps)]
    return ibis.cases(*branches, else_=ibis.literal(first, "int64")) if branches else ibis.literal(first, "int64")


def transitions(timezone: str, low: int, high: int) -> list[tuple[int, int, int]]:
    """When the zone's clock was changed between two moments: (moment, offset before, offset after), microseconds."""
    found = []
    at = max(low, FIRST_CHANGE)
    while at <= min(high, LAST_CHANGE):
        before, after = offset_at(timezone, at), offset_at(timezone, at + DAY)
        if before != after:
            found.append((_bisect(timezone, at, at + DAY, before), before, after))
        at += DAY
    return found


def _bisect(timezone: str, low: int, high: int, before: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset_at(timezone, middle) == before else (low, middle)
    return high


def offset_at(timezone: str, moment: int) -> int:
    """By how much the zone's clock is ahead of UTC at a moment, in microseconds."""
    moment = min(max(moment, FIRST_CHANGE), LAST_CHANGE)
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
    offset = when.astimezone(zone_of(timezone)).utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)


def zone_of(timezone: str) -> ZoneInfo:
    """Return the zone of a name."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        raise BadInput(f"timezone is {timezone!r}; expected a name such as UTC or Asia/Shanghai") from None
