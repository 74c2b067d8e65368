import bz2
import csv
import gzip
import io
import os
import threading

import polars
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from nearfield.cli.side import read_side
from nearfield.errors import BadInput

FILMS = {
    "genres": {"1": ["comedy", "drama"], "2": ["drama"], "4": ["film noir"]},
    "year": {"1": ["1995"], "2": ["1999"], "3": ["2001"]},
}
ROWS = ["1,comedy|drama,1995", "2,drama,1999", "3,,2001", "4,film noir,", "1,drama,1995"]
TEXT = "\n".join(["film,genres,year", *ROWS, ""])


@pytest.mark.parametrize("name", ["side.csv", "side.tsv", "side.csv.gz"])
def test_a_column_a_field(tmp_path, name):
    content = TEXT.replace(",", "\t") if ".tsv" in name else TEXT
    (tmp_path / name).write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
    assert read_side(tmp_path / name) == FILMS


@pytest.mark.parametrize("lists", [False, True])
def test_parquet_may_hold_lists_and_numbers(tmp_path, lists):
    genres = [["comedy", "drama"], ["drama"], None, ["film noir"], ["drama", None]]
    joined = [None if one is None else "|".join(filter(None, one)) for one in genres]
    years = [1995, 1999, 2001, None, 1995]
    table = {"film": [1, 2, 3, 4, 1], "genres": genres if lists else joined, "year": years}
    polars.DataFrame(table).write_parquet(tmp_path / "side.parquet")
    assert read_side(tmp_path / "side.parquet") == FILMS


values = st.lists(st.text("ab é,\"'\n", max_size=4), max_size=3)


@given(st.lists(st.tuples(st.text('xy,"\n', min_size=1, max_size=3), values), min_size=1, max_size=6))
def test_what_python_writes_is_read(tmp_path_factory, rows):
    text = io.StringIO()
    csv.writer(text).writerows([["item", "tags"], *([item, "|".join(tags)] for item, tags in rows)])
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_text(text.getvalue(), newline="")
    expected: dict[str, list[str]] = {}
    for item, tags in rows:
        for tag in filter(None, (tag.strip() for tag in tags)):
            if tag not in expected.setdefault(item, []):
                expected[item].append(tag)
    assert read_side(path) == {"tags": {item: tags for item, tags in expected.items() if tags}}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "none.csv: no such file"),
        ("side.json", b"{}", "side.json: ends in '.json'; expected one of .csv"),
        ("side", b"{}", "side: has the column '{}' only; expected items"),
        ("side.csv", b"item\n1\n", "has the column 'item' only; expected items and a field"),
        ("side.csv", b"", "side.csv: is empty; expected a header row"),
        ("side.csv", b"item,tags\n1,a\n,b\n", "side.csv:3: has no item; expected one in 'item'"),
        ("side.csv", b"item,tags\n\n1,a,b\n", "side.csv:3: has 3 cells; expected 2, as the header row has"),
        ("side.csv", b"item,tags,more\n1,a\n", "side.csv:2: has 2 cells; expected 3"),
        ("side.csv", b'item,tags\n1,"a\nb\n', "side.csv:2: unexpected end of data"),
        ("side.csv", b'item,tags\n1,"a"b\n', "side.csv:2: .*expected cells as RFC 4180"),
        ("side.csv", b"item,tags,tags\n1,a,b\n", "side.csv:1: names the column 'tags' twice"),
        ("side.csv", "item,tags\n1,a\n".encode("utf-16"), "side.csv: is UTF-16 by its first bytes"),
        ("side.csv", b"item,tags\n1,\xff\xfe\n", "side.csv: is not UTF-8 at byte 12; name its encoding"),
        ("side.csv.gz", b"item,tags\n1,a\n", "the name ends in .gz but the file is not compressed so"),
        ("side.parquet", b"PAR1", "side.parquet: cannot be read as Parquet: "),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=message) as raised:
        read_side(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["side.csv.bz2", "side.TSV.zst", "side", "side.tab"])
def test_compressed_and_with_other_separators(tmp_path, name):
    mark = "\t" if ".t" in name.lower() else ";"
    content = ("\ufeff" + TEXT.replace(",", mark).replace("\n", "\r\n")).encode()
    compress = {".bz2": bz2.compress, ".zst": zstandard.compress}.get((tmp_path / name).suffix, bytes)
    (tmp_path / name).write_bytes(compress(content))
    assert read_side(tmp_path / name) == FILMS


def test_another_encoding(tmp_path):
    (tmp_path / "side.csv").write_bytes("商品,标签\n1,红色|蓝色\n".encode("gb18030"))
    assert read_side(tmp_path / "side.csv", "gb18030") == {"标签": {"1": ["红色", "蓝色"]}}


@pytest.mark.parametrize("parquet", [False, True])
def test_a_pipe(tmp_path, parquet):
    if parquet:
        polars.DataFrame({"film": [1.0, 2.0, None], "tag": ["a", "b", None]})[:2].write_parquet(tmp_path / "plain")
    else:
        (tmp_path / "plain").write_text("film,tag\n1,a\n2,b\n")
    os.mkfifo(tmp_path / "pipe")
    thread = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes((tmp_path / "plain").read_bytes()))
    thread.start()
    assert read_side(tmp_path / "pipe") == {"tag": {"1": ["a"], "2": ["b"]}}
    thread.join()


def test_structs_are_refused(tmp_path):
    polars.DataFrame({"film": [1], "facts": [{"year": 1995}]}).write_parquet(tmp_path / "side.parquet")
    with pytest.raises(BadInput, match=r"column 'facts' is Struct.*; expected text, numbers, or lists of these"):
        read_side(tmp_path / "side.parquet")


def test_the_encoding_of_the_table_is_typed(tmp_path, nearfield):
    """It is not that of the log or of the edges."""
    log, edges, side = (tmp_path / name for name in ("log.csv", "edges.tsv", "side.csv"))
    rows = [f"u{u},i{(u * t + t) % 8},2024-01-{t + 1:02d}T00:00:00Z\n" for u in range(60) for t in range(9)]
    log.write_text("user,item,time\n" + "".join(rows))
    edges.write_text("".join(f"i{i}\ti{(i + 1) % 8}\n" for i in range(8)))
    side.write_bytes(("item,颜色\n" + "".join(f"i{i},{'红蓝'[i % 2]}色\n" for i in range(9))).encode("gb18030"))
    shared = ["--vector-size", 4, "--epochs", 1, "--quiet"]
    typed = ["--side", side, "--side-encoding", "gb18030"]
    fit = ["fit", "items", log, "--min-count", 1, *shared]
    known = tmp_path / "known"
    for command in (
        [*fit, "-o", known],
        ["update", known, log, "-o", tmp_path / "updated", "--epochs", 1, "--quiet"],
        ["fit", "nodes", edges, "--method", "eges", "-o", tmp_path / "nodes", *shared],
    ):
        assert nearfield(*command, *typed).code == 0, command
        refused = nearfield(*command, "--side", side)
        assert refused.code == 2
        assert "side.csv: is not UTF-8 at byte 5" in refused.err
    for command in (fit, ["update", known, log]):
        refused = nearfield(*command, "-o", tmp_path / "not", "--side-encoding", "gb18030")
        assert refused.code == 2
        assert "--side-encoding without --side, for which it is; give --side FILE" in refused.err
