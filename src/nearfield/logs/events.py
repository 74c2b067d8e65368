"""Kinds of events that are named must be there: an option that matches nothing is a mistake."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nearfield.errors import BadInput
from nearfield.logs.engine import answer

SHOWN = 10


def check_events(log: Any, named: Mapping[str, Collection[str]], *, must_occur: bool = True) -> None:
    """Raise `BadInput` where the log has no events, or one of those that an option names never occurs.

    Parameters
    ----------
    log : ibis.Table
        With our columns.
    named : mapping of str to collection of str
        An option → the kinds of events that it names.
    must_occur : bool
        Whether each kind must occur; else only the column must be there.
    """
    kinds = list(dict.fromkeys(kind for kinds in named.values() for kind in kinds))
    if not kinds:
        return
    if "event" not in log.columns:
        option, first = next((option, next(iter(kinds))) for option, kinds in named.items() if kinds)
        fix = "name their column: read_log(event=…), --event"
        raise BadInput(f"{option} names the event {first!r}, but the log has no events; {fix}")
    if not must_occur:
        return
    occurring = {row["event"] for row in answer(log.filter(log.event.isin(kinds)).select("event").distinct())}
    for option, names in named.items():
        if absent := [name for name in names if name not in occurring]:
            raise BadInput(f"{option} names the event {absent[0]!r}, which never occurs; {_occurring(log)}")


def _occurring(log: Any) -> str:
    """Say which events there are, the most frequent first."""
    named = log.filter(log.event.notnull())
    counts = named.group_by("event").aggregate(n=named.count())
    rows = answer(counts.order_by(counts.n.desc(), counts.event).limit(SHOWN + 1))
    if not rows:
        return "the column of events holds nothing"
    more = ", …" if len(rows) > SHOWN else ""
    return f"there are: {', '.join(row['event'] for row in rows[:SHOWN])}{more}"
