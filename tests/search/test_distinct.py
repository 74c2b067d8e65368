"""Groups of equal rows beside a loop over pairs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nearfield.search import distinct
from nearfield.search.distinct import equal_rows, groups_of


@given(
    arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(1, 3)), elements=st.sampled_from([0, -0.0, 1, 2.5]))
)
def test_equal_rows_stand_together(rows):
    groups = equal_rows(lambda ids: rows[ids], len(rows))
    first_equal = [next(j for j in range(len(rows)) if (rows[j] == row).all()) for row in rows]
    numbers = groups.numbers()
    assert [groups.firsts[number] for number in numbers] == first_equal
    assert (np.diff(groups.firsts) > 0).all()
    for group in range(len(groups)):
        assert groups.rows(np.array([group])).tolist() == np.flatnonzero(numbers == group).tolist()
    order = np.arange(len(groups))[::-1]
    assert groups.rows(order).tolist() == [i for group in order for i in np.flatnonzero(numbers == group)]
    for one, other in zip(groups, groups_of(numbers), strict=True):
        np.testing.assert_array_equal(one, other)


def test_rows_that_share_a_hash_by_chance_are_told_apart(monkeypatch):
    monkeypatch.setattr(distinct, "_hashes", lambda rows: np.zeros(len(rows), np.uint64))
    rows = np.array([[1.0], [2.0], [1.0], [3.0]], np.float32)
    assert equal_rows(lambda ids: rows[ids], 4).numbers().tolist() == [0, 1, 0, 2]
