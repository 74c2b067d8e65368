import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nearfield.errors import BadInput
from nearfield.formats.options import BadVectors
from nearfield.formats.rows import parse_rows, write_rows
from nearfield.tables import Table

PATH = Path("v.txt")
spellings = st.one_of(
    st.from_regex(
        r"[+-]?(\d{1,12}\.?\d{0,12}|\.\d{1,12})([eE][+-]?\d{1,2})?", fullmatch=True, alphabet="0123456789+-.eE"
    ),
    st.text("0123456789+-.eEinfaxd_, ", max_size=6),
)


@given(st.lists(st.lists(spellings, min_size=2, max_size=2), min_size=1, max_size=3))
@example([["1.", ".5"], ["+1", "1e5"]])
@example([["1,5", "0x1"]])
@example([["nan", "1"]])
@example([["1d5", "1"]])
@example([["1_0", "1"]])
@example([["1e-50", "-0"]])
def test_numbers_are_read_as_python_reads_them(rows):
    """Polars is there for speed only: what it reads, and what it refuses, is what float() says, but for `1_0`."""
    lines = ["\t".join(row).encode() for row in rows]
    try:
        expected = np.array([[float(value.replace("_", "x")) for value in row] for row in rows])
    except ValueError:
        expected = np.array([[np.nan]])
    if np.isfinite(expected).all() and (np.abs(expected) <= np.finfo(np.float32).max).all():
        parsed, kept = parse_rows(PATH, lines, range(1, len(lines) + 1), 2, b"\t", BadVectors())
        np.testing.assert_array_equal(parsed, expected.astype(np.float32))
        assert list(kept) == list(range(len(lines)))
    else:
        with pytest.raises(BadInput, match=r"v.txt:\d: '.*' is no number that float32 can hold"):
            parse_rows(PATH, lines, range(1, len(lines) + 1), 2, b"\t", BadVectors())


@given(hnp.arrays(np.float32, (3, 2), elements=st.floats(allow_nan=False, allow_infinity=False, width=32)))
def test_as_many_digits_as_float32_needs(rows):
    file = io.BytesIO()
    write_rows(file, Table(rows), ["a", '"', "#"], " ")
    lines = file.getvalue().decode().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["a", '"', "#"]
    back = np.array([[np.float32(value) for value in line.split(" ")[1:]] for line in lines])
    np.testing.assert_array_equal(back.view(np.uint32), rows.view(np.uint32))
    assert (
        max(map(len, " ".join(lines).split(" "))) <= 42
    )  # 39 digits, the longest that float32 has without an exponent
