"""Rules against traffic that nobody meant: machines, accidents, broken clocks.

A rule turns a table with our columns into a boolean column, true for events to drop. All rules look at the log as it
came, so that their order changes only under which name an event is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from nearfield.errors import BadInput
from nearfield.logs.engine import load_ibis
from nearfield.logs.schema import in_time
from nearfield.recency import microseconds


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What `Log.clean` drops; None or False switches a rule off.

    Minutes, hours, days and periods are counted from 1970 UTC, one behind the other: what lies across the border of two
    is counted in each by its part.

    Parameters
    ----------
    duplicates : bool
        The same user, item, event and moment again.
    earliest, latest : int
        Events before or after these moments, microseconds since 1970 UTC; `earliest` is by default 1, which drops
        clocks that were never set.
    min_dwell : float
        Events that lasted less, in seconds (where the log has `dwell`).
    max_per_minute, max_per_hour : int
        All events of users who ever had more in a minute or an hour: no hand is that quick.
    max_events, max_purchases : int
        All events of users with more, or with more of the events in `purchases`, in a `period`. Alibaba drops users
        with more than 3,500 clicks or 1,000 purchases in less than three months (Wang et al. 2018, section 3.2).
    purchases : tuple of str
    period : str
    min_gap_variation : float
        All events of users with at least `regular_events` events whose gaps vary less: the standard deviation over the
        mean. People are irregular, cron jobs are not.
    regular_events : int
    max_same_item : int
        Events of one user on one item on days when there were more of them.
    min_user_events, min_item_users : int
        Users with fewer events and items with fewer users, after all other rules.
    """

    duplicates: bool = True
    earliest: int | None = 1
    latest: int | None = None
    min_dwell: float | None = 1.0
    max_per_minute: int | None = 100
    max_per_hour: int | None = 1_500
    max_events: int | None = 3_500
    max_purchases: int | None = 1_000
    purchases: tuple[str, ...] = ("buy", "purchase", "order")
    period: str = "90d"
    min_gap_variation: float | None = 0.05
    regular_events: int = 30
    max_same_item: int | None = 200
    min_user_events: int | None = None
    min_item_users: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("duplicates", "purchases", "period") and not _is_positive(value):
                raise BadInput(f"{field.name} is {value!r}; expected more than 0, or None to switch the rule off")
        if isinstance(self.purchases, str):
            raise BadInput(f"purchases is {self.purchases!r}; expected a list of events, such as [{self.purchases!r}]")
        microseconds(self.period)


def _is_positive(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value > 0)


class Rule(NamedTuple):
    """A rule in two steps, since no engine counts over counts in one.

    `first` gives columns that the condition needs, `condition` is true for events to drop.
    """

    name: str
    why: str
    first: Callable[[Any], dict[str, Any]]
    condition: Callable[[Any], Any]


def rules_for(rules: Rules, columns: tuple[str, ...]) -> Iterator[Rule]:
    """Yield each rule that is on and whose columns the log has."""
    if rules.earliest is not None:
        yield _simple("before", f"time before {rules.earliest}", lambda log: log.time < rules.earliest)
    if rules.latest is not None:
        yield _simple("after", f"time after {rules.latest}", lambda log: log.time > rules.latest)
    if rules.duplicates:
        yield _repeated()
    if rules.min_dwell is not None and "dwell" in columns:
        yield _simple("dwell", f"shorter than {rules.min_dwell:g} s", lambda log: log.dwell < rules.min_dwell)
    for unit, most in (("min", rules.max_per_minute), ("h", rules.max_per_hour)):
        if most is not None:
            yield _busy(f"per {unit}", f"1{unit}", most)
    if rules.max_events is not None:
        yield _busy("events", rules.period, rules.max_events)
    if rules.max_purchases is not None and "event" in columns:
        yield _busy("purchases", rules.period, rules.max_purchases, rules.purchases)
    if rules.min_gap_variation is not None:
        yield _regular(rules.min_gap_variation, rules.regular_events)
    if rules.max_same_item is not None:
        yield _hammering(rules.max_same_item)


def marked(log: Any, rules: list[Rule]) -> Any:
    """Return the log with the number of the first rule that speaks against each event, or -1, as `rule`."""
    ibis = load_ibis()
    first = {name: column for rule in rules for name, column in rule.first(log).items()}
    counted = log.mutate(**first) if first else log
    judged = counted.mutate(**{f"against_{i}": rule.condition(counted) for i, rule in enumerate(rules)})
    branches = [(judged[f"against_{i}"].fill_null(False), ibis.literal(i, "int64")) for i in range(len(rules))]
    rule = ibis.cases(*branches, else_=ibis.literal(-1, "int64")) if branches else ibis.literal(-1, "int64")
    return judged.select(*log.columns, rule=rule)


def _simple(name: str, why: str, condition: Callable[[Any], Any]) -> Rule:
    return Rule(name, why, lambda log: {}, condition)


def _repeated() -> Rule:
    def number(log: Any) -> dict[str, Any]:
        ibis = load_ibis()
        same = [log[name] for name in ("user", "item", "time", "event") if name in log.columns]
        in_order = ibis.window(group_by=same, order_by=in_time(log))
        return {"copy": ibis.row_number().over(in_order)}

    return Rule("duplicates", "the same event again", number, lambda log: log.copy > 0)


def _busy(name: str, length: str, most: int, events: tuple[str, ...] | None = None) -> Rule:
    """Users who in any stretch of this length, counted from 1970, had more (of the) events than `most`."""
    column = f"n_{name.replace(' ', '_')}"

    def count(log: Any) -> dict[str, Any]:
        ibis = load_ibis()
        ones = log.time.notnull() if events is None else log.event.isin(events)
        stretch = (log.time / microseconds(length)).floor().cast("int64")
        return {column: ones.cast("int64").sum().over(ibis.window(group_by=[log.user, stretch]))}

    what = "events" if events is None else "/".join(events)
    why = f"users with more than {most:,} {what} in {length}"
    return Rule(name, why, count, lambda log: log[column].max().over(load_ibis().window(group_by=log.user)) > most)


def _regular(variation: float, n_events: int) -> Rule:
    def gaps(log: Any) -> dict[str, Any]:
        ibis = load_ibis()
        in_order = ibis.window(group_by=log.user, order_by=in_time(log))
        return {"gap": (log.time - log.time.lag().over(in_order)).cast("float64")}

    def condition(log: Any) -> Any:
        of_user = load_ibis().window(group_by=log.user)
        enough = log.gap.count().over(of_user) >= n_events - 1
        return enough & (log.gap.std(how="pop").over(of_user) < variation * log.gap.mean().over(of_user))

    return Rule(
        "regular", f"users of {n_events} events or more whose gaps vary by less than {variation:.0%}", gaps, condition
    )


def _hammering(most: int) -> Rule:
    def count(log: Any) -> dict[str, Any]:
        ibis = load_ibis()
        day = (log.time / microseconds("1d")).floor().cast("int64")
        return {"n_same_item": log.time.count().over(ibis.window(group_by=[log.user, log.item, day]))}

    why = f"more than {most:,} events of a user on one item in a day"
    return Rule("same item", why, count, lambda log: log.n_same_item > most)
