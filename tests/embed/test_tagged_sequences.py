"""Histories in which tags announce items."""

import pytest

from nearfield.embed import tagged_sequences
from nearfield.errors import BadInput
from nearfield.sequences import Sequences

HISTORIES = Sequences.from_lists([["a", "b", "c"], ["c"], []])


def test_tags_come_before_their_items():
    tagged = tagged_sequences(HISTORIES, {"a": ["red", "round"], "b": "red", "never seen": "blue"})
    assert [tagged.keys(i) for i in range(3)] == [["red", "round", "a", "red", "b", "c"], ["c"], []]


def test_a_tag_that_is_an_item_is_refused():
    with pytest.raises(BadInput, match="'c' is a tag and an item; begin tags with a word"):
        tagged_sequences(HISTORIES, {"a": ["red", "c"]})
