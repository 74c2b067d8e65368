"""Pairs of neighbouring words: count them, and join those that are phrases, in compiled code.

A pair is (first word, connectors, last word). Words are ids; the connectors between them (`of the`) are packed into one
number, their run: 0 for none, else the digits of `connector` (1 … base - 1) to the base `base`.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel

_MIX, _FOLD = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
TOO_LONG = np.int64(-1)  # the run of more connectors than one number holds: no phrase


class PairTable:
    """Distinct pairs with counts, numbered from 0 in order of first sight, in flat arrays.

    `words` (int64, first × 2³² + last), `runs` (int64) and `counts` (int64) have room for more than `n` pairs.
    """

    def __init__(self) -> None:
        self.n = 0
        self.words = np.empty(1 << 10, np.int64)
        self.runs = np.empty(1 << 10, np.int64)
        self.counts = np.zeros(1 << 10, np.int64)
        self.slots = np.zeros(1 << 11, np.int64)

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return slots, words and runs."""
        return self.slots, self.words, self.runs

    def reserve(self, n: int) -> None:
        """Make room for `n` more pairs."""
        room = len(self.words)
        while self.n + n > room:
            room *= 2
        if room > len(self.words):
            for name in ("words", "runs", "counts"):
                array = np.zeros(room, np.int64)
                array[: self.n] = getattr(self, name)[: self.n]
                setattr(self, name, array)
            self.slots = np.zeros(2 * room, np.int64)
            _fill(self.slots, self.words, self.runs, self.n)

    def add(self, words: np.ndarray, runs: np.ndarray, counts: np.ndarray) -> None:
        """Add distinct pairs that the table does not hold, in their order."""
        self.reserve(len(words))
        new = slice(self.n, self.n + len(words))
        self.words[new], self.runs[new], self.counts[new] = words, runs, counts
        self.n += len(words)
        self.slots[:] = 0
        _fill(self.slots, self.words, self.runs, self.n)

    def most_frequent(self, n: int) -> PairTable:
        """Return a table of the `n` most frequent pairs, the earlier seen of equals, in the same order."""
        chosen = np.sort(np.argsort(-self.counts[: self.n], kind="stable")[:n])
        table = PairTable()
        table.add(self.words[chosen], self.runs[chosen], self.counts[chosen])
        return table


def pair_of(first: int, last: int) -> int:
    """Return two word ids packed into one number."""
    return first << 32 | last


def first_and_last(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the two word ids of packed pairs."""
    return words >> 32, words & 0xFFFFFFFF


@inlined
def _place(slots, words, runs, pair, run):  # type: ignore[no-untyped-def]
    """Return the slot of a pair: the one that holds it (its number + 1), or the free one (0) that it would take."""
    mask = np.int64(len(slots) - 1)
    digest = (np.uint64(pair) ^ (np.uint64(run) * _MIX)) * _MIX
    place = np.int64(digest >> _FOLD) & mask
    while slots[place] != 0:
        number = slots[place] - 1
        if words[number] == pair and runs[number] == run:
            break
        place = (place + 1) & mask
    return place


@kernel
def _fill(slots, words, runs, n):  # type: ignore[no-untyped-def]
    """Enter `n` pairs into empty slots."""
    for number in range(n):
        slots[_place(slots, words, runs, words[number], runs[number])] = number + 1


@inlined
def _longer(run, connector, base):  # type: ignore[no-untyped-def]
    """Return `run` with one more connector behind it."""
    if run < 0 or run > (np.int64(1) << 62) // base:
        return TOO_LONG
    return run * base + connector


@inlined
def _copy(out, n, tokens, start, stop):  # type: ignore[no-untyped-def]
    """Write tokens[start:stop] to `out` from `n` on; return where the next goes."""
    for i in range(start, stop):  # a loop compiles ten times as fast as an assignment of slices
        out[n] = tokens[i]
        n += 1
    return n


@kernel
def count_pairs(tokens, offsets, connectors, base, word_counts, slots, words, runs, counts, n):  # type: ignore[no-untyped-def]
    """Count words and pairs of a block of sentences; there must be room for a new pair at each token.

    Parameters
    ----------
    tokens : ndarray of int32
    offsets : ndarray of int64, shape (n_sentences + 1,)
        Where sentences begin in `tokens`.
    connectors : ndarray of int64, shape (n_words,)
        The digit of each word that is a connector, 0 for all others.
    base : int
        Number of connectors + 1.
    word_counts : ndarray of int64, shape (n_words,)
        Added to; connectors are not counted.
    slots, words, runs, counts, n
        A `PairTable`, added to.

    Returns
    -------
    n : int
        How many distinct pairs the table now holds.
    """
    for sentence in range(len(offsets) - 1):
        first, run = np.int64(-1), np.int64(0)
        for i in range(offsets[sentence], offsets[sentence + 1]):
            word = np.int64(tokens[i])
            if connectors[word]:
                run = _longer(run, connectors[word], base)
                continue
            word_counts[word] += 1
            if first >= 0 and run >= 0:
                pair = first << 32 | word
                place = _place(slots, words, runs, pair, run)
                if slots[place] == 0:
                    words[n], runs[n] = pair, run
                    n += 1
                    slots[place] = n
                counts[slots[place] - 1] += 1
            first, run = word, np.int64(0)
    return n


@kernel
def join_pairs(tokens, offsets, connectors, base, slots, words, runs, joined, out, lengths):  # type: ignore[no-untyped-def]
    """Write the tokens of a block of sentences with each pair of the table as one, from left to right.

    Parameters
    ----------
    tokens, offsets, connectors, base
        As in `count_pairs`.
    slots, words, runs
        A `PairTable` of the phrases.
    joined : ndarray of int32
        The id of each phrase.
    out : ndarray of int32, as long as `tokens`
        Written.
    lengths : ndarray of int64, shape (n_sentences,)
        Written: the new length of each sentence.

    Returns
    -------
    n : int
        How many tokens were written.
    """
    n = np.int64(0)
    for sentence in range(len(offsets) - 1):
        n_before = n
        start, run = np.int64(-1), np.int64(0)  # where the first word of a possible phrase stands
        for i in range(offsets[sentence], offsets[sentence + 1]):
            word = np.int64(tokens[i])
            if start >= 0 and connectors[word]:
                run = _longer(run, connectors[word], base)
                continue
            if start >= 0:
                number = slots[_place(slots, words, runs, np.int64(tokens[start]) << 32 | word, run)] - 1
                if number >= 0:
                    out[n] = joined[number]
                    n += 1
                    start = np.int64(-1)
                    continue
                n = _copy(out, n, tokens, start, i)
                start = np.int64(-1)
            if connectors[word]:
                out[n] = word
                n += 1
            else:
                start, run = np.int64(i), np.int64(0)
        if start >= 0:
            n = _copy(out, n, tokens, start, offsets[sentence + 1])
        lengths[sentence] = n - n_before
    return n
