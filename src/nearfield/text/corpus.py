"""A corpus while it is read: what was seen so far, and the sequences that it makes at the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import GrowingArray, release
from nearfield.reading import SEEN
from nearfield.sequences import BLOCK_TOKENS, Sequences, renumber
from nearfield.text.segment import TokenBlock
from nearfield.text.table import TokenTable
from nearfield.vocabulary import Vocabulary

ALL_TOKENS: dict[str, Any] = {"min_count": 1, "max_vocab_size": None, "keep": (), "stop": ()}


class Corpus:
    """Token numbers and line lengths on disk, distinct tokens in a table in memory.

    Parameters
    ----------
    keep : collection of str
        Tokens that stay however rare they are.
    max_tokens : int, optional
        As soon as the table holds more distinct tokens, the rarer half of them is forgotten, with where they stood. A
        token that comes back later is counted anew, so counts of rare tokens become lower bounds.
    restored : callable, optional
        Turns a token of the table into the key that it stands for.
    """

    def __init__(
        self,
        keep: Collection[str] = (),
        max_tokens: int | None = None,
        *,
        restored: Callable[[str], str] | None = None,
    ) -> None:
        self.table = TokenTable()
        self._restored = restored
        self._keep = frozenset(keep)
        self._max_tokens = max_tokens
        self._tokens, self._lengths = GrowingArray(np.int32), GrowingArray(np.int64)
        self._open = 0  # tokens of the line that the next block goes on with

    def append(self, block: TokenBlock) -> None:
        """Add the block that follows in the text."""
        self._tokens.append(self.table.merge(block.table)[block.tokens])
        ends = np.append(block.line_ends, len(block.tokens)) if block.last else block.line_ends
        if len(ends):
            lengths = np.diff(ends, prepend=0)
            lengths[0] += self._open
            self._lengths.append(lengths[lengths > 0])
            self._open = 0
        self._open += len(block.tokens) - (int(ends[-1]) if len(ends) else 0)
        if self._max_tokens is not None and len(self.table) > self._max_tokens:
            self._forget_rare(self._max_tokens // 2)

    def sequences(self, *, max_length: int, **selection: Any) -> Sequences:
        """Select the vocabulary as `select` does and number the tokens by it; the corpus is used up."""
        counts = self.table.counts
        chosen = np.flatnonzero((counts >= selection["min_count"]) | self._kept())
        frequent = dict(zip(self._keys(chosen), counts[chosen].tolist(), strict=True))
        vocabulary = selected(frequent, int(counts.max(initial=0)), **selection)
        final = np.full(len(self.table) + 1, -1, np.int32)  # one behind the last: -1, forgotten, stays -1
        final[chosen] = [-1 if (i := vocabulary.get(key)) is None else i for key in frequent]
        named = {name: frozenset(selection[name]) for name in ("keep", "stop") if selection[name]}
        keys = frozenset(self._keys(np.arange(len(self.table)))) if named else frozenset()
        seen = _seen(len(self._tokens), len(self.table), {name: len(keys & named[name]) for name in named})
        lengths = cut_long(self._lengths.array(), max_length)
        return Sequences(vocabulary, *renumber(self._tokens.array(), lengths, final), reading={SEEN: seen})

    def _kept(self) -> np.ndarray:
        """Return which tokens of the table are to be kept, bool, shape (n,)."""
        kept = np.zeros(len(self.table), np.bool_)
        if self._keep:
            kept[:] = [key in self._keep for key in self._keys(np.arange(len(self.table)))]
        return kept

    def _keys(self, numbers: np.ndarray) -> Iterable[str]:
        keys = self.table.keys(numbers)
        return keys if self._restored is None else map(self._restored, keys)

    def _forget_rare(self, n: int) -> None:
        """Shrink the table to the `n` most frequent tokens, the earlier seen of equals, and the kept ones."""
        kept = self._kept()
        order = np.argsort(-np.where(kept, np.iinfo(np.int64).max, self.table.counts), kind="stable")
        chosen = np.sort(order[: max(n, int(kept.sum()))])
        final = np.full(len(self.table) + 1, -1, np.int32)  # see `sequences`
        final[chosen] = np.arange(len(chosen))
        self.table = self.table.subset(chosen)
        tokens = self._tokens.array()
        for start in range(0, len(tokens), BLOCK_TOKENS):
            stop = min(start + BLOCK_TOKENS, len(tokens))
            tokens[start:stop] = final[tokens[start:stop]]
            release(tokens, start, stop)


def select(sequences: Sequences, **selection: Any) -> Sequences:
    """Return the sequences with the tokens that `min_count`, `max_vocab_size`, `keep` and `stop` leave.

    The tokens are overwritten: the sequences that are given are used up.
    """
    keys, counts = sequences.vocabulary.keys, sequences.vocabulary.counts
    vocabulary = selected(dict(zip(keys, counts.tolist(), strict=True)), int(counts.max(initial=0)), **selection)
    final = np.array([vocabulary.get(key, -1) for key in keys], np.int32)
    tokens, offsets = renumber(sequences.tokens, np.diff(sequences.offsets), final)
    named = {name: sum(key in sequences.vocabulary for key in set(selection[name])) for name in ("keep", "stop")}
    seen = _seen(len(sequences.tokens), len(keys), {name: n for name, n in named.items() if selection[name]})
    return Sequences(vocabulary, tokens, offsets, reading=sequences.reading | {SEEN: seen})


def _seen(n_tokens: int, n_keys: int, named: Mapping[str, int]) -> dict[str, int]:
    """Return how much there was before anything was dropped, and how many of `keep` and `stop` were there."""
    return {"tokens": n_tokens, "keys": n_keys, **named}


def selected(counts: Mapping[str, int], largest: int, *, min_count: int, **others: Any) -> Vocabulary:
    """Return the vocabulary of the tokens that are left, or raise `BadInput` where there is none.

    `largest` is the count of the most frequent token of all, `others` are those of `Vocabulary.from_counts`.
    """
    vocabulary = Vocabulary.from_counts(counts, min_count=min_count, **others)
    if len(vocabulary):
        return vocabulary
    if not largest:
        raise BadInput("the text holds no token; expected words that the language and its options let through")
    if largest < min_count:
        raise BadInput(f"no token is as frequent as min_count={min_count}; the most frequent was seen {largest} times")
    raise BadInput(f"stop holds every token that was seen at least min_count={min_count} times; shorten it")


def cut_long(lengths: np.ndarray, longest: int) -> np.ndarray:
    """Cut lines that are longer than `longest` tokens into sentences of that length and a rest.

    >>> cut_long(np.array([3, 7, 6]), 3)
    array([3, 3, 3, 1, 3, 3])
    """
    pieces = -(-lengths // longest)
    sentences = np.full(int(pieces.sum()), longest, np.int64)
    sentences[np.cumsum(pieces) - 1] = lengths - (pieces - 1) * longest
    return sentences
