"""The same events in every format are the same sequences, whatever their cells are stored as."""

from __future__ import annotations

import bz2
import datetime
import gzip
import json

import pandas
import polars
import pyarrow
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nearfield import read_log
from nearfield.errors import BadInput

COLUMNS = ["user", "item", "time", "event"]
BEGIN = 1_704_067_200
IDS = st.one_of(
    st.integers(0, 30).map(str),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=6),
    st.sampled_from(["a,b", 'a"b', '"', "a\nb", "a\r\nb", "a\tb", "苹果", "[1]", "{}", " x ", "1.0", "1e5", "#", "-"]),
)
EVENTS = st.lists(
    st.tuples(IDS, IDS, st.integers(0, 10**6).map(lambda step: BEGIN + step), st.sampled_from(["view", "buy"])),
    min_size=1,
    max_size=12,
)


def written(rows, folder):
    """The same rows as every kind of source."""
    table = polars.DataFrame(rows, schema=COLUMNS, orient="row")
    csv, lines = table.write_csv(), "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table.to_dicts())
    files = {
        "log.csv": csv.encode(),
        "log.tsv": table.write_csv(separator="\t").encode(),
        "semicolons.csv": table.write_csv(separator=";").encode(),
        "log.jsonl": lines.encode(),
        "list.json": json.dumps(table.to_dicts()).encode(),
        "log.csv.gz": gzip.compress(csv.encode()),
        "log.csv.zst": zstandard.compress(csv.encode()),
        "log.csv.bz2": bz2.compress(csv.encode()),
        "log.jsonl.gz": gzip.compress(lines.encode()),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
        yield name, folder / name, {}
    (folder / "16.csv").write_bytes(csv.encode("utf-16"))
    yield "UTF-16", folder / "16.csv", {"encoding": "utf-16"}
    table.write_parquet(folder / "log.parquet")
    yield "parquet", folder / "log.parquet", {}
    yield "polars", table, {}
    yield "arrow", table.to_arrow(), {}
    yield "pandas", pandas.DataFrame(rows, columns=COLUMNS), {}
    yield "dicts", table.to_dicts(), {}


def contents(sequences):
    vocabulary = sequences.vocabulary
    arrays = (sequences.tokens, sequences.offsets, sequences.times, sequences.weights, vocabulary.counts)
    return list(vocabulary.keys), [array.tolist() for array in arrays]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS)
def test_every_format_gives_the_same_sequences(tmp_path, rows):
    expected = None
    for name, source, options in written(rows, tmp_path):
        log = read_log(source, event="event", nulls=[""], **options)
        found = contents(log.sessions("1d", event_weights={rows[0][3]: 2.0}))
        expected = expected or found
        assert found == expected, name


def rows_of(log):
    rows = log.table.order_by("place").select("user", "item", "time").to_pyarrow().to_pylist()
    return [tuple(row.values()) for row in rows]


NOON = 1_704_456_000_000_000
IDS_BY_VALUE = [
    ([20, None], ["20"]),
    ([20.0, None], ["20"]),
    ([20.0, float("nan")], ["20"]),
    ([1.5, 2.0], ["1.5", "2"]),
    ([True, False], ["true", "false"]),
    ([datetime.date(2024, 1, 5), None], ["2024-01-05"]),
    (["a", "NULL"], ["a"]),
    (["a", "\\N"], ["a"]),
    (["a", "NaN"], ["a"]),
    (["a", "None"], ["a"]),
    (["20.0", "21"], ["20", "21"]),
    (["20.0", "x"], ["20.0", "x"]),
]


@pytest.mark.parametrize(("values", "expected"), IDS_BY_VALUE)
@pytest.mark.parametrize("role", ["user", "item"])
def test_ids_are_known_by_their_value(tmp_path, values, expected, role):
    other = "item" if role == "user" else "user"
    columns = {role: values, other: ["x", "y"], "time": ["2024-01-05T12:00", "2024-01-05T12:00"]}
    table = polars.DataFrame(columns)
    table.write_parquet(tmp_path / "log.parquet")
    table.write_csv(tmp_path / "log.csv")
    sources = [table, table.to_arrow(), pandas.DataFrame(columns), tmp_path / "log.parquet", columns]
    sources += [] if isinstance(values[0], datetime.date) else [table.to_dicts()]
    # as text 2.0 beside 1.5 may be a version
    sources += [] if values == [1.5, 2.0] else [tmp_path / "log.csv"]
    for source in sources:
        found = rows_of(read_log(source))
        assert [row[0 if role == "user" else 1] for row in found] == expected


def test_decimals_and_categories():
    decimals = polars.Series(["20.00", "1.50"]).cast(polars.Decimal(10, 2))
    kinds = polars.Series(["b", "a"], dtype=polars.Categorical)
    table = polars.DataFrame({"user": decimals, "item": kinds, "time": [NOON, NOON]})
    assert rows_of(read_log(table)) == [("20", "b", NOON), ("1.5", "a", NOON)]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([["a", "b"]], "item is a column of array<string> ('item'); expected one value a row: explode it first"),
        ([{"x": 1}], "item is a column of struct<x: int64> ('item'); expected one value a row: explode it first"),
        ([b"a"], "item is a column of binary ('item'); expected text, whole numbers or dates"),
        (
            [9_007_199_254_740_993.0],
            "row 1: item 9007199254740992.0 is a float that has lost digits; store ids as text",
        ),
        ([float("inf")], "row 1: item inf is a float that has lost digits"),
    ],
)
def test_what_is_no_id_is_refused(tmp_path, column, message):
    table = polars.DataFrame({"user": ["u"], "item": column, "time": [NOON]})
    table.write_parquet(tmp_path / "log.parquet")
    for source in (table, table.to_arrow(), tmp_path / "log.parquet"):
        with pytest.raises(BadInput) as error:
            read_log(source)
        assert message in str(error.value)


def test_lists_and_objects_in_json_lines_are_refused_with_their_line(tmp_path):
    path = tmp_path / "log.jsonl"
    for cell, shown in (('["a","b"]', '["a", "b"]'), ('{"x":1}', '{"x": 1}')):
        path.write_text(f'{{"user":"u","item":"[a]","time":{NOON}}}\n\n{{"user":"u","item":{cell},"time":{NOON}}}\n')
        with pytest.raises(BadInput) as error:
            read_log(path)
        assert f"log.jsonl:3: item is {shown}; expected one value" in str(error.value)
    path.write_text(f'{{"user":20.0,"item":"[a]","time":{NOON}}}\n{{"user":"x","item":true,"time":{NOON}}}\n')
    assert rows_of(read_log(path)) == [("20", "[a]", NOON), ("x", "true", NOON)]


def test_parts_of_parquet_with_ids_of_other_types(tmp_path):
    for name, user in (("a", 1), ("b", "x"), ("c", 2)):
        polars.DataFrame({"user": [user], "item": ["i"], "time": [NOON]}).write_parquet(tmp_path / f"{name}.parquet")
    assert [user for user, *_ in rows_of(read_log(tmp_path))] == ["1", "x", "2"]
    polars.DataFrame({"user": ["u"], "item": ["i"], "time": ["2024-01-01"]}).write_parquet(tmp_path / "d.parquet")
    with pytest.raises(
        BadInput, match=r"d.parquet: time is a column of large_string, in .* of int64; expected one kind"
    ):
        read_log(tmp_path)
    polars.DataFrame({"user": ["u"], "time": [NOON]}).write_parquet(tmp_path / "d.parquet")
    with pytest.raises(BadInput, match="d.parquet: there is no column 'item'; there are: 'user', 'time'"):
        read_log(tmp_path)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([], "the log is an empty list; expected paths, or one dict for each event"),
        (None, "the log is a NoneType; expected a path"),
        (7, "the log is a int; expected a path"),
        ([7], "the log is a list with a int; expected paths, or one dict"),
        (polars.DataFrame(), "there is no column 'user'; there are: none"),
        (pandas.DataFrame(), "there is no column 'user'; there are: none"),
        (pyarrow.table({}), "there is no column 'user'; there are: none"),
        ([{}], "there is no column 'user'; there are: none"),
        (
            [{"user": "u", "item": 1, "time": 1}, {"user": "u", "item": "a", "time": 1}],
            "item holds values of int and str; expected one type",
        ),
        (
            polars.DataFrame({"user": ["u"], "item": ["i"], "time": [-1e13]}),
            "row 1: time is -10000000000000, which is no",
        ),
        (polars.DataFrame({"user": ["u"], "item": ["i"], "time": [True]}), "time is a column of boolean; expected"),
        (polars.DataFrame({"user": ["u"], "item": ["i"], "time": [[1]]}), "time is a column of array<int64>; expected"),
    ],
)
def test_what_is_no_log_is_one_line(source, message):
    with pytest.raises(BadInput) as error:
        read_log(source)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_times_are_left_out_and_logs_of_nothing_are_read():
    table = polars.DataFrame({"user": ["u", "v"], "item": ["i", "j"], "time": [NOON / 1e6, float("nan")]})
    log = read_log(table)
    assert rows_of(log) == [("u", "i", NOON)]
    assert [(drop.rule, drop.events) for drop in log.report.dropped] == [("no user", 0), ("no item", 0), ("no time", 1)]
    for empty in (
        table.clear(),
        pandas.DataFrame(columns=["user", "item", "time"]),
        {"user": [], "item": [], "time": []},
    ):
        assert len(read_log(empty)) == 0
        assert str(read_log(empty).clock) == "times: none"
    assert len(read_log({"user": ["u"], "item": ["i"], "time": [None]})) == 0
