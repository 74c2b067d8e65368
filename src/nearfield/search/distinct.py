"""Rows that are equal, as one: a graph of neighbours hides all but a few of many equal rows.

An index holds one row of each group; what it finds is turned into all rows of the groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from nearfield.arrays import run_places

BLOCK_ROWS = 4_096
MIX = np.uint64(0x9E3779B97F4A7C15)
RowsOf = Callable[[np.ndarray], np.ndarray]


class Groups(NamedTuple):
    """Ids of equal rows, group by group; groups stand in the order of their first ids.

    Attributes
    ----------
    members : ndarray of int64, shape (n,)
        All ids, those of a group side by side and rising.
    offsets : ndarray of int64, shape (n_groups + 1,)
    """

    members: np.ndarray
    offsets: np.ndarray

    @property
    def firsts(self) -> np.ndarray:
        """The first id of each group, int64, shape (n_groups,)."""
        return self.members[self.offsets[:-1]]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def rows(self, groups: np.ndarray) -> np.ndarray:
        """Return the ids of all rows of some groups, in the order of these, int64."""
        if len(self) == len(self.members):
            return self.members[groups]
        starts = self.offsets[groups]
        return self.members[run_places(starts, self.offsets[groups + 1] - starts)]

    def numbers(self) -> np.ndarray:
        """Return the number of each row's group, int32, shape (n,)."""
        numbers = np.empty(len(self.members), np.int32)
        numbers[self.members] = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.offsets))
        return numbers


def groups_of(numbers: np.ndarray) -> Groups:
    """Return the groups of rows by the number of each row's group: 0 … n_groups - 1, each at least once."""
    members = np.argsort(numbers, kind="stable")
    return Groups(members, np.concatenate([[0], np.cumsum(np.bincount(numbers))]).astype(np.int64))


def equal_rows(rows_of: RowsOf, n: int) -> Groups:
    """Group rows that are equal in every number.

    Parameters
    ----------
    rows_of : function
        Returns the rows of some ids, float32, shape (k, dim).
    n : int
        How many rows there are.
    """
    hashes = np.empty(n, np.uint64)
    for ids in _blocks(np.arange(n)):
        hashes[ids] = _hashes(rows_of(ids))
    _, first, numbers = np.unique(hashes, return_index=True, return_inverse=True)
    # one in 2^64 pairs of rows has the same hash by chance; such a row is a group of its own
    first_of = first[numbers]
    for ids in _blocks(np.flatnonzero(first_of != np.arange(n))):
        other = (rows_of(ids) != rows_of(first_of[ids])).any(axis=1)
        first_of[ids[other]] = ids[other]
    return groups_of(np.unique(first_of, return_inverse=True)[1])


def _blocks(ids: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(ids), BLOCK_ROWS):
        yield ids[start : start + BLOCK_ROWS]


def _hashes(rows: np.ndarray) -> np.ndarray:
    """Return a 64-bit hash of each row: Σ_i a_i · mix(w_i) mod 2^64 over its 32-bit words w_i, with odd random a_i."""
    words = np.ascontiguousarray(rows + np.float32(0)).view(np.uint32)  # -0.0 becomes 0.0
    mixed = (words.astype(np.uint64) + np.uint64(1)) * MIX
    mixed ^= mixed >> np.uint64(32)
    factors = np.random.default_rng(1).integers(0, 2**63, words.shape[1], np.uint64) * np.uint64(2) + np.uint64(1)
    return (mixed * factors).sum(axis=1, dtype=np.uint64)
