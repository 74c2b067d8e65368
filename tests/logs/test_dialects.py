"""How delimited text is written is declared: no row decides how the others are read, and one at fault is named."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import random

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nearfield import read_log
from nearfield.errors import BadInput

HEAD = "user,item,time\n"
LATE = HEAD + "".join(f"u{i % 7},i{i % 5},{1_704_067_200 + i}\n" for i in range(30_000))
T = 1_704_067_200


def rows_of(log):
    rows = log.table.order_by("place").select("user", "item", "time").to_pyarrow().to_pylist()
    return [tuple(row.values()) for row in rows]


def read(folder, content, name="log.csv", **options):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return rows_of(read_log(folder / name, **options))


def test_a_quoted_cell_is_read_wherever_it_comes_first(tmp_path):
    for cell, value in (('"b"', "b"), ('"b, c"', "b, c"), ('"b\nc"', "b\nc"), ('"b ""c"""', 'b "c"')):
        assert read(tmp_path, f"{LATE}u1,{cell},{T}\n")[-1] == ("u1", value, T * 1_000_000)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f"{LATE}u1,b\n", ":30002: has 2 cells, the header row has 3; expected as many (a cell that holds a comma"),
        (f"{HEAD}u,a,{T}\nu,b,{T},x\n", ":3: has 4 cells, the header row has 3"),
        (f'{HEAD}u,"a\nb",{T}\nu,b\n', ":4: has 2 cells"),
        (f"{HEAD}\n\nu,a,{T}\n\nu,b\n", ":6: has 2 cells"),
        (f'{LATE}u1,"b,{T}\nu2,c,{T}\n', ":30002: a quoted cell begins here and never ends"),
        (f'{HEAD}u,"b"c,{T}\n', ":2: a quoted cell goes on behind its closing quote"),
        (
            (HEAD + f"u,苹果,{T}\n").encode("gb18030"),
            ":2: is not UTF-8 at byte 19; name its encoding, such as encoding=",
        ),
        ("用户,item,time\nu,a,1\n".encode("gb18030"), ":1: is not UTF-8 at byte 0; name its encoding"),
        ((HEAD + f"u,a,{T}\n").encode("utf-16"), ": is UTF-16 by its first bytes; name its encoding"),
        (f"user,user,item,time\nu,v,a,{T}\n", ": the header row names 'user' twice"),
        (
            f"user, item, time\nu, a, {T}\n",
            "there is no column 'item'; there are: 'user', ' item', ' time'; name the space",
        ),
        ("\n\n", ": is empty; expected a log with a header row"),
    ],
)
def test_what_is_at_fault_is_named_by_file_and_line(tmp_path, content, message):
    with pytest.raises(BadInput) as error:
        read(tmp_path, content)
    assert f"log.csv{message}" in str(error.value) or message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_header_row_that_is_split_by_another_separator(tmp_path):
    with pytest.raises(BadInput, match=r"log.tsv: there is no column 'user'; .*\(split by tab\); name the separator"):
        read(tmp_path, f"{HEAD}u,a,{T}\n", "log.tsv")
    assert read(tmp_path, f"{HEAD}u,a,{T}\n", "log.tsv", separator=",") == [("u", "a", T * 1_000_000)]


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_the_separator_is_told_by_the_header_row(tmp_path, separator):
    other = "," if separator != "," else ";"
    content = f"{separator.join(['user', 'item', 'time'])}\nu{separator}a{other}b{separator}{T}\n"
    assert read(tmp_path, content) == [("u", f"a{other}b", T * 1_000_000)]


@pytest.mark.parametrize(
    ("content", "options", "item"),
    [
        (f"u::a,b::{T}\n", {"separator": "::", "columns": ["user", "item", "time"]}, "a,b"),
        (f"user\titem\ttime\nu\ta\t{T}\n", {"separator": "\\t"}, "a"),
        (f"user, item, time\nu, a, {T}\n", {"separator": ", "}, "a"),
        (f'{HEAD}u,"a,{T}\n', {"quote": ""}, '"a'),
        (f'{HEAD}u,"a,{T}\n', {"quote": None}, '"a'),
        (f"{HEAD}u,'a, b',{T}\n", {"quote": "'"}, "a, b"),
        (f'{HEAD}u,"a\\"b",{T}\n', {"escape": "\\"}, 'a"b'),
        ((HEAD + f"u,苹果,{T}\n").encode("gb18030"), {"encoding": "gb18030"}, "苹果"),
        ((HEAD + f"u,苹果,{T}\n").encode("utf-16"), {"encoding": "utf-16"}, "苹果"),
        ((HEAD + f"u,é,{T}\n").encode("latin-1"), {"encoding": "latin-1"}, "é"),
        (b"\xef\xbb\xbf" + f"{HEAD}u,a,{T}\n".encode(), {}, "a"),
        (f"user,item,time\nu,a,{T}\r\n", {}, "a"),
        (f"user,item,time\ru,a,{T}\r", {}, "a"),
        (f"\n\n{HEAD}u,a,{T}", {}, "a"),
        (f"{HEAD}u,-,{T}\nu,a,{T}\n", {"nulls": ["-"]}, "a"),
        (f"{HEAD}u,NULL,{T}\n", {"nulls": []}, "NULL"),
        (f"{HEAD}u,a,01/01/2024 00:00\n", {"time_format": "%d/%m/%Y %H:%M"}, "a"),
    ],
)
def test_options(tmp_path, content, options, item):
    assert read(tmp_path, content, **options) == [("u", item, T * 1_000_000)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"separator": ""}, "separator is ''; expected 1 to 4 bytes"),
        ({"separator": "\n"}, "separator is"),
        ({"separator": 7}, "separator is 7; expected"),
        ({"separator": '"'}, "separator and quote or escape are all"),
        ({"quote": "ab"}, "quote is 'ab'; expected one ASCII character"),
        ({"escape": ""}, "escape is ''; expected one ASCII character"),
        ({"encoding": "klingon"}, "encoding is 'klingon'; expected one that Python knows"),
        ({"nulls": "NULL"}, "nulls is 'NULL'; expected a list of strings, or None"),
        ({"time_format": "yyyy"}, "time_format is 'yyyy'; expected one for strptime"),
        ({"time_format": "%Y", "time_unit": "s"}, "time_unit and time_format are both given"),
    ],
)
def test_options_that_cannot_be(tmp_path, options, message):
    with pytest.raises(BadInput) as error:
        read(tmp_path, f"{HEAD}u,a,{T}\n", **options)
    assert message in str(error.value)


def test_options_of_delimited_text_are_for_delimited_text(tmp_path):
    content = f'{{"user":"u","item":"a","time":{T}}}\n'
    with pytest.raises(BadInput, match="log.jsonl: separator, quote or escape are given, but json names its own"):
        read(tmp_path, content, "log.jsonl", separator=",")
    assert read(tmp_path, content.encode("utf-16"), "log.jsonl", encoding="utf-16") == [("u", "a", T * 1_000_000)]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), st.sampled_from([",", "\t", ";", "|"]))
def test_what_pythons_writer_writes_is_read(tmp_path, cells, separator):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerow(["user", "item", "time"])
    writer.writerows([user, item, T + i] for i, (user, item) in enumerate(cells))
    expected = [(user, item, (T + i) * 1_000_000) for i, (user, item) in enumerate(cells) if user and item]
    assert read(tmp_path, text.getvalue(), nulls=[]) == expected


@pytest.mark.parametrize("ending", [".gz", ".zst", ".bz2"])
@pytest.mark.parametrize("name", ["log.csv", "log.jsonl"])
def test_compressed_logs_that_are_cut_short_are_refused_wherever_they_are_cut(tmp_path, name, ending):
    compress = {".gz": gzip.compress, ".zst": zstandard.compress, ".bz2": bz2.compress}[ending]
    lines = [f'{{"user":"u{i % 7}","item":"i{i % 5}","time":{T + i}}}\n' for i in range(3_000)]
    data = compress(("".join(lines) if name == "log.jsonl" else LATE).encode())
    draw = random.Random(0)
    for cut in [len(data) - 1, len(data) - 8, *(draw.randrange(20, len(data)) for _ in range(6))]:
        with pytest.raises(
            BadInput, match=rf"{name}{ending}: is cut short|{name}{ending}: the {ending} data are damaged"
        ):
            read(tmp_path, data[:cut], name + ending)
    assert len(read(tmp_path, data, name + ending)) == (3_000 if name == "log.jsonl" else 30_000)


def test_files_of_a_folder_have_their_columns_in_any_order(tmp_path):
    (tmp_path / "a.csv").write_text(f"user,item,time\nu,a,{T}\n")
    (tmp_path / "b.csv").write_text(f"time;x;item;user\n{T};0;b;v\n")
    assert rows_of(read_log(tmp_path)) == [("u", "a", T * 1_000_000), ("v", "b", T * 1_000_000)]
    (tmp_path / "c.csv").write_text(f"time,item\n{T},b\n")
    with pytest.raises(BadInput, match="c.csv: there is no column 'user'; there are: 'time', 'item'"):
        read_log(tmp_path)
