"""Logs of every form, and what is said of those that cannot be read."""

from __future__ import annotations

import gzip

import ibis
import polars
import pyarrow
import pytest

from nearfield import read_log
from nearfield.datasets import taobao
from nearfield.errors import BadInput

ROWS = [("u1", "apple", 1_600_000_000), ("u2", "🛒\tpear", 1_600_000_060), ("u1", "line\nend", 1_600_000_120)]
TABLE = polars.DataFrame(ROWS, schema=["user", "item", "time"], orient="row")


def rows_of(log):
    return [
        tuple(row.values())
        for row in log.table.order_by("time").select("user", "item", "time").to_pyarrow().to_pylist()
    ]


EXPECTED = [(user, item, time * 1_000_000) for user, item, time in ROWS]


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "log.tsv", "log.parquet", "log.jsonl", "log.json.gz"])
def test_files(tmp_path, name):
    path = tmp_path / name
    content = {
        ".csv": TABLE.write_csv,
        ".tsv": lambda: TABLE.write_csv(separator="\t"),
        ".parquet": lambda: TABLE.write_parquet(path),
        ".json": TABLE.write_ndjson,
    }[".json" if ".json" in name else path.with_suffix("").suffix if name.endswith(".gz") else path.suffix]()
    if content is not None:
        data = content.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert rows_of(read_log(path)) == EXPECTED


def test_tables_of_other_libraries():
    for table in (TABLE, TABLE.to_arrow(), ibis.memtable(TABLE.to_arrow())):
        assert rows_of(read_log(table)) == EXPECTED
    pandas = pytest.importorskip("pandas")
    assert rows_of(read_log(pandas.DataFrame(ROWS, columns=["user", "item", "time"]))) == EXPECTED


def test_folders_globs_and_lists(tmp_path):
    for i, row in enumerate(ROWS):
        polars.DataFrame([row], schema=["user", "item", "time"], orient="row").write_csv(tmp_path / f"{i}.csv")
    (tmp_path / "notes.md").write_text("no log")
    for source in (tmp_path, str(tmp_path / "*.csv"), [tmp_path / f"{i}.csv" for i in range(3)]):
        assert rows_of(read_log(source)) == EXPECTED


@pytest.mark.parametrize(
    ("written", "options", "microseconds"),
    [
        ("1600000000", {}, 1_600_000_000_000_000),
        ("1600000000.25", {}, 1_600_000_000_250_000),
        ("1600000000123", {}, 1_600_000_000_123_000),
        ("1600000000123456", {}, 1_600_000_000_123_456),
        ("5", {"time_unit": "ms"}, 5_000),
        ("2020-09-13T12:26:40", {}, 1_600_000_000_000_000),
        ("2020-09-13 12:26:40.123456", {}, 1_600_000_000_123_456),
        ("2020-09-13 12:26:40.999999", {}, 1_600_000_000_999_999),  # whole seconds are not rounded up
        ("1969-12-31 23:59:59.7", {}, -300_000),
        ("2020-09-13T14:26:40+02:00", {}, 1_600_000_000_000_000),
        ("2020-09-13 12:26:40 UTC", {"timezone": "Asia/Shanghai"}, 1_600_000_000_000_000),
        ("2020-09-13T12:26:40Z", {"timezone": "Asia/Shanghai"}, 1_600_000_000_000_000),
        ("2020-09-13T20:26:40", {"timezone": "Asia/Shanghai"}, 1_600_000_000_000_000),
        ("2020-09-13", {}, 1_599_955_200_000_000),
    ],
)
def test_times(tmp_path, written, options, microseconds):
    (tmp_path / "log.csv").write_text(f"user,item,time\nu,i,{written}\n")
    (tmp_path / "log.jsonl").write_text(f'{{"user": "u", "item": "i", "time": "{written}"}}\n')
    for name in ("log.csv", "log.jsonl"):
        assert rows_of(read_log(tmp_path / name, **options)) == [("u", "i", microseconds)]


@pytest.mark.parametrize("fraction", [0, 1, 123_456, 499_999, 500_000, 500_001, 999_999])
def test_timestamps_of_tables(fraction):
    expected = [("u", "i", 1_600_000_000_000_000 + fraction)]
    moments = pyarrow.array([expected[0][2]], pyarrow.timestamp("us"))
    table = pyarrow.table({"user": ["u"], "item": ["i"], "time": moments})
    assert rows_of(read_log(table)) == expected
    nanoseconds = table.set_column(2, "time", moments.cast(pyarrow.timestamp("ns")))
    assert rows_of(read_log(nanoseconds)) == expected
    zoned = table.set_column(2, "time", moments.cast(pyarrow.timestamp("us", "UTC")))
    assert rows_of(read_log(zoned, timezone="Asia/Shanghai")) == expected


def test_a_clock_far_off_does_not_stop_the_others():
    table = pyarrow.table({"user": ["u"] * 2, "item": ["a", "b"], "time": [1_600_000_000_000_000, 9 * 10**17]})
    log = read_log(table, time_unit="us", timezone="America/New_York")
    assert len(log.sessions("day")) == 2
    assert len(log.clean(latest=2 * 10**15)) == 1


def test_a_file_whose_name_looks_like_a_glob_is_itself(tmp_path):
    (tmp_path / "log1.csv").write_text("user,item,time\nwrong,a,1\n")
    (tmp_path / "log[1].csv").write_text("user,item,time\nright,a,1\n")
    assert rows_of(read_log(tmp_path / "log[1].csv")) == [("right", "a", 1_000_000)]


@pytest.mark.parametrize(
    ("name", "content", "options", "line"),
    [
        ("log.csv", "u,a,1\nu,b,bad\n", {"columns": ["user", "item", "time"]}, 2),
        ("log.csv", "user,item,time\nu,bad,1\n\nu,b,bad\n", {}, 4),
        ("log.csv", 'user,item,time\nu,"a\nb",1\nu,b,bad\n', {}, 4),
        ("log.csv.gz", "user,item,time\nu,a,1\nu,b,bad\nu,c,worse\n", {}, 3),
        ("log.jsonl", '{"user":"u","item":"a","time":"1"}\n{"user":"u","item":"b","time":"bad"}\n', {}, 2),
    ],
)
def test_a_time_that_is_none_is_named_with_its_line(tmp_path, name, content, options, line):
    data = content.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    with pytest.raises(BadInput, match=f'{name}:{line}: time "bad" is no timestamp'):
        read_log(tmp_path / name, **options)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e30])
def test_a_number_that_is_no_time_is_refused(tmp_path, number):
    with pytest.raises(BadInput, match=r'^time ".*" is no timestamp'):
        read_log(polars.DataFrame({"user": ["u"], "item": ["i"], "time": [number]}))
    (tmp_path / "log.csv").write_text(f"user,item,time\nu,i,{number}\n")
    with pytest.raises(BadInput, match=r'log\.csv:2: time ".*" is no timestamp'):
        read_log(tmp_path / "log.csv")


def test_columns_by_name_and_without_a_heading(dataset):
    log = read_log(dataset(taobao.nine_days), columns=taobao.COLUMNS, event="behaviour", group="category")
    assert len(log) == 10_000
    assert repr(log) == "Log(10,000 events, user, item, event, group, time, place)"


def test_events_of_one_moment_stay_in_the_order_of_the_file(tmp_path):
    items = [f"i{i}" for i in range(200)]
    (tmp_path / "log.csv").write_text("user,item,time\n" + "".join(f"u,{item},7\n" for item in reversed(items)))
    assert read_log(tmp_path / "log.csv").sessions(None).keys(0) == items[::-1]


def test_rows_without_a_user_item_or_time_are_left_out(tmp_path):
    (tmp_path / "log.csv").write_text("user,item,time\nu,a,1\n,b,2\nu,,3\nu,d,\n")
    assert rows_of(read_log(tmp_path / "log.csv")) == [("u", "a", 1_000_000)]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("user,item,time\nu,a,1\n", {"item": "sku"}, "log.csv: there is no column 'sku'; there are: user, item, time"),
        (
            "user,item,time\nu,a,1\nu,b,yesterday\n",
            {},
            'log.csv:3: time "yesterday" is no timestamp; expected ISO 8601',
        ),
        ("user,item,time\nu,a,1\n", {"time_unit": "min"}, "time_unit is 'min'; expected one of s, ms, us"),
        ("user,item,time\nu,a,1\n", {"timezone": "Moon"}, "timezone is 'Moon'; expected a name such as UTC"),
        ("user,item,time\nu,a,1\n", {"user": None}, "user is None; expected the name of a column"),
        ("", {}, "log.csv: is empty; expected a log with a heading"),
    ],
)
def test_what_cannot_be_read(tmp_path, content, options, message):
    (tmp_path / "log.csv").write_text(content)
    with pytest.raises(BadInput, match=message):
        read_log(tmp_path / "log.csv", **options)


def test_what_is_no_log(tmp_path):
    with pytest.raises(BadInput, match="nowhere.csv: no such file; expected a log"):
        read_log(tmp_path / "nowhere.csv")
    with pytest.raises(BadInput, match="holds no log"):
        read_log(tmp_path)
    (tmp_path / "log.xls").write_bytes(b"\xd0\xcf")
    with pytest.raises(BadInput, match="ends in .xls; expected .csv"):
        read_log(tmp_path / "log.xls")
    (tmp_path / "log.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(BadInput, match="log.parquet: cannot be read as parquet"):
        read_log(tmp_path / "log.parquet")
    with pytest.raises(BadInput, match="the log is a int; expected a path"):
        read_log(7)
    with pytest.raises(BadInput, match="no session is left"):
        read_log(TABLE.clear()).sessions()
