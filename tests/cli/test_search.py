import json

import pytest

from nearfield.search import TagSearch

CARRIED = {"king": ["ruler", "male"], "queen": ["ruler"], "man": ["male"], "woman": ["female"], "北京": ["city"]}


@pytest.fixture
def table(tmp_path):
    lines = [f"{item}\t{'|'.join(tags)}\tx" for item, tags in CARRIED.items()]
    (tmp_path / "tags.tsv").write_text("\n".join(["item\ttags\tother", *lines, "never seen\truler\tx", ""]))
    return tmp_path / "tags.tsv"


@pytest.mark.parametrize(
    ("options", "same"),
    [
        ([], {"expand": 3}),
        (["-k", 2, "--expand", 1], {"k": 2, "expand": 1}),
        (["--exact"], {"expand": 0}),
        (["--untagged"], {"untagged": True}),
        (["--minus", "male"], {"minus": ["male"]}),
    ],
)
def test_json_is_what_python_says(nearfield, saved, vectors, table, options, same):
    code, out, err = nearfield("search", saved, "ruler", "--tags", table, "--json", *options)
    assert code == 0, err
    rows = [(row["item"], row["cosine"], row["tags"]) for row in map(json.loads, out.splitlines())]
    expected = TagSearch(vectors, CARRIED).search("ruler", **same)
    assert rows == [(item, score, "|".join(CARRIED.get(item, []))) for item, score in expected]


def test_a_table_shows_the_tags(nearfield, saved, table):
    out = nearfield("search", saved, "female", "male", "--tags", table, "--exact").out.splitlines()
    assert out[0].split() == ["item", "cosine", "tags"]
    assert sorted(line.split()[0] for line in out[1:]) == ["king", "man", "woman"]


@pytest.mark.parametrize(
    ("tag", "change", "message"),
    [
        ("rulers", None, "nearfield: unknown key 'rulers'; nearest known keys: 'ruler'\n"),
        (
            "ruler",
            "item\ttags\nnobody\truler\n",
            "nearfield: none of 1 items has a vector and a tag; expected items by",
        ),
        ("ruler", "item\n", "tags.tsv: has the column 'item' only; expected items and a field beside them\n"),
        ("ruler", "item\ttags\n", "nearfield: none of 0 items has a vector and a tag; expected items by"),
    ],
)
def test_a_mistake_is_one_line(nearfield, saved, table, tag, change, message):
    if change:
        table.write_text(change)
    code, out, err = nearfield("search", saved, tag, "--tags", table)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
