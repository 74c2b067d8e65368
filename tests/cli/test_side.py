import csv
import gzip
import io

import polars
import pytest
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
        ("none.csv", None, "none.csv: no such file; expected a table of items"),
        ("side.json", b"{}", "its name ends in '.json'; expected .csv"),
        ("side", b"{}", "its name ends in ''; expected .csv"),
        ("side.csv", b"item\n1\n", "has the column 'item' only; expected items and a field"),
        ("side.csv", b"", "side.csv: cannot be read: "),
        ("side.csv", b"item,tags\n1,a\n,b\n", "row 2 below the heading has no item; expected one in 'item'"),
        ("side.csv", b"item,tags\n1,a,b\n", "side.csv: cannot be read: "),
        ("side.csv", b"item,tags\n1,\xff\xfe\n", "side.csv: cannot be read: "),
        ("side.csv.gz", b"item,tags\n1,a\n", None),
        ("side.parquet", b"PAR1", "side.parquet: cannot be read: "),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    if message is None:  # the ending says packed, the bytes say plain
        assert read_side(path) == {"tags": {"1": ["a"]}}
        return
    with pytest.raises(BadInput, match=message) as raised:
        read_side(path)
    assert "\n" not in str(raised.value)
