"""What is looked at before a log is worked on: its columns, what cannot be read, and what is not there at all."""

from __future__ import annotations

from typing import Any

from nearfield.errors import BadInput
from nearfield.logs.cells import check_id, check_number
from nearfield.logs.delimited import FILE_ORDER
from nearfield.logs.engine import answer
from nearfield.logs.report import CleaningReport, Dropped
from nearfield.logs.schema import FAULT, FAULTS, NUMBERS, REQUIRED, TEXTS, Names
from nearfield.logs.sources import Origin
from nearfield.logs.times import TimeReading, check_times
from nearfield.moments import UNIT_NAMES, forms, implausible, parse_text

WRITTEN = "or say how times are written, such as time_format='%d/%m/%Y %H:%M' (--time-format)"


def check_columns(table: Any, names: Names, time_unit: str | None, time_format: str | None, where: str) -> None:
    """Raise `BadInput` for a column of a type that cannot be meant."""
    kind = table[names["time"]].type()
    check_times(kind, time_unit, time_format, where)
    if kind.is_floating() and not kind.is_float64():
        raise BadInput(f"{where}time is a column of {kind}, which loses digits; store times as int64 or float64")
    for role, name in names.items():
        if role in TEXTS:
            check_id(table[name], role, name, where)
        elif role in NUMBERS:
            check_number(table[name], role, name, where)


def check_rows(
    raw: Any, events: Any, columns: dict[str, Any], names: Names, reading: TimeReading, origin: Origin
) -> tuple[Any, CleaningReport | None]:
    """Look at all rows; return those that have a user, an item and a time, and what is left out, None if nothing is.

    Parameters
    ----------
    raw, events : ibis.Table
        The log as it came, and with our columns.
    columns : dict of str to expression
        Those of `events`, over `raw`.

    Raises
    ------
    BadInput
        A time, a number or an id that is none, with file and line where the log is a file.
    """
    empty = _first_absent(events)
    counts = {f"no_{role}": condition.sum() for role, condition in empty.items()}
    found = answer(events.aggregate(fault=events[FAULT].max(), **counts))[0]
    if found["fault"]:
        _refuse_first(raw, columns, names, reading, origin)
    complete = events.drop(FAULT)
    if not any(found[f"no_{role}"] for role in empty):
        return complete, None
    return complete.filter(*(complete[role].notnull() for role in REQUIRED)), _left_out(events, empty)


def _first_absent(events: Any) -> dict[str, Any]:
    """Of each required role, whether it is the first that a row lacks."""
    found, complete = {}, None
    for role in REQUIRED:
        lacks = events[role].isnull()
        found[role] = lacks if complete is None else complete & lacks
        complete = ~lacks if complete is None else complete & ~lacks
    return found


def _refuse_first(raw: Any, columns: dict[str, Any], names: Names, reading: TimeReading, origin: Origin) -> None:
    """Raise `BadInput` for the first row, in the order of the file, that is at fault."""
    rows = raw.mutate(**{FAULT: columns[FAULT]})
    rows = rows.filter(rows[FAULT] > 0)
    rows = rows.order_by(FILE_ORDER) if FILE_ORDER in raw.columns else rows
    row = answer(rows.limit(1))[0]
    role = FAULTS[row[FAULT] - 1]
    place = origin.place_of(row.get(FILE_ORDER))
    text = _explained(role, row[names[role]], reading)
    hint = "; if this is the header row, leave columns out" if origin.named and row.get(FILE_ORDER) == 0 else ""
    raise BadInput(f"{place}{text}{hint}")


def _explained(role: str, value: Any, reading: TimeReading) -> str:
    """Say what is wrong with a cell."""
    if role == "time":
        return f"time {_time_explained(value, reading)}"
    if role in NUMBERS:
        return f'{role} "{value}" is no number; expected such as 2 or 0.5, or nothing'
    return f"{role} {value!r} is a float that has lost digits; store ids as text or as whole numbers"


def _time_explained(value: Any, reading: TimeReading) -> str:
    if reading.pattern is not None:
        return f'"{value}" is not written as {reading.pattern}; expected what time_format says'
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if number != number:
        try:
            parse_text(str(value))
        except BadInput as error:
            return f"{error}; {WRITTEN}" if "is no time" in str(error) else str(error)
        return f'"{value}" is no time; expected ISO 8601'
    if reading.unit is not None:
        return f"{value} is beyond all calendars in {UNIT_NAMES[reading.unit]} since 1970; expected another time_unit"
    fix = "if it is meant, say so by time_unit or time_format (--time-unit, --time-format)"
    form = next((form for form in forms() if form.holds(number)), None)
    if form is None:
        return f"is {implausible(number)}; {fix}"
    if form in reading.forms:
        return f"{value} is no date, {form.name}; {fix}"
    return f"{value} ({form}) stands beside {' and '.join(map(str, reading.forms))}; expected one of them: {fix}"


def _left_out(events: Any, empty: dict[str, Any]) -> CleaningReport:
    user = events.user
    counts = {"events": events.count(), "users": user.nunique()}
    for role, condition in empty.items():
        counts |= {f"events_{role}": condition.sum(), f"users_{role}": user.nunique(where=condition)}
    complete = events.user.notnull() & events.item.notnull() & events.time.notnull()
    counts |= {"events_left": complete.sum(), "users_left": user.nunique(where=complete)}
    found = answer(events.aggregate(**counts))[0]
    dropped = [
        Dropped(f"no {role}", f"rows without {what}", found[f"events_{role}"], found[f"users_{role}"])
        for role, what in (("user", "a user"), ("item", "an item"), ("time", "a time"))
    ]
    return CleaningReport(found["events"], found["events_left"], found["users"], found["users_left"], tuple(dropped))
