from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.formats.keys import SPACES, TABS_AND_LINE_ENDS, check_unique, writable

PATH = Path("v.txt")


@given(st.text())
def test_white_space_is_what_split_takes_for_it(key):
    """A key is written as it is, or refused, by whether Python's own reader would find it whole."""
    line = f"{key} 1"
    try:
        key.encode()
        holds = line.split() == [key, "1"]
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


def test_a_key_twice_is_named_with_both_places():
    check_unique(["a", "b"], PATH, "line", 2)
    with pytest.raises(BadInput, match="v.txt: key 'b' is on line 3 and again on line 5; remove one of them"):
        check_unique(["a", "b", "c", "b", "a"], PATH, "line", 2)
