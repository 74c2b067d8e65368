"""Bots, accidents, broken clocks. From `Rules` to expressions that find it.

All rules look at the log as it came, so that their order changes only under which name an event is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from nearfield.logs.clock import Clock
from nearfield.logs.engine import load_ibis
from nearfield.logs.rules import Rules
from nearfield.moments import readable
from nearfield.recency import microseconds

Columns = dict[str, Any]


class Rule(NamedTuple):
    """A rule in two steps, since no engine counts over counts in one.

    `first` gives columns that the condition needs. Without `by` the condition says which events are dropped. With it,
    it is an aggregate that says of which user, or of which user and item, all events are; only users with at least
    `least` events are looked at, fewer cannot break the rule.
    """

    name: str
    why: str
    first: Callable[[Any], Columns]
    condition: Callable[[Any], Any]
    by: tuple[str, ...] = ()
    least: int = 1
    applied: bool = True


def rules_for(rules: Rules, columns: tuple[str, ...], clock: Clock) -> list[Rule]:
    """Return the rules that are on and whose columns the log has: those of events, of users, of users and items.

    `earliest` and `latest` are microseconds. A rule of a stretch in which the clock cannot tell times apart is not
    applied.
    """
    return sorted(_chosen(rules, columns, clock), key=lambda rule: len(rule.by))


def _chosen(rules: Rules, columns: tuple[str, ...], clock: Clock) -> Iterator[Rule]:
    if rules.earliest is not None:
        why = f"time before {readable(rules.earliest)} UTC"  # type: ignore[arg-type]
        yield _simple("before", why, lambda log: log.time < rules.earliest)
    if rules.latest is not None:
        why = f"time after {readable(rules.latest)} UTC"  # type: ignore[arg-type]
        yield _simple("after", why, lambda log: log.time > rules.latest)
    if rules.duplicates:
        yield _repeated()
    if rules.min_dwell is not None and "dwell" in columns:
        yield _simple("dwell", f"shorter than {rules.min_dwell:g} s", lambda log: log.dwell < rules.min_dwell)
    for unit, most in (("min", rules.max_per_minute), ("h", rules.max_per_hour)):
        if most is not None:
            yield _if_told(_busy(f"per {unit}", f"1{unit}", most), f"1{unit}", clock)
    if rules.max_events is not None:
        yield _if_told(_busy("events", rules.period, rules.max_events), rules.period, clock)
    if rules.max_purchases is not None and "event" in columns:
        rule = _busy("purchases", rules.period, rules.max_purchases, rules.purchases)
        yield _if_told(rule, rules.period, clock)
    if rules.min_gap_variation is not None:
        yield _regular(rules.min_gap_variation, rules.regular_events, clock.step)
    if rules.max_same_item is not None:
        yield _hammering(rules.max_same_item)


def marked(log: Any, rules: list[Rule], users: Any) -> Any:
    """Return the log with the number of the first rule that speaks against each event, or -1, as `rule`, int64.

    `users` has the number of each user's events, as `n`.
    """
    ibis = load_ibis()
    of_events = [(i, rule) for i, rule in enumerate(rules) if rule.applied and not rule.by]
    judged = _with_columns(log, [rule for _, rule in of_events])
    judged = judged.select(*log.columns, rule=_first_of(of_events, judged))
    for by in (("user",), ("user", "item")):
        if chosen := [(i, rule) for i, rule in enumerate(rules) if rule.applied and rule.by == by]:
            # under a name of its own: some engines do not take a column twice from a join
            found = _found(log, chosen, by, users).rename({f"of_{name}": name for name in by})
            judged = judged.left_join(found, [judged[name] == found[f"of_{name}"] for name in by])
            judged = judged.select(*log.columns, rule=ibis.coalesce(judged.rule, judged.found))
    return judged.mutate(rule=judged.rule.fill_null(-1))


def _found(log: Any, rules: list[tuple[int, Rule]], by: tuple[str, ...], users: Any) -> Any:
    """Return the users, or users and items, of which all events are dropped, and the number of the rule as `found`."""
    enough = users.filter(users.n >= min(rule.least for _, rule in rules))
    busy = _with_columns(log.semi_join(enough, "user"), [rule for _, rule in rules])
    found = busy.group_by(by).aggregate(found=_first_of(rules, busy))
    return found.filter(found.found.notnull())


def _with_columns(log: Any, rules: list[Rule]) -> Any:
    columns = {name: column for rule in rules for name, column in rule.first(log).items()}
    return log.mutate(**columns) if columns else log


def _first_of(rules: list[tuple[int, Rule]], table: Any) -> Any:
    """The number of the first rule whose condition holds, int64, or null."""
    ibis = load_ibis()
    branches = [(rule.condition(table).fill_null(False), ibis.literal(i, "int64")) for i, rule in rules]
    return ibis.cases(*branches, else_=ibis.null("int64")) if branches else ibis.null("int64")


def _simple(name: str, why: str, condition: Callable[[Any], Any]) -> Rule:
    return Rule(name, why, lambda log: {}, condition)


def _repeated() -> Rule:
    def number(log: Any) -> Columns:
        ibis = load_ibis()
        same = [log[name] for name in ("user", "item", "time", "event") if name in log.columns]
        first = log.place if "place" in log.columns else log.item  # which of equals it is makes no difference
        return {"copy": ibis.row_number().over(ibis.window(group_by=same, order_by=first))}

    return Rule("duplicates", "the same event again", number, lambda log: log.copy > 0)


def _busy(name: str, length: str, most: int, events: tuple[str, ...] | None = None) -> Rule:
    """Users with more (of the) events than `most` in any stretch of this length."""
    column = f"span_{name.replace(' ', '_')}"

    def spans(log: Any) -> Columns:
        if events is None:
            return {column: _span(log, [log.user], most)}
        counted = log.event.isin(events).fill_null(False)
        return {column: counted.ifelse(_span(log, [log.user, counted], most), load_ibis().null("int64"))}

    what = "events" if events is None else "/".join(events)
    why = f"users with more than {most:,} {what} in {length}"
    return Rule(name, why, spans, lambda log: log[column].min() < int(microseconds(length)), ("user",), most + 1)


def _span(log: Any, by: list[Any], most: int) -> Any:
    """How long ago the event `most` places before each was, in microseconds; null for the first ones."""
    return log.time - log.time.lag(most).over(load_ibis().window(group_by=by, order_by=log.time))


def _if_told(rule: Rule, length: str, clock: Clock) -> Rule:
    """The rule, not applied where times that are closer than its stretch may be given as the same."""
    if clock.step <= microseconds(length):
        return rule
    return rule._replace(why=f"not applied: the times are whole {clock.resolution}", applied=False)


def _regular(variation: float, n_events: int, step: int) -> Rule:
    def gaps(log: Any) -> Columns:
        return {"gap": _span(log, [log.user], 1).cast("float64")}

    def condition(log: Any) -> Any:
        mean = log.gap.mean()
        found = (log.gap.count() >= n_events - 1) & (log.gap.std(how="pop") < variation * mean)
        return found if step == 1 else found & (mean >= step / variation)

    why = f"users of {n_events} events or more whose gaps vary by less than {variation:.0%}"
    return Rule("regular", why, gaps, condition, ("user",), n_events)


def _hammering(most: int) -> Rule:
    def spans(log: Any) -> Columns:
        return {"span_same_item": _span(log, [log.user, log.item], most)}

    def condition(log: Any) -> Any:
        return log.span_same_item.min() < int(microseconds("1d"))

    why = f"items on which a user had more than {most:,} events in 24 hours"
    return Rule("same item", why, spans, condition, ("user", "item"), most + 1)
