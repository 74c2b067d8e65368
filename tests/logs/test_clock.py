"""Clocks that run ahead, clocks of whole days, and what they do to rules and to half-lives."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from nearfield import read_log
from nearfield.errors import BadInput
from nearfield.evaluate import Popularity
from nearfield.moments import parse_text, reading_clock

BEGIN = 1_704_067_200


def events(n=600, seed=0):
    draw = random.Random(seed)
    return [(f"u{i % 30}", f"i{draw.randrange(40)}", BEGIN + draw.randrange(40 * 86_400)) for i in range(n)]


def log_of(rows, **options):
    kind = {"event": "event"} if len(rows[0]) == 4 else {}
    return read_log(
        [dict(zip(("user", "item", "time", "event"), row, strict=False)) for row in rows], **kind, **options
    )


@pytest.mark.parametrize("ahead", ["2099-01-01", "2025-06-01"])
def test_one_event_of_a_clock_ahead_changes_no_weight(ahead):
    when = parse_text(ahead) // 1_000_000
    plain, spoilt = (log_of(rows, time_unit="s") for rows in (events(), [*events(), ("u0", "i0", when)]))
    expected = plain.sessions(None, half_life="7d").weights
    found = spoilt.sessions(None, half_life="7d").weights
    assert len(found) == len(expected) + 1
    assert found.mean() == pytest.approx((expected.sum() + 1) / len(found), rel=1e-5)
    half_lives = [Popularity(log.sessions(None), half_life="7d").scores.sum() for log in (plain, spoilt)]
    assert half_lives[1] == pytest.approx(half_lives[0] + 1, rel=1e-5)
    cleaned = spoilt.clean(max_per_minute=None)
    after = next(drop for drop in cleaned.report.dropped if drop.rule == "after")
    assert (after.events, after.users) == (1, 1)
    assert cleaned.sessions(None, half_life="7d").weights.tolist() == pytest.approx(expected.tolist(), rel=1e-5)


def test_an_end_that_is_no_outlier_is_kept():
    grown = events() + [(f"v{i}", f"i{i}", BEGIN + 400 * 86_400 + i) for i in range(60)]
    assert not any(drop.events for drop in log_of(grown).clean().report.dropped if drop.rule in ("after", "before"))
    soon = (reading_clock() // 1_000_000) + 3_600  # a zone that was not named
    now = [(user, item, soon - 50 * 86_400 + time - BEGIN) for user, item, time in events()]
    assert not any(drop.events for drop in log_of([*now, ("u", "i", soon)]).clean().report.dropped)


def test_clocks_that_were_never_set_are_dropped():
    rows = [*events(), ("u0", "i0", 0), ("u1", "i1", 8 * 3_600)]
    report = log_of(rows, time_unit="s").clean().report
    assert next(drop for drop in report.dropped if drop.rule == "before").events == 2
    relative = log_of([(user, item, time - BEGIN + 1) for user, item, time in events()], time_unit="s")
    assert relative.clean().report.events_after == 600


@pytest.mark.parametrize(
    ("layout", "unit", "off"),
    [
        ("%Y-%m-%d", "days", {"per min", "per h"}),
        ("%Y%m%d", "days", {"per min", "per h"}),
        ("%Y-%m-%d %H:00", "hours", {"per min"}),
        ("%Y-%m-%d %H:%M", "minutes", set()),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
def test_rules_know_how_fine_the_clock_is(layout, unit, off, zone):
    draw = random.Random(0)
    # busy people: 150 events within every hour, which are one moment where times are whole hours or days
    begin = datetime(2024, 1, 1, 13, tzinfo=UTC)
    moments = [begin + timedelta(days=day, seconds=draw.randrange(3_600)) for day in range(5) for _ in range(150)]
    log = log_of([(f"u{i % 3}", f"i{i}", when.strftime(layout)) for i, when in enumerate(moments * 3)], timezone=zone)
    assert log.clock.resolution == unit
    assert f"whole {unit}" in str(log.clock)
    report = log.clean(duplicates=False, max_per_minute=60).report
    assert {drop.rule for drop in report.dropped if "not applied" in drop.why} == off
    assert all(drop.why == f"not applied: the times are whole {unit}" for drop in report.dropped if drop.rule in off)
    assert report.events_after == report.events_before


def test_daily_habits_are_no_bots():
    rows = [("daily", f"i{day}", f"2024-{1 + day // 28:02}-{1 + day % 28:02}") for day in range(56)]
    assert log_of(rows).clean().report.events_after == 56
    fine = [("cron", f"i{i}", BEGIN + 300 * i + 7) for i in range(56)] + events()
    assert next(drop for drop in log_of(fine).clean().report.dropped if drop.rule == "regular").events == 56


def test_moments_that_are_given_are_read_by_the_same_rule():
    log = log_of(events())
    weights = log.sessions(None, half_life="7d", now="2024-02-15").weights.tolist()
    for now in (1_707_955_200, 1_707_955_200_000, 1_707_955_200_000_000, datetime(2024, 2, 15)):
        assert log.sessions(None, half_life="7d", now=now).weights.tolist() == weights
    for value in (5, 86_400, 10**13):
        with pytest.raises(BadInput, match=f"now has {value}, which is no time from 1980 to"):
            log.sessions(None, half_life="7d", now=value)
    by_date = log.clean(latest="2024-01-10").report
    assert 0 < by_date.events_after < by_date.events_before
    for latest in (1_704_844_800, 1_704_844_800_000, 20240110):
        assert log.clean(latest=latest).report == by_date


KINDS = [(*row, "view" if i % 3 else "buy") for i, row in enumerate(events(60))]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"event_weights": {"buy": 2, "Cart": 3}},
            "event_weights names the event 'Cart', which never occurs; there are: view",
        ),
        ({"half_life": {"Buy": "1d"}}, "half_life names the event 'Buy', which never occurs; there are: view, buy"),
        ({"start_event": "search"}, "start_event names the event 'search', which never occurs; there are: view, buy"),
        ({"goal": "purchase"}, "goal names the event 'purchase', which never occurs; there are: view, buy"),
        ({"rejected": "skip"}, "rejected names the event 'skip', which never occurs; there are: view, buy"),
    ],
)
def test_events_that_never_occur_are_refused(options, message):
    log = log_of(KINDS)
    details = {"goal", "rejected"} & set(options)
    split = log.session_details if details else log.sessions
    with pytest.raises(BadInput) as error:
        split(**({"goal": None} if details else {}) | options)
    assert message in str(error.value)
    split(**({"goal": None} if details else {}) | options, unknown_events="skip")


def test_purchases_that_never_occur_are_refused():
    log = log_of(KINDS)
    with pytest.raises(BadInput, match="purchases names the event 'order', which never occurs; there are: view, buy"):
        log.clean(purchases=("order",))
    log.clean(purchases=("order",), unknown_events="skip")
    log.clean()  # those of the default need not be there


def test_events_and_groups_of_nothing_are_refused():
    rows = [(*row, None) for row in events(20)]
    with pytest.raises(
        BadInput, match="event_weights names the event 'buy', which never occurs; the column of events holds"
    ):
        log_of([*rows[:-1], (*rows[-1][:3], "")]).sessions(event_weights={"buy": 2})
    log = read_log([{"user": "u", "item": "i", "time": BEGIN, "shop": ""}], group="shop")
    with pytest.raises(BadInput, match="the column of groups holds nothing; name another one"):
        log.groups()
