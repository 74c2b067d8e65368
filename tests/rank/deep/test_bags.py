"""Bags and sequences against lists, for any rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nearfield.examples import Examples
from nearfield.rank.deep.bags import bags_of, entries_of, sequences_of

ENTRY = st.tuples(st.integers(0, 9), st.integers(0, 2), st.floats(-2, 2, width=32))


def examples_of(rows):
    flat = [entry for row in rows for entry in row]
    columns = np.array([*zip(*flat, strict=True)] or [[], [], []])
    ends = np.cumsum([0, *map(len, rows)])
    return Examples(
        np.zeros(len(rows), np.float32), ends, columns[0].astype(np.int32), columns[1].astype(np.int32), columns[2]
    )


@given(st.lists(st.lists(ENTRY, max_size=5), max_size=6), st.data())
def test_entries_come_in_the_order_of_rows(rows, data):
    order = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8)) if rows else []
    found = entries_of(examples_of(rows), np.array(order, np.int64))
    wanted = [(place, *entry) for place, row in enumerate(order) for entry in rows[row]]
    assert [*zip(*(part.tolist() for part in found), strict=True)] == wanted


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.floats(-2, 2, width=32)), max_size=20),
    st.integers(1, 4),
)
def test_bags_keep_the_order_within_each(entries, longest):
    numbers, ids, values = (np.array(part) for part in ([*zip(*entries, strict=True)] or [[], [], []]))
    bags = bags_of(ids.astype(np.int64), numbers.astype(np.int64), values.astype(np.float32), 6)
    lists = [[(key, value) for number, key, value in entries if number == bag] for bag in range(6)]
    for bag, wanted in enumerate(lists):
        own = slice(bags.offsets[bag], bags.offsets[bag + 1])
        assert [*zip(bags.ids[bags.at[own]].tolist(), bags.values[own].tolist(), strict=True)] == wanted
        shares = sum(bags.shares()[own].tolist())
        assert abs(shares - sum(value for _, value in wanted) / max(len(wanted), 1)) < 1e-5
    chosen = np.array([4, 0, 5])
    sequences = sequences_of(bags, chosen, longest)
    for row, bag in enumerate(chosen):
        wanted, length = lists[bag][-longest:], sequences.lengths[row]
        assert length == len(wanted)
        assert bags.ids[sequences.at[row, :length]].tolist() == [key for key, _ in wanted]
        assert sequences.values[row, :length].tolist() == [value for _, value in wanted]
        assert not sequences.values[row, length:].any()
