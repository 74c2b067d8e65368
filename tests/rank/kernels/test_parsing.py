"""Rows of libsvm and libffm as Python's own split and float read them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.rank.kernels.parsing import NO_COLON, NO_INDEX, NO_NUMBER, TOO_LARGE, parse_rows


def parsed(text, with_fields=False):
    content = np.frombuffer(text.encode(), np.uint8)
    n_lines, n_entries = text.count("\n"), text.count(":")
    labels, indptr = np.zeros(n_lines, np.float32), np.zeros(n_lines + 1, np.int64)
    fields, features = np.zeros(n_entries, np.int32), np.zeros(n_entries, np.int32)
    values, bad, starts = np.zeros(n_entries, np.float32), np.zeros((n_lines, 3), np.int64), np.zeros(n_lines, np.int64)
    groups = np.zeros(n_lines, np.int64)
    n_rows, n_bad = parse_rows(content, with_fields, labels, groups, indptr, fields, features, values, bad, starts)
    assert all(start == 0 or content[start - 1] == 10 for start in starts[:n_rows])
    rows = []
    for row in range(n_rows):
        some = slice(indptr[row], indptr[row + 1])
        entries = zip(fields[some].tolist(), features[some].tolist(), values[some].tolist(), strict=True)
        rows.append((float(labels[row]), list(entries)))
    return rows, bad[:n_bad].tolist()


numbers = st.one_of(
    st.integers(-1000, 1000).map(str),
    st.floats(-9e17, 9e17, allow_nan=False).map(repr),
    st.floats(0, 1, width=32).map(lambda x: f"{x:.6f}"),
    st.sampled_from(["+1", "-1", ".5", "5.", "1e3", "1E-3", "0", "00012"]),
)
indices = st.integers(0, 2**31 - 1)
lines = st.tuples(numbers, st.lists(st.tuples(st.integers(0, 99), indices, numbers), max_size=6))


@given(st.lists(lines, max_size=8), st.booleans(), st.sampled_from([" ", "  ", "\t"]), st.sampled_from(["", " ", "\r"]))
def test_rows_are_read_as_python_reads_them(rows, with_fields, between, end):
    def entry(field, feature, value):
        return f"{field}:{feature}:{value}" if with_fields else f"{feature}:{value}"

    text = "".join(between.join([label, *(entry(*one) for one in entries)]) + end + "\n" for label, entries in rows)
    found, bad = parsed(text, with_fields)
    assert not bad
    assert len(found) == len(rows)
    for (label, entries), (wanted_label, wanted) in zip(found, rows, strict=True):
        assert label == pytest.approx(np.float32(float(wanted_label)), rel=1e-6)
        assert [one[:2] for one in entries] == [(field if with_fields else 0, feature) for field, feature, _ in wanted]
        for one, (_, _, value) in zip(entries, wanted, strict=True):
            assert one[2] == pytest.approx(np.float32(float(value)), rel=1e-6)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("", None),
        ("nan 1:1", NO_NUMBER),
        ("1 1:nan", NO_NUMBER),
        ("1 1:inf", NO_NUMBER),
        ("x 1:1", NO_NUMBER),
        ("1 1", NO_COLON),
        ("1 a:1", NO_INDEX),
        ("1 -2:1", NO_INDEX),
        ("1 1:", NO_NUMBER),
        ("1 1:1e", NO_NUMBER),
        ("1 1:1e99", TOO_LARGE),
        ("1 99999999999:1", TOO_LARGE),
        ("1 1:1x", NO_NUMBER),
        ("1,1:1", NO_NUMBER),
    ],
)
def test_a_bad_row_is_told_and_leaves_nothing_behind(line, wrong):
    text = f"1 3:4 5:6\n{line}\n-1 7:8\n"
    found, bad = parsed(text)
    assert found == [(1.0, [(0, 3, 4.0), (0, 5, 6.0)]), (-1.0, [(0, 7, 8.0)])]
    assert [(start, what) for start, what, _ in bad] == ([] if wrong is None else [(10, wrong)])
