"""Logs of every form, and what is said of those that cannot be read."""

from __future__ import annotations

import gzip
import subprocess
import sys

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
    assert len(log.clean(latest="2033-05-18")) == len(log.clean()) == 1


def test_a_file_whose_name_looks_like_a_glob_is_itself(tmp_path):
    (tmp_path / "log1.csv").write_text("user,item,time\nwrong,a,1\n")
    (tmp_path / "log[1].csv").write_text("user,item,time\nright,a,1\n")
    assert rows_of(read_log(tmp_path / "log[1].csv", time_unit="s")) == [("right", "a", 1_000_000)]


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
    with pytest.raises(BadInput, match=f'{name}:{line}: time "bad" is no time'):
        read_log(tmp_path / name, time_unit="s", **options)


@pytest.mark.parametrize("number", [float("inf"), 1e30, -1e13, 5.0, 86_400.0, 4_070_908_800.0, 5e13])
def test_a_number_that_is_no_plausible_time_is_refused(tmp_path, number):
    message = r"time is .*, which is no time from 1980 to 20\d\d in s, ms, µs, ns or as yyyymmdd.*; if it is meant, say"
    with pytest.raises(BadInput, match=f"^row 1: {message}"):
        read_log(polars.DataFrame({"user": ["u"], "item": ["i"], "time": [number]}))
    (tmp_path / "log.csv").write_text(f"user,item,time\nu,i,{number}\n")
    with pytest.raises(BadInput, match=rf"log\.csv:2: {message}"):
        read_log(tmp_path / "log.csv")


def test_columns_by_name_and_without_a_heading(dataset):
    log = read_log(dataset(taobao.nine_days), columns=taobao.COLUMNS, event="behaviour", group="category")
    assert len(log) == 10_000
    assert repr(log) == "Log(10,000 events, user, item, time, event, group, place)"


def test_events_of_one_moment_stay_in_the_order_of_the_file(tmp_path):
    items = [f"i{i}" for i in range(200)]
    (tmp_path / "log.csv").write_text("user,item,time\n" + "".join(f"u,{item},7\n" for item in reversed(items)))
    assert read_log(tmp_path / "log.csv", time_unit="s").sessions(None).keys(0) == items[::-1]


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "log.parquet"])
def test_rows_without_a_user_item_or_time_are_left_out_and_counted(tmp_path, name):
    rows = [
        ("u", "a", "1"),
        (None, "b", "2"),
        ("u", None, "3"),
        ("v", "d", None),
        ("", "", ""),
        ("w", "", "4"),
        ("w", "", "5"),
    ]
    table = polars.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    {"log.csv": table.write_csv, "log.jsonl": table.write_ndjson, "log.parquet": table.write_parquet}[name](
        tmp_path / name
    )
    for source in (tmp_path / name, table):
        log = read_log(source, time_unit="s")
        assert rows_of(log) == [("u", "a", 1_000_000)]
        dropped = [("no user", 2, 0), ("no item", 3, 2), ("no time", 1, 1)]
        assert [(one.rule, one.events, one.users) for one in log.report.dropped] == dropped
        assert str(log.report).endswith("kept 1 of 7 events, 1 of 3 users")
        cleaned = log.clean(min_user_events=1).report
        assert [(one.rule, one.events, one.users) for one in cleaned.dropped[:3]] == dropped
        assert (cleaned.events_before, cleaned.events_after, cleaned.users_before, cleaned.users_after) == (7, 1, 3, 1)
        assert sum(one.events for one in cleaned.dropped) == 6
    with pytest.raises(BadInput, match="cleaning leaves nothing of 2 events: most went to 'no time'"):
        read_log(polars.DataFrame({"user": ["u", "u"], "item": ["a", "b"], "time": ["", None]})).clean()


def test_groups_of_items():
    rows = [("u", "a", 1, "x"), ("v", "a", 2, "y"), ("v", "b", 3, None), ("v", "c", 4, "x")]
    table = polars.DataFrame(rows, schema=["user", "item", "time", "shop"], orient="row")
    log = read_log(table, group="shop", time_unit="s")
    assert log.groups() == {"a": "y", "c": "x"}
    with pytest.raises(BadInput, match="the log has no groups; name their column"):
        read_log(TABLE).groups()


def test_nothing_is_said_where_nothing_is_left_out():
    assert read_log(TABLE).report is None


def test_numbers_may_be_absent_but_not_be_none(tmp_path):
    (tmp_path / "log.csv").write_text("user,item,time,price,s\nu,a,1,2.5,\nu,b,2,,3\nu,c,3,1e3,0.5\n")
    table = read_log(tmp_path / "log.csv", value="price", dwell="s", time_unit="s").table.order_by("time").to_pyarrow()
    assert table.column("value").to_pylist() == [2.5, None, 1000]
    assert table.column("dwell").to_pylist() == [None, 3, 0.5]
    (tmp_path / "log.csv").write_text("user,item,time,price,s\nu,a,1,2.5,\nu,b,2,cheap,3\n")
    with pytest.raises(BadInput, match='log.csv:3: value "cheap" is no number; expected such as 2 or 0.5, or nothing'):
        read_log(tmp_path / "log.csv", value="price", time_unit="s")
    assert len(read_log(tmp_path / "log.csv", dwell="s", time_unit="s")) == 2
    with pytest.raises(BadInput, match='^row 1: dwell "2 s" is no number'):
        read_log(TABLE.with_columns(dwell=polars.lit("2 s")), dwell="dwell")
    with pytest.raises(BadInput, match=r"value is a column of timestamp.*; expected numbers"):
        read_log(TABLE.with_columns(value=polars.lit(0).cast(polars.Datetime)), value="value")


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".jsonl", ".parquet"])
def test_of_many_files_the_one_is_named(tmp_path, ending):
    folder = tmp_path / "log"
    for part, times in enumerate((["1", "2"], ["3", "bad", "4"], ["bad"])):
        path = folder / f"day={part}" / f"part{ending}"
        path.parent.mkdir(parents=True)
        table = polars.DataFrame({"user": "u", "item": "bad", "time": times})
        if ending == ".parquet":
            table.write_parquet(path)
        elif ending == ".jsonl":
            table.write_ndjson(path)
        else:
            path.write_bytes(
                gzip.compress(table.write_csv().encode()) if ending == ".csv.gz" else table.write_csv().encode()
            )
    place = {".parquet": ": row 2", ".jsonl": ":2"}.get(ending, ":3")
    with pytest.raises(BadInput, match=f'day=1/part{ending}{place}: time "bad" is no time'):
        read_log(folder, time_unit="s")


def test_folders_within_a_folder_are_read_and_what_stands_beside_is_not(tmp_path):
    parts = [
        "2020/09/b.csv",
        "2020/09/a.csv",
        "2019.csv",
        "_temporary/c.csv",
        ".d.csv",
        "2020/_SUCCESS",
        "2020/.e/f.csv",
    ]
    for i, name in enumerate(parts):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"user,item,time\nu,{i},7\n")
    assert read_log(tmp_path, time_unit="s").sessions(None).keys(0) == ["2", "1", "0"]


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        (
            "u,a,1\n",
            "user,item,time",
            "columns is 'user,item,time'; expected a list of strings, or None",
        ),
        ("u,a,1\n", ["user", "user", "time"], "columns names 'user' twice; expected a name of its own"),
        ("u,a,1\n", [], r"columns is \[\]; expected the name of each column"),
        ("u,a,1\n", ["user", "item", 3], r"columns is \['user', 'item', 3\]; expected a list of strings, or None"),
        ("u,a,1\n", ["user", "item"], "log.csv: has 3 columns, columns names 2; expected all"),
        ("u,a,1,x\n", ["user", "item", "time"], "log.csv: has 4 columns, columns names 3; expected all"),
        ("u,a,1\n", ["user", "item", "time", "event"], "log.csv: has 3 columns, columns names 4; expected all"),
        (
            "u,a,1\n",
            None,
            r"no column 'user'; there are: 'u', 'a', '1'; if the first line is no header row, name them: columns=",
        ),
        (
            "user,item,time\nu,a,1000000000\n",
            ["user", "item", "time"],
            'log.csv:1: time "time" is no time; .*; if this is the header row, leave columns out',
        ),
    ],
)
def test_columns_that_are_not_those_of_the_file(tmp_path, content, columns, message):
    (tmp_path / "log.csv").write_text(content)
    with pytest.raises(BadInput, match=message):
        read_log(tmp_path / "log.csv", columns=columns)


def test_columns_are_for_files_without_a_heading(tmp_path):
    TABLE.write_parquet(tmp_path / "log.parquet")
    with pytest.raises(BadInput, match="log.parquet: columns is given, but parquet names its own; leave it out"):
        read_log(tmp_path / "log.parquet", columns=["user", "item", "time"])
    with pytest.raises(BadInput, match="columns is given with a DataFrame, whose columns have names; leave it out"):
        read_log(TABLE, columns=["user", "item", "time"])


def test_no_pandas_on_the_way(tmp_path):
    """From a file to sequences, in a process of its own: what Ibis or Arrow would bring with it takes a second."""
    (tmp_path / "log.csv").write_text(
        "user,item,time,event\n" + "".join(f"u,i{i % 3},{i * i * 60},buy\n" for i in range(1, 9))
    )
    script = (
        "import sys, nearfield as nf\n"
        "log = nf.read_log('log.csv', event='event', timezone='Asia/Shanghai', time_unit='s').clean(min_item_users=1)\n"
        "assert len(log) == 8 and log.report\n"
        "log.sessions('day', half_life='1d', min_length=2)\n"
        "log.sessions(None, max_length=2)\n"
        "log.session_details()\n"
        "sys.exit('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            "user,item,time\nu,a,1\n",
            {"item": "sku"},
            "log.csv: there is no column 'sku'; there are: 'user', 'item', 'time'",
        ),
        (
            "user,item,time\nu,a,1\nu,b,yesterday\n",
            {"time_unit": "s"},
            'log.csv:3: time "yesterday" is no time; expected ISO 8601',
        ),
        ("user,item,time\nu,a,1\n", {"time_unit": "min"}, "time_unit is 'min'; expected one of s, ms, us, ns"),
        ("user,item,time\nu,a,1\n", {"timezone": "Moon"}, "timezone is 'Moon'; expected a name such as UTC"),
        ("user,item,time\nu,a,1\n", {"user": None}, "user is None; expected a string"),
        ("", {}, "log.csv: is empty; expected a log with a header row"),
    ],
)
def test_what_cannot_be_read(tmp_path, content, options, message):
    (tmp_path / "log.csv").write_text(content)
    with pytest.raises(BadInput, match=message):
        read_log(tmp_path / "log.csv", **options)


def test_what_is_no_log(tmp_path):
    with pytest.raises(BadInput, match="nowhere.csv: no such file"):
        read_log(tmp_path / "nowhere.csv")
    with pytest.raises(BadInput, match="the folder holds no file"):
        read_log(tmp_path)
    (tmp_path / "notes.md").write_text("no log")
    with pytest.raises(BadInput, match="holds no log; expected files that end in .csv"):
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
