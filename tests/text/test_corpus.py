"""The corpus while it is read: long lines cut, and a table that stays bounded."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield.io import read_blocks
from nearfield.sequences import Sequences
from nearfield.text.corpus import Corpus, cut_long
from nearfield.text.segment import Segmenter


@settings(deadline=None)
@given(st.lists(st.integers(1, 20)), st.integers(1, 7))
def test_long_lines_are_cut_as_range_does(lengths: list[int], longest: int) -> None:
    expected = [min(longest, n - start) for n in lengths for start in range(0, n, longest)]
    assert cut_long(np.array(lengths, np.int64), longest).tolist() == expected


def read(path: Path, max_tokens: int | None, keep: tuple[str, ...] = (), size: int = 4096) -> tuple[Sequences, int]:
    """Return the sequences, and the most distinct tokens that the table ever held between two blocks."""
    segmenter = Segmenter("whitespace", True, True, False, False, "replace")
    corpus, largest = Corpus(keep, max_tokens), 0
    for block in read_blocks([path], size):
        corpus.append(segmenter(block))
        largest = max(largest, len(corpus.table))
    made = corpus.sequences(min_count=1, max_vocab_size=500, keep=keep, stop=(), max_length=1000)
    return made, largest


@pytest.fixture
def skewed(tmp_path: Path) -> Path:
    """20,000 words by Zipf's law, and one word that is seen once on the way."""
    words = [f"w{word}" for word in np.random.default_rng(1).zipf(1.3, 20_000)]
    words[3000] = "once"
    path = tmp_path / "zipf.txt"
    path.write_text("".join(word + (" " if i % 10 else "\n") for i, word in enumerate(words)))
    return path


def test_a_bounded_table_keeps_what_is_frequent(skewed: Path) -> None:
    words = Counter(skewed.read_text().split())
    exact, _ = read(skewed, None)
    bounded, largest = read(skewed, 800)
    assert len(words) > 2 * largest, "the table was never full, so the test shows nothing"
    assert largest <= 800
    assert bounded.vocabulary.keys[:20] == exact.vocabulary.keys[:20]
    for key, count in zip(bounded.vocabulary.keys, bounded.vocabulary.counts.tolist(), strict=True):
        assert count <= words[key]
    assert np.array_equal(np.bincount(bounded.tokens), bounded.vocabulary.counts)
    frequent = set(exact.vocabulary.keys[:20])
    for one, other in zip(exact, bounded, strict=True):
        assert [key for i in one if (key := exact.vocabulary.keys[i]) in frequent] == [
            key for i in other if (key := bounded.vocabulary.keys[i]) in frequent
        ]


def slow_read(path: Path, max_tokens: int) -> list[list[str]]:
    """The words that are left, line by line, when the rarer half is forgotten whenever the table is too full."""
    counts: dict[str, int] = {}
    words: list[str | None] = []
    for block in read_blocks([path], 1):
        for word in block.data.decode().replace("\n", " \n ").split(" "):
            if word:
                words.append(word)
                counts[word] = counts.get(word, 0) + (word != "\n")
        counts.pop("\n", None)
        if len(counts) > max_tokens:
            frequent = sorted(counts, key=lambda word: -counts[word])[: max_tokens // 2]
            counts = {word: n for word, n in counts.items() if word in frequent}
            words = [word if word in counts or word == "\n" else None for word in words]
    lines = " ".join(word or "?" for word in words).split("\n")
    return [[word for word in line.split() if word != "?"] for line in lines if line.split()]


@settings(max_examples=200, deadline=None)
@given(
    # runs of one word, so that a new one may be the most frequent of its block
    lines=st.lists(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 8)), min_size=1), min_size=1),
    max_tokens=st.integers(2, 6),
)
def test_forgets_what_the_slow_twin_forgets(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[tuple[str, int]]], max_tokens: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "forget.txt"
    path.write_text("\n".join(" ".join(word for word, n in line for _ in range(n)) for line in lines))
    made, _ = read(path, max_tokens, size=1)
    assert [made.keys(i) for i in range(len(made))] == slow_read(path, max_tokens)


def test_kept_words_are_never_forgotten(skewed: Path) -> None:
    assert "once" not in read(skewed, 800)[0].vocabulary
    assert "once" in read(skewed, 800, keep=("once",))[0].vocabulary
