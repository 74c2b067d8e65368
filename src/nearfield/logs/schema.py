"""From columns of any name and type to the ones that all of this package speaks of.

user, item: string; time: int64, microseconds since 1970-01-01 UTC; and where the log has them event, group: string;
value, dwell: float64; place: int64, the place in the file, which orders events of one moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nearfield.logs.cells import id_fault, id_text, number, number_fault
from nearfield.logs.delimited import FILE_ORDER
from nearfield.logs.engine import answer, load_ibis
from nearfield.logs.times import MOMENT, TimeReading, with_moments

REQUIRED, TEXTS, NUMBERS = ("user", "item", "time"), ("user", "item", "event", "group"), ("value", "dwell")
FAULT = "nearfield_fault"  # the place of a role among those of FAULTS, from 1; 0: the row is in order
FAULTS = ("time", *NUMBERS, *TEXTS)

Names = Mapping[str, str]  # the column of each role that there is


def canonical(table: Any, names: Names, reading: TimeReading, nulls: Sequence[str]) -> tuple[Any, dict[str, Any]]:
    """Return our columns as expressions over the table, which is returned with what they need.

    They are null where there is nothing; `FAULT` says which cell of a row is at fault.
    """
    table = with_moments(table, names["time"], reading)
    columns = {role: id_text(table[names[role]], nulls) for role in TEXTS if role in names}
    columns |= {role: number(table[names[role]], nulls) for role in NUMBERS if role in names}
    columns["time"] = table[MOMENT]
    ordered = {role: columns[role] for role in names}
    if FILE_ORDER in table.columns:
        ordered["place"] = table[FILE_ORDER]
    return table, ordered | {FAULT: _fault(table, names, nulls)}


def _fault(table: Any, names: Names, nulls: Sequence[str]) -> Any:
    ibis = load_ibis()
    found = {"time": table.nearfield_raw.notnull() & table[MOMENT].isnull()}
    found |= {role: number_fault(table[names[role]], nulls) for role in NUMBERS if role in names}
    found |= {role: id_fault(table[names[role]]) for role in TEXTS if role in names}
    branches = [(bad, FAULTS.index(role) + 1) for role, bad in found.items() if bad is not None]
    return ibis.cases(*branches, else_=0).cast("int8")


def written_as_floats(events: Any, table: Any, names: Names) -> frozenset[str]:
    """Return the roles of ids that are text and all whole numbers, some with `.0`: pandas writes 20.0 beside a NaN.

    `events` has our columns of the table.
    """
    texts = [role for role in TEXTS if role in names and table[names[role]].type().is_string()]
    some = _those({role: events[role].endswith(".0").any() for role in texts}, events)
    return _those({role: events[role].re_search(r"^-?\d+(\.0+)?$").all() for role in some}, events)


def _those(tests: Mapping[str, Any], table: Any) -> frozenset[str]:
    """The roles whose test, an aggregate, is true."""
    row = answer(table.aggregate(**tests))[0] if tests else {}
    return frozenset(role for role in tests if row[role])


def in_time(log: Any) -> list[Any]:
    """What orders the events of a user: time, then the place in the file, or without one what the events are."""
    ties = ["place"] if "place" in log.columns else [name for name in ("item", "event") if name in log.columns]
    return [log.time, *(log[name] for name in ties)]
