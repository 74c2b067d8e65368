"""The table of tokens beside a dict."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield.text.table import TokenTable
from nearfield.text.tokens import cut, space_kinds

WORDS = st.text(st.sampled_from("abcé中"), min_size=1, max_size=5)


def numbers(table: TokenTable, words: list[str]) -> list[int]:
    data = np.frombuffer(" ".join(words).encode(), np.uint8)
    starts, ends, hashes, *_ = cut(data, space_kinds(0x110000), len(data))
    return table.numbers(data, starts, ends, hashes).tolist()


def keys(table: TokenTable) -> list[str]:
    return list(table.keys(np.arange(len(table))))


@settings(deadline=None)
@given(st.lists(st.lists(WORDS, max_size=30), max_size=4))
def test_numbers_follow_first_sight(batches: list[list[str]]) -> None:
    table, twin = TokenTable(), dict[str, int]()
    for words in batches:
        assert numbers(table, words) == [twin.setdefault(word, len(twin)) for word in words]
    assert keys(table) == list(twin)


def test_grows_past_any_first_size() -> None:
    words = [f"word-number-{i}" for i in range(50_000)] + ["x" * 300_000]
    table = TokenTable()
    assert numbers(table, words) == list(range(50_001))
    assert numbers(table, words[::-1]) == list(range(50_001))[::-1]
    assert keys(table) == words


def test_tells_apart_words_of_one_hash() -> None:
    text = np.frombuffer(b"abacabab", np.uint8)
    starts, ends = np.array([0, 2, 4, 6, 4], np.int32), np.array([2, 4, 6, 8, 7], np.int32)
    found = TokenTable().numbers(text, starts, ends, np.full(5, 7, np.uint32))
    assert found.tolist() == [0, 1, 0, 0, 2]


def test_merge_adds_counts_and_subset_keeps_them() -> None:
    table, other = TokenTable(), TokenTable()
    numbers(table, ["a", "b"])
    table.counts[:] = [5, 1]
    numbers(other, ["c", "a"])
    other.counts[:] = [2, 3]
    assert table.merge(other).tolist() == [2, 0]
    assert dict(zip(keys(table), table.counts.tolist(), strict=True)) == {"a": 8, "b": 1, "c": 2}
    some = table.subset(np.array([2, 0]))
    assert dict(zip(keys(some), some.counts.tolist(), strict=True)) == {"c": 2, "a": 8}
    assert numbers(some, ["a", "new"]) == [1, 2]
    assert some.counts.tolist() == [2, 8, 0]
