"""Arrays: places of runs beside a loop."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nearfield.arrays import run_places


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=12))
def test_places_of_runs_are_those_of_a_loop(runs):
    starts, lengths = (np.array(column, np.int64) for column in (zip(*runs, strict=True) if runs else ((), ())))
    expected = [start + step for start, length in runs for step in range(length)]
    assert run_places(starts, lengths).tolist() == expected
