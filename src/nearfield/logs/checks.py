"""What is looked at before a log is worked on: its columns, what cannot be read, and what is not there at all."""

from __future__ import annotations

from typing import Any

from nearfield.errors import BadInput
from nearfield.logs.engine import answer
from nearfield.logs.report import CleaningReport, Dropped
from nearfield.logs.schema import NUMBERS, REQUIRED, UNITS, Names, absent, unreadable
from nearfield.logs.sources import FILE_ORDER, Origin

EXPECTED = {"time": "timestamp; expected ISO 8601 or seconds since 1970"} | dict.fromkeys(
    NUMBERS, "number; expected such as 2 or 0.5, or nothing"
)


def check_columns(table: Any, names: Names, time_unit: str | None, origin: Origin) -> None:
    """Raise `BadInput` for a column that is not there or of a type that cannot be meant."""
    for role in REQUIRED:
        if not isinstance(names[role], str):
            raise BadInput(f"{role} is {names[role]!r}; expected the name of a column")
    if missing := [name for name in names.values() if name is not None and name not in table.columns]:
        present = ", ".join(name for name in table.columns if name != FILE_ORDER)
        hint = "; if the first line is no heading, name them: columns=[…]" if origin.heading else ""
        raise BadInput(f"{origin}there is no column {missing[0]!r}; there are: {present}{hint}")
    if time_unit is not None and time_unit not in UNITS:
        raise BadInput(f"time_unit is {time_unit!r}; expected one of {', '.join(UNITS)}")
    kind = table[names["time"]].type()
    if not (kind.is_string() or kind.is_numeric() or kind.is_timestamp() or kind.is_date()):
        raise BadInput(f"{origin}time is a column of {kind}; expected text, numbers or timestamps")
    for role in NUMBERS:
        kind = None if names[role] is None else table[names[role]].type()
        if kind is not None and not (kind.is_string() or kind.is_numeric() or kind.is_null()):
            raise BadInput(f"{origin}{role} is a column of {kind}; expected numbers")


def check_rows(table: Any, names: Names, time_unit: str | None, origin: Origin) -> CleaningReport | None:
    """Look at all rows; return what is left out for want of a user, an item or a time, or None where nothing is.

    Raises
    ------
    BadInput
        A time or a number that is none, with file and line where the log is a file.
    """
    bad = {role: unreadable(table, names, role, time_unit) for role in ("time", *NUMBERS) if names[role] is not None}
    bad = {role: condition for role, condition in bad.items() if condition is not None}
    empty = _first_absent(table, names)
    counts = {f"bad_{role}": condition.sum() for role, condition in bad.items()}
    counts |= {f"no_{role}": condition.sum() for role, condition in empty.items()}
    found = answer(table.aggregate(**counts))[0]
    for role, condition in bad.items():
        if found[f"bad_{role}"]:
            _refuse_first(table, str(names[role]), role, condition, origin)
    if not any(found[f"no_{role}"] for role in empty):
        return None
    return _left_out(table, names, empty)


def _first_absent(table: Any, names: Names) -> dict[str, Any]:
    """Of each required role, whether it is the first that a row lacks."""
    found, complete = {}, None
    for role in REQUIRED:
        lacks = absent(table, names, role)
        found[role] = lacks if complete is None else complete & lacks
        complete = ~lacks if complete is None else complete & ~lacks
    return found


def _refuse_first(table: Any, name: str, role: str, bad: Any, origin: Origin) -> None:
    """Raise `BadInput` for the first row, in the order of the file, that is bad."""
    rows = table.filter(bad)
    rows = rows.order_by(FILE_ORDER) if FILE_ORDER in table.columns else rows
    row = answer(rows.limit(1))[0]
    text = str(row[name])
    place = origin.line_of(row.get(FILE_ORDER), text)
    hint = "; if this is the heading, leave columns out" if origin.names and row.get(FILE_ORDER) == 0 else ""
    raise BadInput(f'{place}{role} "{text}" is no {EXPECTED[role]}{hint}')


def _left_out(table: Any, names: Names, empty: dict[str, Any]) -> CleaningReport:
    user = table[names["user"]]
    known = user.nullif("") if user.type().is_string() else user
    counts = {"events": table.count(), "users": known.nunique()}
    for role, condition in empty.items():
        counts |= {f"events_{role}": condition.sum(), f"users_{role}": known.nunique(where=condition)}
    complete = ~empty["user"] & ~empty["item"] & ~empty["time"]
    counts |= {"events_left": complete.sum(), "users_left": known.nunique(where=complete)}
    found = answer(table.aggregate(**counts))[0]
    dropped = [
        Dropped(f"no {role}", f"rows without {what}", found[f"events_{role}"], found[f"users_{role}"])
        for role, what in (("user", "a user"), ("item", "an item"), ("time", "a time"))
    ]
    return CleaningReport(found["events"], found["events_left"], found["users"], found["users_left"], tuple(dropped))
