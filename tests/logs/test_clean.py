"""Each rule drops what it says, and the report tells all."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield import read_log
from nearfield.errors import BadInput

sys.path.insert(0, str(Path(__file__).parent))
from twin import cleaned_of

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000

OFF = dict.fromkeys(
    [
        "earliest",
        "latest",
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


# just below, exactly and just above what a rule looks at, from anywhere in a calendar minute or day
STEPS = [0, 1, 19_999_999, 20_000_000, 30_000_000, MINUTE - 1, MINUTE, MINUTE + 1, HOUR - 1, HOUR, 9 * HOUR, DAY]
EVENTS = st.lists(
    st.tuples(st.sampled_from("uv"), st.sampled_from("ab"), st.sampled_from(STEPS), st.sampled_from(["buy", None])),
    min_size=1,
    max_size=25,
)
NAMES = {
    "per_minute": "max_per_minute",
    "per_hour": "max_per_hour",
    "in_period": "max_events",
    "purchases": "max_purchases",
    "same_item": "max_same_item",
    "variation": "min_gap_variation",
    "regular": "regular_events",
}


def moments(steps, start):
    events, now = [], start
    for user, item, step, kind in steps:
        now += step
        events.append((user, item, now, kind))
    random.Random(len(steps)).shuffle(events)
    return events


def cleaned_by(table, limits):
    """Clean by these rules and by that against duplicates; return what is left and what each rule took, as the twin."""
    rules = {NAMES[name]: value for name, value in limits.items()}
    log = read_log(table, event="event", time_unit="us").clean(**OFF | rules | {"duplicates": True, "period": "2d"})
    left = log.table.select("user", "item", "time", "event").to_pyarrow().to_pylist()
    report = log.report
    assert report.users_before - report.users_after == len({u for u, *_ in rows_of(table)} - {r["user"] for r in left})
    return [tuple(row.values()) for row in left], {one.rule: one.events for one in report.dropped if one.events}


def rows_of(table):
    return (
        table.rows()
        if isinstance(table, polars.DataFrame)
        else [tuple(r.values()) for r in table.to_pyarrow().to_pylist()]
    )


def as_table(events):
    names = {"user": polars.String, "item": polars.String, "time": polars.Int64, "event": polars.String}
    return polars.DataFrame(events, schema=names, orient="row")


def in_order(events):
    return sorted(events, key=repr)


LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "per_minute": st.integers(1, 4),
        "per_hour": st.integers(1, 8),
        "in_period": st.integers(1, 20),
        "purchases": st.integers(1, 4),
        "same_item": st.integers(1, 6),
        "variation": st.sampled_from([0.05, 0.7, 1.3]),
        "regular": st.integers(1, 6),
    },
)


@settings(max_examples=30, deadline=None)
@given(EVENTS, st.sampled_from([10**15, 10**15 + 37_000_000]), LIMITS)
def test_rates_in_any_stretch_of_time_as_a_loop_finds_them(steps, start, limits):
    events = moments(steps, start)
    left, dropped = cleaned_of(events, period=2 * DAY, **limits)
    if not left:
        with pytest.raises(BadInput, match="cleaning leaves nothing"):
            cleaned_by(as_table(events), limits)
        return
    found, taken = cleaned_by(as_table(events), limits)
    assert (in_order(found), taken) == (in_order(left), dropped)


def test_a_rate_is_looked_at_across_the_border_of_two_minutes():
    """Three events within 2 µs around a full minute are three in a minute, whatever the calendar says."""
    border = 10**15 // MINUTE * MINUTE
    events = [
        ("u", "a", border - 1, None),
        ("u", "b", border, None),
        ("u", "a", border + 1, None),
        ("v", "a", 10**15, None),
    ]
    assert cleaned_by(as_table(events), {"per_minute": 2}) == ([events[3]], {"per min": 3})
    apart = [("u", "a", border, None), ("u", "b", border + 1, None), ("u", "a", border + MINUTE, None)]
    assert cleaned_by(as_table(apart), {"per_minute": 2})[1] == {}


def test_spark_finds_the_same_rates(spark):
    draw = random.Random(194)
    kinds, limits = (
        ["buy", "view"],
        {"per_minute": 3, "in_period": 12, "purchases": 4, "same_item": 5, "variation": 0.05},
    )
    steps = [
        (f"u{draw.randrange(12)}", draw.choice("abc"), draw.choice(STEPS[:8]), draw.choice(kinds)) for _ in range(100)
    ]
    events = moments(steps, 10**15) + [("clock", "abc"[i % 3], 10**15 + i * DAY, "view") for i in range(9)]
    limits["regular"] = 8
    left, dropped = cleaned_of(events, period=2 * DAY, **limits)
    table = spark.create_table("rates", as_table(events).to_arrow(), overwrite=True)
    found, taken = cleaned_by(table, limits)
    assert (in_order(found), taken) == (in_order(left), dropped)
    assert set(taken) == {"per min", "events", "purchases", "regular", "same item", "duplicates"}


def test_purchases_dwell_and_broken_clocks():
    columns = ("user", "item", "time", "event", "dwell")
    rows = [("u", "a", 10**9, "click", 5.0), ("u", "b", 10**9 + 1, "click", 0.2), ("u", "c", 0, "click", 9.0)]
    rows += [("buyer", f"i{i}", 10**9 + i * i, "buy", 3.0) for i in range(12)]
    log = log_of(rows, columns, event="event", dwell="dwell")
    assert only(log, "dwell", min_dwell=1)[0].events == 1
    assert only(log, "before", earliest="1980-01-01")[0].events == 1
    assert only(log, "after", latest=10**15 + 50_000_000)[0].events == 4
    assert only(log, "after", latest=10**9 + 50)[0].events == 4
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
    with pytest.raises(BadInput, match="Rules has no parameter 'max_clicks'; .*t has: duplicates, earliest"):
        log.clean(max_clicks=3)
    with pytest.raises(BadInput, match="max_events is 0; expected a whole number of at least 1, or None"):
        log.clean(max_events=0)
    with pytest.raises(BadInput, match="max_events is '100'; expected a whole number of at least 1, or None"):
        log.clean(max_events="100")
    with pytest.raises(BadInput, match='latest: "soon" is no time; expected ISO 8601'):
        log.clean(latest="soon")
    with pytest.raises(BadInput, match="latest has 86400, which is no time from 1980 to"):
        log.clean(latest=86_400)
    with pytest.raises(BadInput, match="regular_events is None; expected a whole number of at least 1"):
        log.clean(regular_events=None)
    with pytest.raises(BadInput, match="max_same_item is 2.5; expected a whole number"):
        log.clean(max_same_item=2.5)
    with pytest.raises(BadInput, match="purchases is 'buy'; expected a tuple of strings"):
        log.clean(purchases="buy")
    with pytest.raises(BadInput, match="cleaning leaves nothing of 300 events: most went to 'events'"):
        log.clean(**OFF | {"max_events": 1})
