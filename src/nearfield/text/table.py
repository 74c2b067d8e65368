"""A table of distinct tokens as bytes: each gets a number when it is first seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nearfield.kernels.compilation import kernel

_LOW = np.uint64(0xFFFFFFFF)


class TokenTable:
    """Distinct byte strings with counts, numbered from 0 in order of first sight.

    Flat arrays, no Python object a token: a table of many millions stays small, and threads fill theirs side by side.
    """

    def __init__(self) -> None:
        self._length = 0
        self._keys = np.empty(1 << 16, np.uint8)
        self._offsets = np.zeros((1 << 12) + 1, np.int64)
        self._hashes = np.empty(1 << 12, np.uint32)
        self._counts = np.zeros(1 << 12, np.int64)
        self._slots = np.zeros(1 << 13, np.uint64)

    def __len__(self) -> int:
        return self._length

    @property
    def counts(self) -> np.ndarray:
        """How often each token was seen, int64, shape (n,); to be kept by the owner of the table."""
        return self._counts[: self._length]

    def numbers(self, text: np.ndarray, starts: np.ndarray, ends: np.ndarray, hashes: np.ndarray) -> np.ndarray:
        """Return the number of each token `text[starts[i]:ends[i]]`, int32; new tokens are added with count 0."""
        found = np.empty(len(starts), np.int32)
        known = (self._slots, self._hashes, self._offsets, self._keys)
        done, self._length = _find_or_add(text, starts, ends, hashes, *known, self._length, found, 0)
        while done < len(starts):
            self._grow(int(ends[done] - starts[done]))
            known = (self._slots, self._hashes, self._offsets, self._keys)
            done, self._length = _find_or_add(text, starts, ends, hashes, *known, self._length, found, done)
        return found

    def merge(self, other: TokenTable) -> np.ndarray:
        """Add the tokens of `other` and their counts; return the number here of each token there, int32."""
        numbers = self._take(other, np.arange(len(other)))
        self._counts[numbers] += other.counts
        return numbers

    def subset(self, numbers: np.ndarray) -> TokenTable:
        """Return a table of some tokens, given by number and in that order, with their counts."""
        table = TokenTable()
        table._take(self, numbers)
        table._counts[: len(numbers)] = self._counts[numbers]
        return table

    def keys(self, numbers: np.ndarray) -> Iterator[str]:
        """Yield tokens, given by number."""
        data = self._keys.data
        for start, end in zip(self._offsets[numbers].tolist(), self._offsets[numbers + 1].tolist(), strict=True):
            yield str(data[start:end], "utf-8")

    def part(self, first: int, stop: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the bytes of tokens, where each begins in them (and the last ends), and how often each was seen."""
        offsets = self._offsets[first : min(stop, len(self)) + 1]
        return self._keys[offsets[0] : offsets[-1]], offsets - offsets[0], self.counts[first:stop]

    def _take(self, other: TokenTable, numbers: np.ndarray) -> np.ndarray:
        # as `cut` has them, so that one compiled version serves both, as long as the bytes can be counted so
        dtype = np.int32 if len(other._keys) <= np.iinfo(np.int32).max else np.int64
        starts, ends = other._offsets[numbers].astype(dtype), other._offsets[numbers + 1].astype(dtype)
        return self.numbers(other._keys, starts, ends, other._hashes[numbers])

    def _grow(self, next_bytes: int) -> None:
        """Make room for twice the tokens or bytes, whichever the next token lacks."""
        used = int(self._offsets[self._length])
        if used + next_bytes > len(self._keys):
            self._keys = np.concatenate([self._keys, np.empty(max(next_bytes, len(self._keys)), np.uint8)])
        if self._length == len(self._hashes):
            self._hashes = np.concatenate([self._hashes, np.empty_like(self._hashes)])
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
            self._offsets = np.concatenate([self._offsets, np.empty_like(self._offsets[1:])])
            self._slots = np.zeros(2 * len(self._slots), np.uint64)
            _fill(self._slots, self._hashes[: self._length])


@kernel
def _find_or_add(  # type: ignore[no-untyped-def]
    text, starts, ends, hashes, slots, known_hashes, offsets, known, n_known, found, done
):
    """Number the tokens from `done` on; stop when all are numbered or the table is full.

    A slot holds hash × 2³² + number + 1, or 0 while it is free; a token's slot is the one at its hash modulo the number
    of slots, or the next free one behind (linear probing). At most half of the slots are taken.

    Returns
    -------
    done, n_known : int
        How many of `starts` are numbered, and how many tokens the table holds.
    """
    mask = np.int64(len(slots) - 1)
    for i in range(done, len(starts)):
        start, length, digest = np.int64(starts[i]), np.int64(ends[i] - starts[i]), np.uint64(hashes[i])
        place = np.int64(digest) & mask
        while True:
            number = np.int64(slots[place] & _LOW) - 1
            if number < 0:
                break
            if slots[place] >> np.uint64(32) == digest:
                at = offsets[number]
                j = 0 if offsets[number + 1] - at == length else length + 1
                while j < length and known[at + j] == text[start + j]:
                    j += 1
                if j == length:
                    break
            place = (place + 1) & mask
        if number < 0:
            used = offsets[n_known]
            if n_known == len(known_hashes) or used + length > len(known):
                return i, n_known
            for j in range(length):
                known[used + j] = text[start + j]
            known_hashes[n_known], offsets[n_known + 1] = hashes[i], used + length
            number = n_known
            n_known += 1
            slots[place] = digest << np.uint64(32) | np.uint64(n_known)
        found[i] = number
    return len(starts), n_known


@kernel
def _fill(slots, hashes):  # type: ignore[no-untyped-def]
    """Enter all known tokens into empty slots."""
    mask = np.int64(len(slots) - 1)
    for number in range(len(hashes)):
        digest = np.uint64(hashes[number])
        place = np.int64(digest) & mask
        while slots[place] != 0:
            place = (place + 1) & mask
        slots[place] = digest << np.uint64(32) | np.uint64(number + 1)
