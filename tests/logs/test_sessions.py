"""Sessions from DuckDB, from Spark and from a loop are the same."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield import read_log
from nearfield.errors import BadInput

sys.path.insert(0, str(Path(__file__).parent))
from twin import as_lists, details_of, sessions_of

MINUTE, HOUR = 60_000_000, 3_600_000_000
NEW_YORK = "America/New_York"
SPRING = int(datetime(2026, 3, 8, 7, tzinfo=UTC).timestamp()) * 1_000_000  # 2 o'clock becomes 3
AUTUMN = int(datetime(2026, 11, 1, 6, tzinfo=UTC).timestamp()) * 1_000_000  # 2 o'clock becomes 1
KINDS = ["view", "buy", "skip"]
STRANGE = ["a\tb", "a\nb", "🛒", '"', "a,b", " ", "é"]

# steps between events: none (ties), a microsecond, just below, exactly and just above ten minutes, hours
STEPS = [0, 1, 500_000, 10 * MINUTE - 1, 10 * MINUTE, 10 * MINUTE + 1, 5 * HOUR, 24 * HOUR]
events_lists = st.lists(
    st.tuples(st.sampled_from("uvw"), st.sampled_from(["a", "b", "c", *STRANGE]), st.sampled_from(STEPS)),
    min_size=1,
    max_size=25,
)


def moments(steps, start):
    """Turn steps into times, and shuffle the rows: logs are not sorted."""
    events, now = [], start
    for user, item, step in steps:
        now += step
        events.append((user, item, now))
    random.Random(len(steps)).shuffle(events)
    return events


def as_table(events):
    return polars.DataFrame(
        events, schema={"user": polars.String, "item": polars.String, "time": polars.Int64}, orient="row"
    )


def log_of(events, **options):
    return read_log(as_table(events), time_unit="us", **options)


@settings(max_examples=12, deadline=None)
@given(
    events_lists, st.sampled_from([SPRING, AUTUMN, 0]), st.integers(1, 2), st.integers(1, 3), st.sampled_from([None, 2])
)
def test_duckdb_splits_as_a_loop_does(steps, start, min_count, min_length, max_length):
    events = moments(steps, start)
    log = log_of(events, timezone=NEW_YORK)
    options = {"min_count": min_count, "min_length": min_length, "max_length": max_length}
    for gap, name in ((10 * MINUTE, "10min"), ("day", "day"), (None, None)):
        expected = [session for _, session in sessions_of(events, gap, timezone=NEW_YORK, **options)]
        if not expected:
            with pytest.raises(BadInput, match="no session is left"):
                log.sessions(name, **options)
            continue
        found = log.sessions(name, **options)
        assert as_lists(found) == expected
        counts = np.bincount(found.tokens, minlength=len(found.vocabulary))
        assert found.vocabulary.counts.tolist() == counts.tolist()


def test_spark_splits_as_duckdb_and_a_loop_do(spark):
    draw = random.Random(0)
    steps = [(draw.choice("uvw"), draw.choice(["a", "b", *STRANGE]), draw.choice(STEPS)) for _ in range(300)]
    # an engine's table has no order of its own: ties are ordered by item, so the twin's rows are given in that order
    events = sorted(set(moments(steps, AUTUMN - 40 * HOUR)), key=lambda event: (event[2], event[1].encode()))
    table = spark.create_table("events", as_table(events).to_arrow(), overwrite=True)
    log = read_log(table, time_unit="us", timezone=NEW_YORK)
    for gap, name in ((10 * MINUTE, "10min"), ("day", "day"), (None, None)):
        expected = [session for _, session in sessions_of(events, gap, timezone=NEW_YORK, min_count=2, min_length=2)]
        on_spark = log.sessions(name, min_count=2, min_length=2, half_life="1h")
        on_duckdb = log_of(events, timezone=NEW_YORK).sessions(name, min_count=2, min_length=2, half_life="1h")
        assert as_lists(on_spark) == as_lists(on_duckdb) == expected
        np.testing.assert_allclose(on_spark.weights, on_duckdb.weights, rtol=1e-6)
        assert on_spark.vocabulary == on_duckdb.vocabulary


def test_spark_reads_times_as_duckdb_does(spark):
    written = [f"2020-09-13 12:26:4{i}{part}" for i in range(3) for part in ("", ".000001", ".5", ".7", ".999999")]
    texts = polars.DataFrame({"user": "u", "item": [f"i{i}" for i in range(len(written))], "time": written})
    stamps = texts.with_columns(polars.col("time").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us"))
    expected = [
        1_600_000_000_000_000 + i * 1_000_000 + us for i in range(3) for us in (0, 1, 5 * 10**5, 7 * 10**5, 999_999)
    ]
    for name, table in (("texts", texts), ("stamps", stamps)):
        on_spark = spark.create_table(name, table.to_arrow(), overwrite=True)
        for log in (read_log(on_spark), read_log(table)):
            assert log.sessions(None).times.tolist() == expected


def test_spark_cleans_as_duckdb_does(spark):
    draw = random.Random(1)
    events = [(f"u{draw.randrange(9)}", f"i{draw.randrange(5)}", draw.randrange(10**6) * 1_000_000) for _ in range(400)]
    events += [("robot", f"i{i % 5}", 60_000_000 * i) for i in range(1, 60)] + events[:20]
    rules = {"max_per_minute": 30, "max_same_item": 8, "min_item_users": 2, "latest": 9 * 10**11}
    table = spark.create_table("clean", as_table(events).to_arrow(), overwrite=True)
    reports = [read_log(one, time_unit="us").clean(**rules).report for one in (table, as_table(events))]
    assert reports[0] == reports[1]
    assert {one.rule for one in reports[0].dropped if one.events} >= {"after", "duplicates", "regular"}


def test_a_pause_of_exactly_the_gap_is_no_end():
    events = [("u", "a", 0), ("u", "b", 10 * MINUTE), ("u", "c", 20 * MINUTE + 1)]
    assert [
        [item for item, _ in one]
        for one in as_lists(
            log_of(
                events,
            ).sessions("10min")
        )
    ] == [["a", "b"], ["c"]]


def test_an_event_may_begin_a_session():
    table = polars.DataFrame(
        {"user": ["u"] * 4, "item": list("abcd"), "time": [1, 2, 3, 4], "event": ["view", "search", "view", "search"]}
    )
    found = read_log(table, event="event", time_unit="s").sessions(None, start_event="search")
    assert [found.keys(i) for i in range(len(found))] == [["a"], ["b", "c"], ["d"]]


def test_details_tell_users_goals_and_rejections():
    rows = [
        ("v", "a", 0, "view"), ("v", "b", 1, "skip"), ("v", "c", 2, "buy"), ("v", "a", 3, "view"),
        ("u", "a", 0, "view"), ("u", "b", 9_000, "view"), ("u", "c", 9_001, "skip"),
    ]  # fmt: skip
    log = read_log(
        polars.DataFrame(rows, schema=["user", "item", "time", "event"], orient="row"), event="event", time_unit="s"
    )
    details = log.session_details("1h", goal="buy", rejected="skip")
    assert [details.sequences.keys(i) for i in range(3)] == [["a"], ["b"], ["a", "c", "a"]]
    assert details.users == ["u", "u", "v"]
    assert details.goals == [None, None, "c"]
    assert details.rejected == [[], ["c"], ["b"]]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("uv"), st.sampled_from("abc"), st.sampled_from(STEPS), st.sampled_from(KINDS)),
        min_size=1,
        max_size=25,
    ),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from([None, 1, 2]),
)
def test_details_are_those_of_a_loop(steps, min_count, min_length, max_length):
    events = [(*event, kind) for event, (*_, kind) in zip(moments([s[:3] for s in steps], 0), steps, strict=True)]
    table = polars.DataFrame(events, schema=["user", "item", "time", "event"], orient="row")
    log = read_log(table, event="event", time_unit="us")
    options = {"min_count": min_count, "min_length": min_length, "max_length": max_length}
    expected = details_of(events, 10 * MINUTE, **options)
    if not expected:
        with pytest.raises(BadInput, match="no session is left"):
            log.session_details("10min", goal="buy", rejected="skip", unknown_events="skip", **options)
        return
    found = log.session_details("10min", goal="buy", rejected="skip", unknown_events="skip", **options)
    keys = [found.sequences.keys(i) for i in range(len(found.sequences))]
    assert list(zip(found.users, keys, found.goals, found.rejected, strict=True)) == expected


def test_details_without_rejections_have_the_sequences_of_sessions():
    rows = [(f"u{i % 7}", f"i{i * i % 11}", i * i % 5_000, KINDS[i % 3]) for i in range(200)]
    log = read_log(
        polars.DataFrame(rows, schema=["user", "item", "time", "event"], orient="row"), event="event", time_unit="s"
    )
    options = {"min_length": 2, "max_length": 3, "min_count": 2, "half_life": "1h", "event_weights": {"buy": 3.0}}
    details, sequences = log.session_details("5min", **options).sequences, log.sessions("5min", **options)
    assert as_lists(details) == as_lists(sequences)
    assert details.weights.tolist() == sequences.weights.tolist()
    assert len(set(sequences.weights.tolist())) > 10


def test_weights_cool_and_kinds_count():
    rows = [("u", "a", 0, "view"), ("u", "b", 86_400, "buy"), ("u", "c", 172_800, "view")]
    log = read_log(
        polars.DataFrame(rows, schema=["user", "item", "time", "event"], orient="row"), event="event", time_unit="s"
    )
    assert log.sessions(None).weights.tolist() == [1, 1, 1]
    assert log.sessions(None, half_life="1d").weights.tolist() == pytest.approx([0.25, 0.5, 1])
    mixed = log.sessions(None, half_life=["1d", "2d"], event_weights={"buy": 4.0}).weights.tolist()
    assert mixed == pytest.approx([(0.25 + 0.5) / 2, 4 * (0.5 + 0.5**0.5) / 2, 1])
    by_kind = log.sessions(None, half_life={"view": "1d"}, now=172_800 * 1_000_000).weights.tolist()
    assert by_kind == pytest.approx([0.25, 1, 1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gap": "soon"}, "'soon' is no duration"),
        ({"min_length": 0}, "min_length is 0; expected a whole number of at least 1"),
        ({"max_length": 0}, "max_length is 0; expected a whole number of at least 1, or None"),
        ({"min_count": 9}, "no session is left; expected events"),
        ({"event_weights": {"buy": 2}}, "event_weights names the event 'buy', but the log has no events"),
        ({"half_life": []}, "half_life is empty"),
        ({"start_event": "search"}, "start_event names the event 'search', but the log has no events"),
        ({"gap": []}, r"gap is \[\]; expected a duration such as '10min' or seconds, or None"),
        ({"gap": True}, "gap is True; expected a duration"),
        ({"half_life": [None]}, "half_life is .None.; expected a duration"),
        ({"min_count": 2.5}, "min_count is 2.5; expected a whole number of at least 1"),
        ({"min_length": None}, "min_length is None; expected a whole number of at least 1"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(BadInput, match=message):
        log_of([("u", "a", 1), ("u", "b", 2)]).sessions(**options)


def test_users_are_told_of_a_log_without_events():
    log = log_of([("u", "a", 1), ("v", "b", 2), ("u", "b", 3), ("u", "c", 5 * HOUR)])
    details = log.session_details("1h", goal=None)
    assert details.users == ["u", "u", "v"]
    assert as_lists(details.sequences) == as_lists(log.sessions("1h"))
    assert [details.sequences.keys(i) for i in range(3)] == [["a", "b"], ["c"], ["b"]]
    assert (details.goals, details.rejected) == ([None] * 3, [[]] * 3)


def test_details_need_events():
    with pytest.raises(BadInput, match="goal names the event 'buy', but the log has no events"):
        log_of([("u", "a", 1)]).session_details()
