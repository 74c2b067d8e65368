"""The whole way, from a table of foreign columns to the rows of sessions, as the SQL of engines that are not here."""

from __future__ import annotations

import ibis
import pytest

from nearfield.logs.cells import NULLS
from nearfield.logs.checks import check_columns
from nearfield.logs.clean import marked, rules_for
from nearfield.logs.clock import Clock
from nearfield.logs.decay import by_event, cooling
from nearfield.logs.rules import Rules
from nearfield.logs.schema import FAULT, canonical
from nearfield.logs.sessions import counts_of, items_of, rows_of, with_borders
from nearfield.logs.times import any_reading

NAMES = {
    "user": "uid",
    "item": "sku",
    "time": "ts",
    "event": "kind",
    "value": "price",
    "dwell": "seconds",
    "group": "shop",
}
COLUMNS = {"uid": "int64", "sku": "string", "kind": "string", "price": "string", "seconds": "float64", "shop": "string"}
DIALECTS = ["bigquery", "snowflake", "trino", "clickhouse", "postgres", "duckdb"]


def source(kind):
    return ibis.table(COLUMNS | {"ts": kind}, name="events")


def canonical_of(table, unit):
    reading = any_reading(table.ts.type(), "UTC", NULLS, unit if table.ts.type().is_numeric() else None, None)
    table, columns = canonical(table, NAMES, reading, NULLS)
    return table.select(**columns)


def whole_way(table, gap):
    """What `read_log`, `clean` and `session_details` have an engine do, with nothing written down between."""
    check_columns(table, NAMES, None, None, "")
    log = canonical_of(table, None).drop(FAULT)
    users = log.group_by("user").aggregate(n=log.count())
    rules = Rules(earliest=1, latest=2 * 10**15)
    judged = marked(log, rules_for(rules, tuple(log.columns), Clock("", 0, 10**15)), users)
    left = judged.filter(judged.rule < 0).drop("rule")
    weight = by_event(left, {"buy": 5.0}) * cooling(left, {"buy": ["1d", "30d"]}, 0)
    sessions = with_borders(left.mutate(weight=weight), gap, "search", "UTC")
    return rows_of(sessions, items_of(counts_of(left, "skip"), 5), "buy", "skip")


@pytest.mark.parametrize("kind", ["int64", "float64", "string", "timestamp", "timestamp('UTC')", "date"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_whole_way_compiles(dialect, kind):
    table = source(kind)
    sql = str(ibis.to_sql(whole_way(table, "10min"), dialect=dialect))
    assert sql.upper().count("OVER (") >= 8  # copies, five rates, borders, items
    for part in ("600000000", "'purchase'", "3500", "'search'", "'skip'"):
        assert part in sql
    events = canonical_of(table, "s")
    looked_at = events.aggregate(fault=events[FAULT].max(), no_user=events.user.isnull().sum())
    assert str(ibis.to_sql(looked_at, dialect=dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_calendar_days_compile(dialect):
    assert "86400000000" in str(ibis.to_sql(whole_way(source("timestamp"), "day"), dialect=dialect))
