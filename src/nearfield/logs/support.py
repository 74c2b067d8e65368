"""Users and items that too little is known of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nearfield.logs.engine import answer
from nearfield.logs.report import CleaningReport, Dropped


def supported(
    table: Any, report: CleaningReport, min_user_events: int | None, min_item_users: int | None
) -> tuple[Any, CleaningReport]:
    """Leave out users with too few events, then items with too few users; once each, and report it."""
    if min_user_events is not None:
        support = table.group_by("user").aggregate(n=table.count())
        why = f"users with fewer than {min_user_events:,} events"
        table, report = _with_enough(table, report, support, "user", min_user_events, why)
    if min_item_users is not None:
        support = table.group_by("item").aggregate(n=table.user.nunique())
        why = f"items with fewer than {min_item_users:,} users"
        table, report = _with_enough(table, report, support, "item", min_item_users, why)
    return table, report


def _with_enough(
    table: Any, report: CleaningReport, support: Any, of: str, least: int, why: str
) -> tuple[Any, CleaningReport]:
    few = table.semi_join(support.filter(support.n < least), of)
    enough = table.semi_join(support.filter(support.n >= least), of)
    removed, left = (answer(one.aggregate(events=one.count(), users=one.user.nunique()))[0] for one in (few, enough))
    dropped = (*report.dropped, Dropped(f"{of} support", why, removed["events"], removed["users"]))
    return enough, replace(report, events_after=left["events"], users_after=left["users"], dropped=dropped)
