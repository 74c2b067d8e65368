"""From columns of any name and type to the ones that all of this room speaks of.

user, item: string; time: int64, microseconds since 1970-01-01 UTC; and where the log has them event, group: string;
value, dwell: float64; place: int64, the place in the file, which orders events of one moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nearfield.logs.engine import load_ibis
from nearfield.logs.sources import FILE_ORDER
from nearfield.logs.zones import SECOND, to_utc

UNITS = {"s": SECOND, "ms": 1_000, "us": 1}
# a number of seconds is below, one of milliseconds below, what comes after is microseconds: up to the year 5138
SECONDS_BELOW, MILLISECONDS_BELOW = 1e11, 1e14
LARGEST = 9.2e18  # microseconds that int64 holds
REQUIRED, TEXTS, NUMBERS = ("user", "item", "time"), ("user", "item", "event", "group"), ("value", "dwell")

Names = Mapping[str, str | None]


def canonical(table: Any, names: Names, *, time_unit: str | None, timezone: str) -> Any:
    """Return the table with our columns, without the rows that lack a user, an item or a time."""
    known = table.filter(*(~absent(table, names, role) for role in REQUIRED))
    given = {role: known[name] for role, name in names.items() if name is not None}
    columns = {role: given[role].cast("string") for role in TEXTS if role in given}
    columns |= {role: given[role].try_cast("float64") for role in NUMBERS if role in given}
    columns["time"] = _moment(known, given["time"], time_unit, timezone)
    if FILE_ORDER in table.columns:
        columns["place"] = known[FILE_ORDER]
    return known.select(**{role: columns[role] for role in [*names, "place"] if role in columns})


def absent(table: Any, names: Names, role: str) -> Any:
    """Whether a row has nothing in the column of this role: null, or empty text."""
    column = table[names[role]]
    return (column.isnull() | (column == "")) if column.type().is_string() else column.isnull()


def unreadable(table: Any, names: Names, role: str, time_unit: str | None) -> Any:
    """Whether what stands in the column of a time or a number is none; None where its type allows of no other."""
    column = table[names[role]]
    kind = column.type()
    if role in NUMBERS:
        bad = column.try_cast("float64").isnull() if kind.is_string() else None
    elif kind.is_string():
        number = column.try_cast("float64")
        bad = number.isnull().ifelse(_stamp(column).isnull(), ~_in_range(number, time_unit))
    else:
        bad = ~_in_range(column, time_unit) if kind.is_floating() else None
    return None if bad is None else bad & ~absent(table, names, role)


def _moment(table: Any, raw: Any, unit: str | None, timezone: str) -> Any:
    """The time column as int64 microseconds since 1970 UTC."""
    kind = raw.type()
    if kind.is_string():
        return _from_text(table, raw, unit, timezone)
    if kind.is_numeric():
        return _from_number(raw.cast("float64"), raw, unit)
    moment = _since_1970(table, raw.cast("timestamp"))
    return moment if getattr(kind, "timezone", None) else to_utc(table, moment, timezone)


def _from_number(number: Any, raw: Any, unit: str | None) -> Any:
    ibis = load_ibis()
    if unit is not None:
        return (raw.cast("float64") * UNITS[unit]).round().cast("int64") if unit != "us" else raw.cast("int64")
    return ibis.cases(
        (number < SECONDS_BELOW, (number * SECOND).round().cast("int64")),
        (number < MILLISECONDS_BELOW, (number * 1_000).round().cast("int64")),
        else_=number.cast("int64"),
    )


def _from_text(table: Any, raw: Any, unit: str | None, timezone: str) -> Any:
    number = raw.try_cast("float64")
    parsed = _since_1970(table, _stamp(raw))
    zoned = raw.re_search(r"(Z|UTC|[+-]\d\d(:?\d\d)?)$") & raw.contains(":")
    local = load_ibis().ifelse(zoned, parsed, to_utc(table, parsed, timezone))
    return number.isnull().ifelse(local, _from_number(number, number, unit))


def _stamp(raw: Any) -> Any:
    """Text as a timestamp; what names no zone is read as if it were UTC, and moved later."""
    return raw.try_cast("timestamp('UTC')").cast("timestamp")


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


def in_time(log: Any) -> list[Any]:
    """What orders the events of a user: time, then the place in the file, or without one what the events are."""
    ties = ["place"] if "place" in log.columns else [name for name in ("item", "event") if name in log.columns]
    return [log.time, *(log[name] for name in ties)]
