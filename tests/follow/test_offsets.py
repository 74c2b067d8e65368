"""Offsets come back as they were, and damaged ones are refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.follow.looking import Seen
from nearfield.follow.offsets import FILE, Learnt, is_known, read_offsets, write_offsets

LEARNT = st.builds(Learnt, st.integers(1), st.text("0123456789abcdef", min_size=64, max_size=64), st.integers())


@given(st.dictionaries(st.text(), LEARNT, max_size=4), st.dictionaries(st.text(), st.text(), max_size=3))
def test_round_trip(tmp_path_factory, offsets, aside):
    folder = tmp_path_factory.mktemp("offsets")
    write_offsets(folder, offsets, aside, "rows")
    assert read_offsets(folder, "rows") == offsets
    assert json.loads((folder / FILE).read_text())["aside"] == aside


def test_known_is_what_is_as_it_was():
    offsets = {"a.csv": Learnt(5, "0" * 64, 7)}
    assert is_known(offsets, Seen("a.csv", 5, 7))
    for other in (Seen("a.csv", 6, 7), Seen("a.csv", 5, 8), Seen("b.csv", 5, 7)):
        assert not is_known(offsets, other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"files": []}',
        '{"files": {"a": {"size": 1}}, "unit": "events"}',
        '{"files": {}}',
        json.dumps({"files": {"a": {"size": "1", "sha256": "0" * 64, "mtime": 1}}, "unit": "events"}),
        json.dumps({"files": {"a": {"size": 0, "sha256": "0" * 64, "mtime": 1}}, "unit": "events"}),
        json.dumps({"files": {"a": {"size": 1, "sha256": 3, "mtime": 1}}, "unit": "events"}),
    ],
)
def test_damage(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(BadInput, match="offsets.json: is missing or damaged .*; roll back to another version"):
        read_offsets(tmp_path, "events")


def test_what_has_learnt_something_else(tmp_path):
    write_offsets(tmp_path, {}, {}, "words")
    with pytest.raises(BadInput, match="has learnt words; rows need a store of their own"):
        read_offsets(tmp_path, "rows")
