"""Columns of times as int64 microseconds since 1970-01-01 UTC, whatever they are written as.

What there is in a column is looked at first, so that the expression has only what is needed: a column in which all is
plain ISO 8601 is a cast. What engines cast differently, or by the zone of their session, is never left to them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nearfield.errors import BadInput
from nearfield.logs.cells import present
from nearfield.logs.engine import answer, load_ibis
from nearfield.logs.zones import to_utc
from nearfield.moments import BASIC, PER_SECOND, SECOND, SEPARATED, UNIT_NAMES, Form, forms, zone_of_text

LARGEST = 9.2e18  # microseconds that int64 holds
# what every engine casts alike
NAIVE = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d{1,6})?)?$"
ZONED = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)$"
MOST_ZONES = 200
MOMENT = "nearfield_moment"


@dataclass(frozen=True)
class TimeReading:
    """How a column of times is read.

    Attributes
    ----------
    timezone : str
        Whose clock times are of that name no zone.
    nulls : sequence of str
        Texts that stand for nothing.
    unit, pattern : str, optional
        `time_unit` and `time_format` as they were given.
    forms : tuple of Form
        What numbers may be.
    naive, zoned, numbers : bool
        Whether there are plain ISO 8601 texts without and with a zone, and texts that are numbers.
    zones : tuple of str, optional
        The zones that other texts end with, "" among them where some have none; None: there are no other texts.
    """

    timezone: str
    nulls: Sequence[str]
    unit: str | None = None
    pattern: str | None = None
    forms: tuple[Form, ...] = ()
    naive: bool = True
    zoned: bool = True
    numbers: bool = True
    zones: tuple[str, ...] | None = None
    is_text: bool = False
    is_number: bool = False

    def __str__(self) -> str:
        """Say what the column holds."""
        if self.pattern is not None:
            return f"written as {self.pattern}"
        parts: list[str] = []
        if self.is_number or (self.is_text and self.numbers):
            parts += [f"numbers read as {UNIT_NAMES[self.unit]} since 1970"] if self.unit else map(str, self.forms)
        if self.is_text:
            without = self.naive or "" in (self.zones or ())
            parts += [f"text without a zone, by the clock of {self.timezone}"] if without else []
            parts += ["text with a zone"] if self.zoned or any(self.zones or ()) else []
        return " and ".join(parts) or "timestamps"


def check_times(kind: Any, unit: str | None, pattern: str | None, where: str) -> None:
    """Raise `BadInput` for a type of column, a unit or a format that cannot be meant."""
    if unit is not None and unit not in PER_SECOND:
        raise BadInput(f"time_unit is {unit!r}; expected one of {', '.join(PER_SECOND)}")
    if pattern is not None and (not isinstance(pattern, str) or "%" not in pattern):
        raise BadInput(f"time_format is {pattern!r}; expected one for strptime, such as '%d/%m/%Y %H:%M'")
    if unit is not None and pattern is not None:
        raise BadInput("time_unit and time_format are both given; expected one of them")
    if not (kind.is_string() or kind.is_numeric() or kind.is_timestamp() or kind.is_date() or kind.is_null()):
        raise BadInput(f"{where}time is a column of {kind}; expected text, numbers or timestamps")
    if pattern is not None and not (kind.is_string() or kind.is_integer()):
        raise BadInput(f"{where}time_format is given, but time is a column of {kind}; leave it out")
    if unit is not None and not (kind.is_string() or kind.is_numeric() or kind.is_null()):
        raise BadInput(f"{where}time_unit is given, but time is a column of {kind}; leave it out")


def any_reading(kind: Any, timezone: str, nulls: Sequence[str], unit: str | None, pattern: str | None) -> TimeReading:
    """Return how a column is read of which only the type is known: all that is common is read."""
    known = tuple(form for form in forms() if not form.is_date)
    is_number = kind.is_numeric()
    return TimeReading(timezone, nulls, unit, pattern, known, is_text=kind.is_string(), is_number=is_number)


def survey(
    table: Any, name: str, timezone: str, nulls: Sequence[str], unit: str | None, pattern: str | None
) -> TimeReading:
    """Look at a column of times and return how it is read."""
    column = present(table[name], nulls)
    kind = column.type()
    reading = any_reading(kind, timezone, nulls, unit, pattern)
    if pattern is not None or not (kind.is_string() or kind.is_numeric()):
        return reading
    if kind.is_numeric():
        known = () if unit else _forms(table.select(number=column.cast("float64")))
        return TimeReading(timezone, nulls, unit, forms=known, is_number=True)
    ibis = load_ibis()
    texts = _classified(table.select(raw=column).filter(lambda rows: rows.raw.notnull()))
    found = texts.group_by("kind").aggregate(low=texts.number.min(), high=texts.number.max())
    kinds = {row["kind"]: row for row in answer(found)}
    known = ()
    if 2 in kinds and unit is None:
        known = _one_form(kinds[2]) or _most_forms(texts.filter(texts.kind == 2))
    zones = None
    if 3 in kinds:
        others = texts.filter(texts.kind == 3)
        ends = others.select(zone=ibis.ifelse(_is_time(others.raw), _zone(table, others.raw), ibis.null("string")))
        ends = ends.filter(ends.zone.notnull()).distinct().limit(MOST_ZONES)
        zones = tuple(sorted(row["zone"] for row in answer(ends)))
    return TimeReading(
        timezone, nulls, unit, None, known, 0 in kinds, 1 in kinds, 2 in kinds, zones, is_text=True
    )  # fmt: skip


def with_moments(table: Any, name: str, reading: TimeReading) -> Any:
    """Return the table with a column of times as `MOMENT`, int64 microseconds since 1970 UTC.

    It is null where nothing stands, or what is no time. What is used more than once is a column of its own
    (`nearfield_…`), since the expressions that are built on it are long.
    """
    table = table.mutate(nearfield_raw=present(table[name], reading.nulls))
    raw = table.nearfield_raw
    kind = raw.type()
    absolute, local = None, None
    if reading.pattern is not None:
        moment, zoned = _by_pattern(table, raw, str(reading.pattern))
        absolute, local = (moment, None) if zoned else (None, moment)
    elif kind.is_string():
        table, absolute, local = _of_text(table, reading)
    elif kind.is_numeric():
        absolute, local = _of_number(table, raw.cast("float64"), raw, reading)
    elif not kind.is_null():
        moment = since_1970(table, raw.cast("timestamp") if kind.is_date() else raw)
        absolute, local = (moment, None) if getattr(kind, "timezone", None) else (None, moment)
    null = load_ibis().null("int64")
    table = table.mutate(
        nearfield_absolute=null if absolute is None else absolute, nearfield_local=null if local is None else local
    )
    moved = table.nearfield_absolute
    if local is not None:
        moved = load_ibis().coalesce(moved, to_utc(table, table.nearfield_local, reading.timezone))
    return table.mutate(**{MOMENT: moved})


def _classified(table: Any) -> Any:
    """Texts with what they are, as `kind`: 0 and 1 plain ISO 8601 without and with a zone, 2 numbers, 3 others.

    And the numbers as `number`.
    """
    ibis = load_ibis()
    table = table.mutate(naive=table.raw.re_search(NAIVE))
    table = table.mutate(zoned=ibis.ifelse(table.naive, False, table.raw.re_search(ZONED)))
    number = ibis.ifelse(table.naive | table.zoned, ibis.null("float64"), table.raw.try_cast("float64"))
    number = ibis.ifelse(number.isnan(), ibis.null("float64"), number)
    kind = ibis.cases((table.naive, 0), (table.zoned, 1), (number.notnull(), 2), else_=3)
    return table.select("raw", number=number, kind=kind)


def _forms(table: Any) -> tuple[Form, ...]:
    """The forms that a column of numbers is read in."""
    return _one_form(answer(table.aggregate(low=table.number.min(), high=table.number.max()))[0]) or _most_forms(table)


def _one_form(ends: dict[str, float | None]) -> tuple[Form, ...]:
    """The form in which the lowest and the highest number are plausible; nothing where there is none."""
    low, high = ends["low"], ends["high"]
    return tuple(
        form for form in forms() if low is not None and high is not None and form.holds(low) and form.holds(high)
    )


def _most_forms(table: Any) -> tuple[Form, ...]:
    """Those units since 1970 in which some numbers are plausible, or the form of dates in which most are."""
    known = forms()
    counts = answer(table.aggregate(**{form.name: table.number.between(form.low, form.high).sum() for form in known}))[
        0
    ]
    units = tuple(form for form in known if not form.is_date and counts[form.name])
    dates = sorted((form for form in known if form.is_date and counts[form.name]), key=lambda form: -counts[form.name])
    return units or tuple(dates[:1]) or tuple(known[:1])


def _of_text(table: Any, reading: TimeReading) -> tuple[Any, Any | None, Any | None]:
    """The table with what the expressions need, moments in UTC, and moments of the clock of the reading's zone."""
    ibis = load_ibis()
    null = ibis.null("int64")
    raw = table.nearfield_raw
    absolute, local = [], []
    only_naive = reading.naive and not (reading.zoned or reading.numbers or reading.zones is not None)
    if only_naive:
        return table, None, since_1970(table, raw.try_cast("timestamp"))
    table = table.mutate(nearfield_naive=raw.re_search(NAIVE), nearfield_zoned=raw.re_search(ZONED))
    if reading.numbers:
        table = table.mutate(nearfield_number=raw.try_cast("float64"))
    if reading.zones is not None:
        table = table.mutate(nearfield_zone=_zone(table, raw), nearfield_civil=_civil(table, raw))
    raw = table.nearfield_raw
    if reading.naive:
        local.append((table.nearfield_naive, since_1970(table, raw.try_cast("timestamp"))))
        absolute.append((table.nearfield_naive, null))
    if reading.zoned:
        absolute.append((table.nearfield_zoned, since_1970(table, raw.try_cast("timestamp('UTC')"))))
    if reading.numbers:
        number = table.nearfield_number
        of_number, of_date = _of_number(table, number, raw, reading)
        is_number = number.notnull() & ~number.isnan()
        absolute += [] if of_number is None else [(is_number, of_number)]
        local += [] if of_date is None else [(is_number, of_date)]
    for zone in reading.zones or ():
        in_zone, moment = table.nearfield_zone == zone, table.nearfield_civil
        if not zone:
            local.append((in_zone, moment))
        elif (clock := _clock(zone)) is not None:
            of_zone = ibis.ifelse(in_zone, moment, null)
            shifted = of_zone - clock if isinstance(clock, int) else to_utc(table, of_zone, str(clock))
            absolute.append((in_zone, shifted))
    return (
        table,
        ibis.cases(*absolute, else_=null) if absolute else None,
        ibis.cases(*local, else_=null) if local else None,
    )


def _clock(zone: str) -> Any | None:
    """The offset or zone of a text; None where it is not known, so that such rows are found to be at fault."""
    try:
        return zone_of_text(zone)
    except BadInput:
        return None


def _of_number(table: Any, number: Any, raw: Any, reading: TimeReading) -> tuple[Any | None, Any | None]:
    """Numbers as moments in UTC, and those that are dates as moments of a clock; None where there are none."""
    ibis = load_ibis()
    if reading.unit is not None:
        largest = LARGEST * PER_SECOND[reading.unit] / SECOND
        fits = ((number > -largest) & (number < largest)).fill_null(False)
        return ibis.ifelse(fits, _scaled(number, raw, reading.unit), ibis.null("int64")), None
    units, dates = [], []
    for form in reading.forms:
        plausible = number.between(form.low, form.high)
        if form.is_date:
            dates.append((plausible & (number % 1 == 0), _of_date(table, number.try_cast("int64"), form)))
        else:
            units.append((plausible, _scaled(number, raw, form.name)))
    null = ibis.null("int64")
    return (ibis.cases(*units, else_=null) if units else None), (ibis.cases(*dates, else_=null) if dates else None)


def _scaled(number: Any, raw: Any, unit: str) -> Any:
    """Numbers of a unit as whole microseconds; whole numbers exactly, since a float64 does not hold nanoseconds."""
    per_second = PER_SECOND[unit]
    if per_second <= SECOND:
        factor = SECOND // per_second
        if raw.type().is_integer():
            return raw.try_cast("int64") * factor
        return (number * factor).round().try_cast("int64")
    divisor = per_second // SECOND
    whole = load_ibis().coalesce(raw.try_cast("int64"), number.try_cast("int64"))
    return ((whole - whole % divisor) / divisor).cast("int64")


def _of_date(table: Any, number: Any, form: Form) -> Any:
    """Dates that are written as one number, as moments of a clock."""
    text = number.cast("string")
    return _civil(table, text if form.name == "yyyymmdd" else text.substr(0, 8) + "T" + text.substr(8))


def _is_time(raw: Any) -> Any:
    """Whether a text is a time as `moments.parse_text` reads it, whatever its numbers are."""
    return raw.re_search(SEPARATED) | raw.re_search(BASIC)


def _zone(table: Any, raw: Any) -> Any:
    """What stands behind a time."""
    zone = _groups(table, r"\8")
    return raw.re_replace(SEPARATED, zone).re_replace(BASIC, zone)


def _groups(table: Any, text: str) -> str:
    """A replacement with groups as the engine writes them."""
    return re.sub(r"\\(\d)", r"$\1", text) if _backend(table) in ("pyspark", "trino", "databricks") else text


def _civil(table: Any, raw: Any) -> Any:
    """A text that is a time as the moment of a clock, whatever zone it names; null where its numbers are none.

    A chain of replacements makes of it what every engine casts: numbers are padded with zeros, then cut to length.
    """
    padded = _groups(table, r"\1/00\2-00\3 00\4:00\5:00\6.\7") + "000000"
    text = raw.re_replace(SEPARATED, padded).re_replace(BASIC, padded)
    text = text.re_replace(r"0*(\d\d)([- :.])", _groups(table, r"\1\2"))
    text = text.re_replace(r"\.(\d{6})\d*$", _groups(table, r".\1")).replace("/", "-")
    return load_ibis().ifelse(_is_time(raw), since_1970(table, text.try_cast("timestamp")), load_ibis().null("int64"))


def _by_pattern(table: Any, raw: Any, pattern: str) -> tuple[Any, bool]:
    """Times by `time_format`, and whether they name their zone."""
    text, zoned = raw.cast("string"), "%z" in pattern.lower()
    if _backend(table) != "duckdb":
        return since_1970(table, text.as_timestamp(pattern)), zoned
    parse = _try_strptime("timestamp('UTC')" if zoned else "timestamp")
    return since_1970(table, parse(text, pattern)), zoned


@functools.cache
def _try_strptime(kind: str) -> Any:
    """DuckDB's function of this name, which gives null where the text does not fit the format."""
    builtin = load_ibis().udf.scalar.builtin
    return builtin(lambda text, pattern: None, name="try_strptime", signature=(("string", "string"), kind))


def since_1970(table: Any, stamp: Any) -> Any:
    """Return a timestamp as microseconds since 1970 UTC; what names no zone is taken as UTC."""
    backend = _backend(table)
    if backend == "duckdb":
        return _epoch_us(str(stamp.type()))(stamp)
    # whole seconds first, since engines round fractions
    if backend == "pyspark":  # for which Ibis has no microsecond()
        fraction = stamp.cast("string").re_extract(r"\.(\d+)", 1).rpad(6, "0").cast("int64")
    else:
        fraction = stamp.microsecond().cast("int64")
    return stamp.truncate("s").epoch_seconds().cast("int64") * SECOND + fraction


@functools.cache
def _epoch_us(kind: str) -> Any:
    """DuckDB's function of this name, exact for every timestamp, whatever the zone of the session."""
    builtin = load_ibis().udf.scalar.builtin
    return builtin(lambda stamp: None, name="epoch_us", signature=((kind,), "int64"))


def _backend(table: Any) -> str:
    ibis = load_ibis()
    try:
        return str(table.get_backend().name)
    except ibis.common.exceptions.IbisError:  # a table of no engine, which can only be compiled
        return ""
