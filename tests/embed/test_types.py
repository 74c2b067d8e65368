"""Histories of user and item types."""

import pytest

from nearfield.embed import typed_sequences
from nearfield.errors import BadInput
from nearfield.sequences import Sequences

HISTORIES = Sequences.from_lists([["a", "b", "c"], ["c"], []])
TYPES = {"a": "cheap", "b": "dear"}


def test_types_take_turns_and_items_without_one_go():
    typed = typed_sequences(HISTORIES, ["young", "old", "old"], TYPES)
    assert [typed.keys(i) for i in range(3)] == [["young", "cheap", "young", "dear"], [], []]


def test_what_does_not_fit_is_refused():
    with pytest.raises(BadInput, match="2 user types for 3 sequences"):
        typed_sequences(HISTORIES, ["young", "old"], TYPES)
    with pytest.raises(BadInput, match="'dear' is a type of users and of items"):
        typed_sequences(HISTORIES, ["young", "dear", "old"], TYPES)
