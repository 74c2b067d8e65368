"""Columns of times: engines read what Python's parser reads, and refuse what it refuses."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone

import ibis
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield import read_log
from nearfield.errors import BadInput
from nearfield.logs.cells import NULLS
from nearfield.logs.times import TimeReading, with_moments
from nearfield.moments import EPOCH, forms, moment, parse_text

NOON = 1_704_456_000_000_000
SPELLINGS = [
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dt%H:%M:%Sz", "%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M",
    "%Y/%m/%d %H:%M:%S", "%Y.%m.%d", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%Y年%m月%d日%H时%M分%S秒", "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S GMT", "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S UTC+8", "%Y-%m-%d %H:%M:%S+0800",
    "%Y-%m-%dT%H:%M:%S-05:30", "%Y-%m-%d %H:%M:%S Asia/Tokyo", "%Y-%m-%d %H:%M:%S America/New_York",
    "%Y-%m-%dT%H:%M:%S.250", "%Y-%m-%d %H:%M:%S.1234567", "%Y-%m-%d %H:%M:%S,5Z",
]  # fmt: skip
MOMENTS = st.datetimes(datetime(1981, 1, 1), datetime(2027, 12, 31))


def read(values, **options):
    rows = [("u", f"i{i}", value) for i, value in enumerate(values)]
    log = read_log(polars.DataFrame(rows, schema=["user", "item", "time"], orient="row", strict=False), **options)
    return log, log.table.order_by("place").time.to_pyarrow().to_pylist()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(MOMENTS, st.sampled_from(SPELLINGS)), min_size=1, max_size=12),
    st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]),
)
def test_texts_are_read_as_pythons_parser_reads_them(written, zone):
    texts = [when.strftime(spelling) for when, spelling in written]
    assert read(texts, timezone=zone)[1] == [parse_text(text, zone) for text in texts]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=12))
def test_what_python_writes_is_read_as_python_reads_it(moments):
    offset = timezone(timedelta(hours=8))
    for zone in (None, UTC, offset):
        texts = [when.replace(tzinfo=zone).isoformat() for when in moments]
        aware = [when.replace(tzinfo=zone or UTC) for when in moments]
        assert read(texts)[1] == [(when - EPOCH) // timedelta(microseconds=1) for when in aware]


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.name)
@pytest.mark.parametrize("kind", [polars.Int64, polars.String])
def test_numbers_are_read_in_the_form_in_which_they_are_plausible(form, kind):
    draw = random.Random(form.name)
    if form.is_date:
        days = [datetime(1980, 1, 1) + timedelta(minutes=draw.randrange(40 * 365 * 1440)) for _ in range(50)]
        layout = {"yyyymmdd": "%Y%m%d", "yyyymmddHHMM": "%Y%m%d%H%M", "yyyymmddHHMMSS": "%Y%m%d%H%M%S"}[form.name]
        numbers = [int(day.strftime(layout)) for day in days]
    else:
        numbers = [draw.randrange(form.low, form.high) for _ in range(50)] + [form.low, form.high]
    for zone in ("UTC", "Asia/Shanghai"):
        values = polars.Series(numbers).cast(kind).to_list()
        log, found = read(values, timezone=zone)
        assert found == [moment(number, "time", zone=zone) for number in numbers]
        assert str(form) in str(log.clock)


def test_the_unit_and_the_range_are_told():
    log, _ = read([1_704_456_000, 1_704_456_061])
    clock = "times: numbers read as seconds since 1970, from 2024-01-05 12:00:00 to 2024-01-05 12:01:01 UTC"
    assert str(log.clock) == clock
    assert (log.clock.earliest, log.clock.latest) == (NOON, NOON + 61_000_000)
    mixed = read(
        ["1704456000", "1704456000000", "2024-01-05 12:00", "2024年1月5日 12:00 GMT"], timezone="Asia/Shanghai"
    )[0]
    for part in ("seconds since 1970", "milliseconds since 1970", "by the clock of Asia/Shanghai", "text with a zone"):
        assert part in str(mixed.clock)


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (
            [1_704_456_000, 20240105],
            {},
            "row 2: time 20240105 (numbers read as yyyymmdd) stands beside numbers read as sec",
        ),
        ([20240105, 20241301], {}, "row 2: time 20241301 is no date, yyyymmdd"),
        ([1_704_456_000, 4_070_908_800], {}, "row 2: time is 4070908800, which is no time from 1980 to"),
        ([45_000.5], {}, "row 1: time is 45000.5, which is no time from 1980 to"),
        (["2024-01-05 12:00 CST"], {}, "row 1: time zone 'CST' is not known; expected Z, UTC, GMT, an offset"),
        (["2024-01-05 12:00 PM"], {}, 'row 1: time "2024-01-05 12:00 PM" has PM; say how times are written'),
        (["2024-02-30"], {}, 'row 1: time "2024-02-30" is no time (day is out of range for month)'),
        (["2024年2月30日"], {}, 'row 1: time "2024年2月30日" is no time (day is out of range for month)'),
        (["12024-01-05"], {}, 'row 1: time "12024-01-05" is no time'),
        (["01/05/2024"], {}, 'row 1: time "01/05/2024" is no time'),
        ([1e13], {"time_unit": "s"}, "row 1: time 10000000000000.0 is beyond all calendars in seconds since 1970"),
        (["5 May"], {"time_format": "%d/%m/%Y"}, 'row 1: time "5 May" is not written as %d/%m/%Y'),
        (["1"], {"time_format": "%Q"}, "Failed to parse format specifier %Q"),
        ([datetime(2024, 1, 5)], {"time_unit": "s"}, "time_unit is given, but time is a column of timestamp"),
        ([datetime(2024, 1, 5)], {"time_format": "%Y"}, "time_format is given, but time is a column of timestamp"),
    ],
)
def test_what_is_no_time_is_named(values, options, message):
    with pytest.raises(BadInput) as error:
        read(values, **options)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_told_units_and_formats():
    assert read([5, 6], time_unit="s")[1] == [5_000_000, 6_000_000]
    assert read([-1e12], time_unit="s")[0].sessions("day").n_tokens == 1
    assert read([5_999], time_unit="ns")[1] == [5]
    assert read(["11/12/2019 2:14:46 PM"], time_format="%m/%d/%Y %I:%M:%S %p")[1] == [1_573_568_086_000_000]
    shanghai = {"time_format": "%d/%m/%Y %H:%M", "timezone": "Asia/Shanghai"}
    assert read(["05/01/2024 20:00"], **shanghai)[1] == [NOON]
    assert read(["05/01/2024 20:00 +0800"], time_format="%d/%m/%Y %H:%M %z", timezone="UTC")[1] == [NOON]
    assert read([2024, 2025], time_format="%Y")[1] == [parse_text("2024-01-01"), parse_text("2025-01-01")]


def test_a_session_of_the_engine_in_another_zone_changes_nothing():
    engine = ibis.duckdb.connect()
    engine.raw_sql("SET TimeZone = 'Asia/Shanghai'")
    texts = ["2024-01-05 12:00:00", "2024-01-05T12:00:00Z", "2024-01-05 20:00:00+08:00", "2024-01-05 12:00:00 GMT"]
    rows = polars.DataFrame({"user": "u", "item": "i", "time": texts}).to_arrow()
    log = read_log(engine.create_table("events", rows))
    assert set(log.table.time.to_pyarrow().to_pylist()) == {NOON}
    stamps = polars.DataFrame({"user": "u", "item": "i", "time": [datetime(2024, 1, 5, 12, tzinfo=UTC)]}).to_arrow()
    assert read_log(engine.create_table("stamps", stamps)).table.time.to_pyarrow().to_pylist() == [NOON]


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "trino", "clickhouse", "postgres", "duckdb"])
def test_every_form_compiles(dialect):
    table = ibis.table({"time": "string"}, name="events")
    reading = TimeReading("UTC", NULLS, forms=tuple(forms()), zones=("", "Z", "+0800"), is_text=True)
    assert str(ibis.to_sql(with_moments(table, "time", reading), dialect=dialect))


def test_spark_reads_other_spellings_as_duckdb_does(spark):
    texts = [datetime(2024, 1, 5, 12, 34, 56).strftime(spelling) for spelling in SPELLINGS]
    texts += ["1704456000", "1704456000123", "2024.1.5 3:04"]
    table = polars.DataFrame({"user": "u", "item": [f"i{i:02}" for i in range(len(texts))], "time": texts})
    on_spark = read_log(spark.create_table("spellings", table.to_arrow(), overwrite=True))
    found = on_spark.table.order_by("item").select("time").to_pyarrow().to_pylist()
    assert [row["time"] for row in found] == read(texts)[1]
