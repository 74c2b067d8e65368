"""Each rule drops what it says, and the report tells all."""

from __future__ import annotations

import json
import random

import polars
import pytest

from nearfield import read_log
from nearfield.errors import BadInput

OFF = dict.fromkeys(
    [
        "earliest",
        "min_dwell",
        "max_per_minute",
        "max_per_hour",
        "max_events",
        "max_purchases",
        "min_gap_variation",
        "max_same_item",
    ]
) | {"duplicates": False}


def log_of(rows, columns=("user", "item", "time"), **options):
    return read_log(polars.DataFrame(rows, schema=list(columns), orient="row"), time_unit="s", **options)


def people(n=20, events=15, seed=0):
    """Users at irregular times."""
    draw = random.Random(seed)
    return [(f"u{i}", f"i{draw.randrange(8)}", 10**9 + draw.randrange(10**6)) for i in range(n) for _ in range(events)]


def only(log, rule, **options):
    """Clean by one rule; return what it dropped and who is left."""
    cleaned = log.clean(**OFF | options)
    found = {one.rule: one for one in cleaned.report.dropped}
    assert (
        sum(one.events for one in cleaned.report.dropped) == cleaned.report.events_before - cleaned.report.events_after
    )
    return found[rule], set(cleaned.table.user.to_pyarrow().to_pylist())


def test_people_are_kept():
    report = log_of(people()).clean(duplicates=False).report
    assert report.events_after == report.events_before == 300
    assert not any(one.events for one in report.dropped)
    json.dumps(report.to_dict())
    assert str(report).endswith("kept 300 of 300 events, 20 of 20 users")


def test_duplicates_keep_the_first():
    dropped, _ = only(
        log_of([("u", "a", 1), ("u", "a", 1), ("u", "a", 2), ("v", "a", 1)]), "duplicates", duplicates=True
    )
    assert (dropped.events, dropped.users) == (1, 1)


@pytest.mark.parametrize(
    ("rule", "options", "robot"),
    [
        ("per min", {"max_per_minute": 50}, [("robot", f"i{i % 8}", 10**9 + i % 60) for i in range(120)]),
        ("per h", {"max_per_hour": 50}, [("robot", f"i{i % 8}", 10**9 + 29 * i + i % 7) for i in range(120)]),
        ("events", {"max_events": 100}, [("robot", f"i{i % 8}", 10**9 + 977 * i + i * i % 500) for i in range(120)]),
        ("regular", {"min_gap_variation": 0.05}, [("robot", f"i{i % 8}", 10**9 + 300 * i) for i in range(40)]),
        ("same item", {"max_same_item": 30}, [("robot", "i1", 10**9 + 1_000 * i + i * i % 777) for i in range(40)]),
    ],
)
def test_robots_are_dropped_and_people_are_not(rule, options, robot):
    dropped, left = only(log_of(people() + robot), rule, **options)
    assert (dropped.events, dropped.users) == (len(robot), 1)
    assert left == {f"u{i}" for i in range(20)}


def test_purchases_dwell_and_broken_clocks():
    columns = ("user", "item", "time", "event", "dwell")
    rows = [("u", "a", 10**9, "click", 5.0), ("u", "b", 10**9 + 1, "click", 0.2), ("u", "c", 0, "click", 9.0)]
    rows += [("buyer", f"i{i}", 10**9 + i * i, "buy", 3.0) for i in range(12)]
    log = log_of(rows, columns, event="event", dwell="dwell")
    assert only(log, "dwell", min_dwell=1)[0].events == 1
    assert only(log, "before", earliest=1)[0].events == 1
    assert only(log, "after", latest=10**15 + 50_000_000)[0].events == 4
    dropped, left = only(log, "purchases", max_purchases=10)
    assert (dropped.events, left) == (12, {"u"})


def test_support_is_looked_at_after_all_other_rules():
    rows = [("u", "a", 1), ("u", "b", 2), ("u", "b", 2), ("v", "a", 3), ("w", "c", 4)]
    cleaned = log_of(rows).clean(**OFF | {"duplicates": True, "min_user_events": 2, "min_item_users": 1})
    assert [(one.rule, one.events) for one in cleaned.report.dropped] == [
        ("duplicates", 1),
        ("user support", 2),
        ("item support", 0),
    ]
    assert len(cleaned) == 2


def test_what_cannot_be_is_refused():
    log = log_of(people())
    with pytest.raises(BadInput, match="the rules are duplicates, earliest"):
        log.clean(max_clicks=3)
    with pytest.raises(BadInput, match="max_events is 0; expected more than 0, or None"):
        log.clean(max_events=0)
    with pytest.raises(BadInput, match="max_events is '100'; expected more than 0, or None"):
        log.clean(max_events="100")
    with pytest.raises(BadInput, match="latest is '2020-01-01'"):
        log.clean(latest="2020-01-01")
    with pytest.raises(BadInput, match="purchases is 'buy'; expected a list of events"):
        log.clean(purchases="buy")
    with pytest.raises(BadInput, match="cleaning leaves nothing of 300 events: most went to 'events'"):
        log.clean(**OFF | {"max_events": 1})
