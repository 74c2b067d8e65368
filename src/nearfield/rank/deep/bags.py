"""From rows of examples to what a network looks up: entries in bags, one a row, or one a row and field."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nearfield.arrays import run_places
from nearfield.examples import Examples


class Entries(NamedTuple):
    """The entries of some rows in an order: each one's row (counted from 0), feature, field and value."""

    rows: np.ndarray
    features: np.ndarray
    fields: np.ndarray
    values: np.ndarray


class Bags(NamedTuple):
    """Entries bag by bag, in their order within each.

    Attributes
    ----------
    ids : ndarray of int64, shape (u,)
        The different ids there are, ascending.
    at : ndarray of int64, shape (m,)
        Of each entry, the place of its id in `ids`.
    values : ndarray of float32, shape (m,)
    offsets : ndarray of int64, shape (n_bags + 1,)
        Where each bag begins, and the end of the last.
    """

    ids: np.ndarray
    at: np.ndarray
    values: np.ndarray
    offsets: np.ndarray

    def shares(self) -> np.ndarray:
        """The values over how many entries their bag has, float32, shape (m,): they add up to the bag's mean."""
        sizes = np.diff(self.offsets)
        return self.values / np.repeat(sizes, sizes).astype(np.float32)


class Sequences(NamedTuple):
    """The last entries of some bags, the newest last, padded behind.

    Attributes
    ----------
    at : ndarray of int64, shape (n, longest)
        Of each entry, the place of its id in the bags' `ids`; 0 behind the end.
    values : ndarray of float32, shape (n, longest)
        0 behind the end.
    lengths : ndarray of int64, shape (n,)
    """

    at: np.ndarray
    values: np.ndarray
    lengths: np.ndarray


def entries_of(examples: Examples, order: np.ndarray) -> Entries:
    """Return the entries of the rows at these places, int64, shape (n,)."""
    starts = np.asarray(examples.indptr)[order]
    lengths = np.asarray(examples.indptr)[order + 1] - starts
    places = run_places(starts, lengths)
    features = examples.features[places]
    fields = np.zeros(len(places), np.int32) if examples.fields is None else examples.fields[places]
    values = np.ones(len(places), np.float32) if examples.values is None else examples.values[places]
    return Entries(np.repeat(np.arange(len(order)), lengths), features, fields, values)


def bags_of(ids: np.ndarray, bags: np.ndarray, values: np.ndarray, n_bags: int) -> Bags:
    """Put entries into bags, whose numbers are int64, shape (m,), below `n_bags`."""
    if np.any(bags[1:] < bags[:-1]):
        order = np.argsort(bags, kind="stable")
        ids, bags, values = ids[order], bags[order], values[order]
    offsets = np.zeros(n_bags + 1, np.int64)
    np.cumsum(np.bincount(bags, minlength=n_bags), out=offsets[1:])
    different, at = np.unique(ids, return_inverse=True)
    return Bags(different.astype(np.int64), at, np.ascontiguousarray(values, np.float32), offsets)


def sequences_of(bags: Bags, numbers: np.ndarray, longest: int) -> Sequences:
    """Return the last entries, at most `longest`, of the bags of these numbers, int64, shape (n,)."""
    ends = bags.offsets[numbers + 1]
    lengths = np.minimum(ends - bags.offsets[numbers], longest)
    steps = np.arange(lengths.max(initial=0))
    within = steps < lengths[:, None]
    places = np.where(within, (ends - lengths)[:, None] + steps, 0)
    if not places.size:
        return Sequences(places, np.zeros(places.shape, np.float32), lengths)
    return Sequences(np.where(within, bags.at[places], 0), bags.values[places] * within, lengths)
