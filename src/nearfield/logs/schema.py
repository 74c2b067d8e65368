"""From columns of any name and type to the ones that all of this room speaks of.

user, item: string; time: int64, microseconds since 1970-01-01 UTC; and where the log has them event, group: string;
value, dwell: float64; place: int64, the place in the file, which orders events of one moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nearfield.errors import BadInput
from nearfield.logs.engine import load_ibis
from nearfield.logs.sources import FILE_ORDER, Origin

SECOND = 1_000_000  # in microseconds
UNITS = {"s": SECOND, "ms": 1_000, "us": 1}
# a number of seconds is below, one of milliseconds below, what comes after is microseconds: up to the year 5138
SECONDS_BELOW, MILLISECONDS_BELOW = 1e11, 1e14
LARGEST = 9.2e18  # microseconds that int64 holds
# 1900 to 2100: outside of them a clock is broken, and walking through millennia for its summers would take minutes
FIRST_CHANGE, LAST_CHANGE = -2_208_988_800 * SECOND, 4_102_444_800 * SECOND
TEXTS, NUMBERS = ("user", "item", "event", "group"), ("value", "dwell")


def canonical(
    table: Any, names: Mapping[str, str | None], *, time_unit: str | None, timezone: str, origin: Origin
) -> Any:
    """Return the table with our columns; rows without a user or an item are left out.

    Raises
    ------
    BadInput
        A column is missing, a time cannot be read, a zone or unit is none.
    """
    if absent := [name for name in names.values() if name is not None and name not in table.columns]:
        present = ", ".join(name for name in table.columns if name != FILE_ORDER)
        raise BadInput(f"{origin}there is no column {absent[0]!r}; there are: {present}")
    if time_unit is not None and time_unit not in UNITS:
        raise BadInput(f"time_unit is {time_unit!r}; expected one of {', '.join(UNITS)}")
    zone_of(timezone)
    raw = table[names["time"]]
    columns = {role: table[name].cast("string") for role, name in names.items() if name and role in TEXTS}
    columns |= {role: table[name].try_cast("float64") for role, name in names.items() if name and role in NUMBERS}
    columns["time"] = _moment(table, raw, time_unit, timezone, origin)
    if FILE_ORDER in table.columns:
        columns["place"] = table[FILE_ORDER]
    known = table.filter(table[names["user"]].notnull(), table[names["item"]].notnull(), raw.notnull())
    return known.select(**columns)


def _moment(table: Any, raw: Any, unit: str | None, timezone: str, origin: Origin) -> Any:
    """The time column as int64 microseconds since 1970 UTC."""
    kind = raw.type()
    if kind.is_string():
        return _from_text(table, raw, unit, timezone, origin)
    if kind.is_numeric():
        number = raw.cast("float64")
        if kind.is_floating():
            _refuse_first(table, raw, raw.notnull() & ~_in_range(number, unit), origin)
        return _from_number(number, raw, unit)
    if kind.is_timestamp() or kind.is_date():
        moment = _since_1970(table, raw.cast("timestamp"))
        return moment if getattr(kind, "timezone", None) else _to_utc(table, moment, timezone)
    raise BadInput(f"{origin}time is a column of {kind}; expected text, numbers or timestamps")


def _from_number(number: Any, raw: Any, unit: str | None) -> Any:
    ibis = load_ibis()
    if unit is not None:
        return (raw.cast("float64") * UNITS[unit]).round().cast("int64") if unit != "us" else raw.cast("int64")
    return ibis.cases(
        (number < SECONDS_BELOW, (number * SECOND).round().cast("int64")),
        (number < MILLISECONDS_BELOW, (number * 1_000).round().cast("int64")),
        else_=number.cast("int64"),
    )


def _from_text(table: Any, raw: Any, unit: str | None, timezone: str, origin: Origin) -> Any:
    number = raw.try_cast("float64")
    # what names no zone is read as if it were UTC, and moved below
    stamp = raw.try_cast("timestamp('UTC')").cast("timestamp")
    unread = number.isnull().ifelse(stamp.isnull(), ~_in_range(number, unit))
    _refuse_first(table, raw, raw.notnull() & unread, origin)
    parsed = _since_1970(table, stamp)
    zoned = raw.re_search(r"(Z|UTC|[+-]\d\d(:?\d\d)?)$") & raw.contains(":")
    local = load_ibis().ifelse(zoned, parsed, _to_utc(table, parsed, timezone))
    return number.isnull().ifelse(local, _from_number(number, number, unit))


def _since_1970(table: Any, stamp: Any) -> Any:
    """A timestamp as microseconds; whole seconds first, since DuckDB rounds the fraction of a second to the nearest."""
    if _on_spark(table):  # for which Ibis has no microsecond()
        fraction = stamp.cast("string").re_extract(r"\.(\d+)", 1).rpad(6, "0").cast("int64")
    else:
        fraction = stamp.microsecond().cast("int64")
    return stamp.truncate("s").epoch_seconds().cast("int64") * SECOND + fraction


def _on_spark(table: Any) -> bool:
    ibis = load_ibis()
    try:
        return bool(table.get_backend().name == "pyspark")
    except ibis.common.exceptions.IbisError:  # a table of no engine, which can only be compiled
        return False


def _in_range(number: Any, unit: str | None) -> Any:
    """Whether a number, in microseconds, can be written as int64; false for NaN."""
    largest = LARGEST / UNITS[unit or "us"]
    return ((number > -largest) & (number < largest)).fill_null(False)


def _refuse_first(table: Any, raw: Any, bad: Any, origin: Origin) -> None:
    """Raise `BadInput` for the first row, in the order of the file, whose time is bad."""
    rows = table.filter(bad)
    rows = rows.order_by(FILE_ORDER) if FILE_ORDER in table.columns else rows
    for row in rows.limit(1).to_pyarrow().to_pylist():
        text = str(row[raw.get_name()])
        place = origin.line_of(row.get(FILE_ORDER), text)
        raise BadInput(f'{place}time "{text}" is no timestamp; expected ISO 8601 or seconds since 1970')


def _to_utc(table: Any, moment: Any, timezone: str) -> Any:
    """A moment that was read as if it were UTC, though it is the clock of `timezone`."""
    if timezone == "UTC":
        return moment
    low, high = extent(table.select(time=moment))
    day = 86_400 * SECOND
    steps = [(when + before, before, after) for when, before, after in transitions(timezone, low - day, high + day)]
    return moment - _by_segment(moment, steps, offset_at(timezone, low - day))


def local_time(table: Any, timezone: str) -> Any:
    """The time column moved so that its days are those of the zone's clock, daylight saving included."""
    if timezone == "UTC":
        return table.time
    low, high = extent(table)
    return table.time + _by_segment(table.time, transitions(timezone, low, high), offset_at(timezone, low))


def in_time(log: Any) -> list[Any]:
    """What orders the events of a user: time, then the place in the file, or without one what the events are."""
    ties = ["place"] if "place" in log.columns else [name for name in ("item", "event") if name in log.columns]
    return [log.time, *(log[name] for name in ties)]


def extent(table: Any) -> tuple[int, int]:
    """The first and the last moment of a table; (0, 0) if it is empty."""
    row = table.aggregate(low=table.time.min(), high=table.time.max()).to_pyarrow().to_pylist()[0]
    return (row["low"] or 0), (row["high"] or 0)


def _by_segment(moment: Any, steps: list[tuple[int, int, int]], first: int) -> Any:
    """The offset of a moment: `first` before all steps, then what each step leads to."""
    ibis = load_ibis()
    branches = [(moment >= when, ibis.literal(after, "int64")) for when, _, after in reversed(steps)]
    return ibis.cases(*branches, else_=ibis.literal(first, "int64")) if branches else ibis.literal(first, "int64")


def transitions(timezone: str, low: int, high: int) -> list[tuple[int, int, int]]:
    """When the zone's clock was changed between two moments: (moment, offset before, offset after), microseconds."""
    found = []
    day = 86_400 * SECOND
    at = max(low, FIRST_CHANGE)
    while at <= min(high, LAST_CHANGE):
        before, after = offset_at(timezone, at), offset_at(timezone, at + day)
        if before != after:
            found.append((_bisect(timezone, at, at + day, before), before, after))
        at += day
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
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"timezone is {timezone!r}; expected a name such as UTC or Asia/Shanghai") from None
