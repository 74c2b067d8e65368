"""Points in time as people write them: which texts are read, and which unit a number is in.

One grammar and one rule for behaviour logs, for the times of a history, and for moments that are given as an option.
All results are microseconds since 1970-01-01 UTC, int64.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from nearfield.errors import BadInput

SECOND = 1_000_000  # in microseconds
HOUR, DAY = 3_600 * SECOND, 86_400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = 315_532_800 * SECOND  # 1980-01-01
# of a unit of numbers since 1970: how many there are in a second
PER_SECOND = {"s": 1, "ms": 1_000, "us": SECOND, "ns": 1_000 * SECOND}
UNIT_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
# of dates written as one number: how many digits stand behind the date
DATES = {"yyyymmdd": 0, "yyyymmddHHMM": 4, "yyyymmddHHMMSS": 6}
EXPECTED = "expected ISO 8601, or seconds, ms, µs or ns since 1970"

# Patterns that Python's re, RE2 and Java read alike: year, month, day, hour, minute, second, fraction, zone.
_ZONE = r"([A-Za-z][A-Za-z0-9_/+:-]*|[+-]\d{1,2}(?::?\d\d)?)"
SEPARATED = (
    r"^\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})"
    r"(?:(?:[Tt]|\s+|\s*[日号]\s*)(\d{1,2})(?:[:：时点]|$)(?:(\d{1,2})(?:[:：分](\d{1,2})(?:[.,](\d+))?秒?|分)?)?\s*"
    rf"{_ZONE}?|\s*[日号])?\s*$"
)
BASIC = rf"^\s*(\d{{4}})(\d\d)(\d\d)(?:[Tt](\d\d)(?:(\d\d)(?:(\d\d)(?:[.,](\d+))?)?)?\s*{_ZONE}?)?\s*$"
_PATTERNS = tuple(re.compile(pattern, re.ASCII) for pattern in (SEPARATED, BASIC))

Moment = int | float | str | datetime | date | np.datetime64


def reading_clock() -> int:
    """Return the present moment."""
    return time.time_ns() // 1_000


def latest_plausible() -> int:
    """Return the moment two years from now."""
    return reading_clock() + 731 * DAY


@dataclass(frozen=True)
class Form:
    """What numbers mean: a unit since 1970 (`s`, `ms`, `us`, `ns`), or a date written as one number (`yyyymmdd`, …).

    `low` and `high` are the numbers of the first and the last plausible moment.
    """

    name: str
    low: int
    high: int

    @property
    def is_date(self) -> bool:
        """Whether the digits are those of a calendar date."""
        return self.name in DATES

    def __str__(self) -> str:
        if self.is_date:
            return f"numbers read as {self.name}"
        return f"numbers read as {UNIT_NAMES[self.name]} since 1970"

    def holds(self, number: float) -> bool:
        """Whether a number is a plausible moment in this form."""
        return self.low <= number <= self.high


def forms() -> list[Form]:
    """Return the forms of plausible numbers, from 1980 to two years from now; no two of them share a number."""
    latest = latest_plausible()
    year = (EPOCH + timedelta(microseconds=latest)).year
    units = [Form(unit, EARLIEST * n // SECOND, latest * n // SECOND) for unit, n in PER_SECOND.items()]
    dates = [Form(name, 19800101 * 10**n, (year * 10_000 + 1232) * 10**n - 1) for name, n in DATES.items()]
    return units + dates


def form_of(numbers: Sequence[float], what: str) -> Form:
    """Return the one form in which all of these numbers are plausible moments.

    Raises
    ------
    BadInput
        There is none; the message begins with `what`.
    """
    known = forms()
    ends = min(numbers), max(numbers)
    of_ends = [next((form for form in known if form.holds(number)), None) for number in ends]
    for number, form in zip(ends, of_ends, strict=True):
        if form is None:
            raise BadInput(f"{what} has {implausible(number)}")
    first, last = of_ends
    assert first is not None
    if first != last:
        raise BadInput(f"{what} has {_plain(ends[0])} ({first}) and {_plain(ends[1])} ({last}); expected one unit")
    return first


def implausible(number: float) -> str:
    """Say of a number that it is no moment between 1980 and two years from now, and what it would be in seconds."""
    latest = (EPOCH + timedelta(microseconds=latest_plausible())).year
    text = _plain(number)
    guess = f" (as seconds since 1970 it is {readable(number * SECOND)})" if abs(number) < 1e11 else ""
    return f"{text}, which is no time from 1980 to {latest} in s, ms, µs, ns or as yyyymmdd{guess}"


def _plain(number: float) -> str:
    whole = math.isfinite(number) and float(number).is_integer()
    return str(int(number)) if whole else str(number)


def from_number(number: float, form: Form, zone: str = "UTC") -> int:
    """Return the moment of a number; dates are those of the zone's clock."""
    if form.is_date:
        text = str(int(number))
        return parse_text(text[:8] + ("T" + text[8:] if len(text) > 8 else ""), zone)
    per_second = PER_SECOND[form.name]
    if isinstance(number, int | np.integer):
        return int(number) * SECOND // per_second
    return round(float(number) * SECOND / per_second)


def parse_text(text: str, zone: str = "UTC") -> int:
    """Return the moment of a text: ISO 8601 and its relatives, such as 2018/9/1 12:00, 20240105T120000Z, 2018年9月1日.

    A zone at its end is honoured: Z, UTC, GMT, an offset, or a name of the tz database; without one it is the clock of
    `zone`. A fraction of a second beyond microseconds is cut.

    Raises
    ------
    BadInput
        It is none, or its zone is not known; the message says so without naming where the text is from.
    """
    match = next((match for pattern in _PATTERNS if (match := pattern.match(text))), None)
    if match is None:
        raise BadInput(f'"{text}" is no time; {EXPECTED}')
    *parts, fraction, written_zone = match.groups(default="")
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    microsecond = int(f"{fraction:0<6}"[:6])
    midnight = (hour, minute, second, microsecond) == (24, 0, 0, 0)  # of the day before, by ISO 8601
    try:
        local = datetime(year, month, day, 0 if midnight else hour, minute, second, microsecond)
        local += timedelta(days=midnight)
    except (ValueError, OverflowError) as error:
        raise BadInput(f'"{text}" is no time ({error}); {EXPECTED}') from None
    if written_zone.upper() in ("AM", "PM"):
        raise BadInput(f'"{text}" has {written_zone}; say how times are written, such as "%Y-%m-%d %I:%M %p"')
    clock = zone_of_text(written_zone or zone)
    if isinstance(clock, int):
        return (local.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) - clock
    return (local.replace(tzinfo=clock) - EPOCH) // timedelta(microseconds=1)


def zone_of_text(text: str) -> int | ZoneInfo:
    """Return the zone that stands behind a time: an offset from UTC in microseconds, or a zone of the tz database.

    Abbreviations such as CST, which mean China's clock to one and Chicago's to another, are refused.
    """
    bare = re.sub(r"^(?:utc|gmt|ut|z)", "", text, flags=re.IGNORECASE)
    if not bare or re.fullmatch(r"[+-]\d{1,2}(:?\d\d)?", bare):
        digits = bare[1:].replace(":", "") or "0"
        hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
        if hours <= 15 and minutes < 60:
            return (-1 if bare[:1] == "-" else 1) * (hours * 60 + minutes) * 60 * SECOND
    elif "/" in text:
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise BadInput(f"zone {text!r} is not known; expected Z, UTC, GMT, an offset such as +08:00, or Asia/Shanghai")


def moment(value: Moment, what: str, *, zone: str = "UTC", as_is: bool = False) -> int:
    """Return the moment of a value that somebody gave, as microseconds since 1970-01-01 UTC.

    Parameters
    ----------
    value : int, float, str, datetime, date or datetime64
        A number is in the unit in which it is plausible.
    what : str
        Its name, for messages.
    zone : str
        Whose clock it is where it names no zone.
    as_is : bool
        A number is microseconds, however implausible.
    """
    if isinstance(value, np.datetime64):
        if np.isnat(value):
            raise BadInput(f"{what} is {value}; expected a moment")
        return int(value.astype("datetime64[us]").astype(np.int64))
    if isinstance(value, date):
        # datetime is a date, too
        with _naming(what):
            return parse_text(value.isoformat(), zone)
    if isinstance(value, str):
        try:
            number = float(value) if value.isascii() else None
        except ValueError:
            number = None
        if number is None:
            with _naming(what):
                return parse_text(value, zone)
        value = int(value) if re.fullmatch(r"\s*[+-]?\d+\s*", value) else number
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        raise BadInput(f"{what} is {value!r}; expected a moment: ISO 8601, a number since 1970, or a datetime")
    if as_is:
        return int(value)
    form = form_of([value], what)
    with _naming(what):
        return from_number(value, form, zone)


@contextmanager
def _naming(what: str) -> Iterator[None]:
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{what}: {error}") from None


def moments(values: Sequence[Moment] | np.ndarray, what: str, unit: str | None = None) -> np.ndarray:
    """Return moments that somebody gave, int64 microseconds since 1970-01-01 UTC, of the shape of `values`.

    Numbers are all in one unit: the one in which they are plausible, from 1980 to two years from now, or `unit`. Times
    of another clock are given as datetime64, which says its unit itself.

    Raises
    ------
    BadInput
        A value that is none, implausible numbers, or such of several units.
    """
    if unit is not None and unit not in PER_SECOND:
        raise BadInput(f"time_unit is {unit!r}; expected one of {', '.join(PER_SECOND)}")
    array = np.asarray(values)
    if array.dtype.kind == "M":
        if np.isnat(array).any():
            raise BadInput(f"{what} has NaT; expected a moment for each entry")
        return array.astype("datetime64[us]").astype(np.int64)
    if array.dtype.kind in "iuf":
        return _numbers(array, what, unit)
    entries = [_number_in(value) for value in np.asarray(values, object).ravel().tolist()]
    if all(isinstance(entry, int | float) and not isinstance(entry, bool) for entry in entries) and entries:
        return _numbers(np.array(entries), what, unit).reshape(array.shape)
    return np.array([moment(entry, what) for entry in entries], np.int64).reshape(array.shape)


def _number_in(value: Moment) -> Moment:
    """A text that is a number as that number."""
    if not isinstance(value, str):
        return value
    try:
        return int(value) if re.fullmatch(r"\s*[+-]?\d+\s*", value) else float(value)
    except ValueError:
        return value


def _numbers(array: np.ndarray, what: str, unit: str | None) -> np.ndarray:
    if not array.size:
        return np.empty(array.shape, np.int64)
    if not np.isfinite(array).all():
        raise BadInput(f"{what} has {array[~np.isfinite(array)].ravel()[0]}; {EXPECTED}")
    form = form_of(array.ravel().tolist(), what) if unit is None else Form(unit, 0, 0)
    if form.is_date:
        with _naming(what):
            dates = [from_number(number, form) for number in array.ravel().tolist()]
        return np.array(dates, np.int64).reshape(array.shape)
    per_second = PER_SECOND[form.name]
    if array.dtype.kind == "f":
        scaled = np.round(array * (SECOND / per_second))
        if not (np.abs(scaled) < 2.0**63).all():
            raise BadInput(f"{what} has {array.ravel()[0]}, which as {UNIT_NAMES[form.name]} is beyond all calendars")
        return scaled.astype(np.int64)
    if per_second > SECOND:
        return array.astype(np.int64) // (per_second // SECOND)
    factor = SECOND // per_second
    if (np.abs(array.astype(np.float64)) * factor >= 2.0**63).any():
        raise BadInput(f"{what} has {array.ravel()[0]}, which as {UNIT_NAMES[form.name]} is beyond all calendars")
    return array.astype(np.int64) * factor


def readable(moment: float) -> str:
    """Return a moment in microseconds as text, in UTC; the number itself where no calendar reaches."""
    try:
        when = EPOCH + timedelta(microseconds=int(moment))
    except (OverflowError, ValueError):
        return f"{moment:.3g} µs since 1970"
    return when.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")


# ---- where a log ends ----------------------------------------------------------------------------------------------

FEW = 0.01  # the share of events that may be taken for those of clocks that run ahead
SHORTEST_GAP = 30  # days


def last_day(days: np.ndarray, counts: np.ndarray, today: int) -> int:
    """Return the last day of a log, without events of clocks that run ahead.

    Left out is what lies behind tomorrow; and of the rest what is no more than 1 % of the events and stands apart:
    behind a gap longer than 30 days and longer than all that came before it.

    Parameters
    ----------
    days : ndarray of int64, shape (n,)
        Days since 1970 with events, in ascending order.
    counts : ndarray of int64, shape (n,)
        How many events each has.
    today : int
        The day by the reading clock.
    """
    known = days <= today + 1
    if known.any():
        days, counts = days[known], counts[known]
    share = np.cumsum(counts) / counts.sum()
    begin = days[int(np.searchsorted(share, FEW))]
    gaps = np.diff(days)
    apart = (gaps > SHORTEST_GAP) & (gaps > days[:-1] - begin) & (share[:-1] >= 1 - FEW)
    return int(days[int(np.argmax(apart))] if apart.any() else days[-1])


def newest(times: np.ndarray) -> int:
    """Return the newest of some times, int64 microseconds, without those of clocks that run ahead; see `last_day`."""
    days, counts = np.unique(times // DAY, return_counts=True)
    last = last_day(days, counts, reading_clock() // DAY)
    return int(times[times // DAY <= last].max())
