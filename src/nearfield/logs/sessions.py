"""Where one session ends and the next begins, as expressions that any engine runs."""

from __future__ import annotations

from typing import Any

from nearfield.logs.engine import load_ibis
from nearfield.logs.schema import in_time
from nearfield.logs.zones import local_time
from nearfield.moments import DAY
from nearfield.recency import microseconds


def with_borders(log: Any, gap: str | float | None, start_event: str | None, timezone: str) -> Any:
    """Return the log with whether each event begins a session of its user, boolean, as `begins`.

    A session ends where the user is idle for longer than `gap` (a pause of exactly the gap does not end it), on another
    day for "day", nowhere for None; and before each event of the kind `start_event`.
    """
    ibis = load_ibis()
    if gap == "day":
        log = log.mutate(day=(local_time(log, timezone) / DAY).floor().cast("int64"))
    in_order = ibis.window(group_by=log.user, order_by=in_time(log))
    before = log.time.lag().over(in_order)
    begins = before.isnull()
    if gap == "day":
        begins = begins | (log.day != log.day.lag().over(in_order))
    elif gap is not None:
        begins = begins | (log.time - before > int(microseconds(gap)))
    if start_event is not None:
        begins = begins | is_kind(log, start_event)
    return log.mutate(begins=begins.fill_null(False))


def is_kind(log: Any, kind: str) -> Any:
    """Whether each event is of this kind."""
    return (log.event == kind).fill_null(False)


def counts_of(log: Any, rejected: str | None = None) -> Any:
    """Return how often each `item` is seen, as `n`; rejected events are none that an item is seen by."""
    seen = log if rejected is None else log.filter(~is_kind(log, rejected))
    return seen.group_by("item").aggregate(n=seen.count())


def items_of(counts: Any, min_count: int) -> Any:
    """Return the items that are seen at least `min_count` times, as `listed`, with a provisional `id`, int64."""
    ibis = load_ibis()
    frequent = counts.filter(counts.n >= min_count)
    number = ibis.row_number().over(ibis.window(order_by=frequent.item)).cast("int64")
    return frequent.select(listed=frequent.item, id=number)


def rows_of(
    log: Any, items: Any, goal: str | None = None, rejected: str | None = None, *, details: bool = False
) -> Any:
    """Return the rows to collect of a log with borders, user by user in the order of time.

    A row has `id` (-1 where the event is in no sequence: it was rejected, or its item is none of `items`), `time`,
    `begins`, and `weight` if the log has it. With `details` it has `user`, too, `is_goal` and
    `is_rejected`, and where one of these is true `shown`, the item.
    """
    ibis = load_ibis()
    known = log.left_join(items, log.item == items.listed)
    ids, columns = known.id.fill_null(-1), {}
    if details:
        refused = ibis.literal(False) if rejected is None else is_kind(known, rejected)
        wanted = ibis.literal(False) if goal is None else is_kind(known, goal)
        shown = (wanted | refused).ifelse(known.item, ibis.null("string"))
        columns = {"user": known.user, "is_goal": wanted, "is_rejected": refused, "shown": shown}
        ids = refused.ifelse(ibis.literal(-1, "int64"), ids)
    if "weight" in log.columns:
        columns["weight"] = known.weight
    rows = known.order_by([known.user, *in_time(known)])
    return rows.select(id=ids, time=known.time, begins=known.begins, **columns)
