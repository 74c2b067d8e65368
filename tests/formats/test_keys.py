from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.formats.keys import SPACES, TABS_AND_LINE_ENDS, first_places, writable

PATH = Path("v.txt")


@given(st.text())
def test_white_space_is_what_other_programs_split_at(key):
    """A key is written as it is, or refused, by whether a reader that splits bytes at ASCII spaces finds it whole."""
    try:
        holds = f"{key} 1".encode().split() == [key.encode(), b"1"]
    except UnicodeEncodeError:
        holds = False
    try:
        assert writable([key], PATH, SPACES, None) == [key]
        assert holds
    except BadInput:
        assert not holds


def test_replaced():
    assert writable(["a b\tc", "d"], PATH, SPACES, "_") == ["a_b_c", "d"]
    assert writable(["a b\tc"], PATH, TABS_AND_LINE_ENDS, "") == ["a bc"]


@pytest.mark.parametrize(
    ("keys", "replace", "message"),
    [
        (["a b"], None, "v.txt: key 'a b' holds ' ', which would end it here; give replace_spaces='_'"),
        ([""], "_", "v.txt: key '' is empty"),
        ([" "], "", "v.txt: key ' ' is empty"),
        (["a b"], "\n", r"v.txt: key 'a b' holds '\\n'"),
        (["a b", "a_b"], "_", "v.txt: keys 'a b' and 'a_b' would both be written as 'a_b'"),
        (["\udfff"], None, "is no valid text"),
    ],
)
def test_keys_that_cannot_be_written(keys, replace, message):
    with pytest.raises(BadInput, match=message):
        writable(keys, PATH, SPACES, replace)


def test_where_each_key_comes_first():
    assert first_places(["a", "b", "c", "b", "a"]) == [0, 1, 2, 1, 0]
