"""What the kernels of ranking are given: named tuples of numbers and addresses, as in `embed.kernels.layout`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import load_float, load_int32, load_int64, prefetch

AHEAD, SOON = 4, 2  # rows that are asked for before their turn, and rows whose features are


class Rows(NamedTuple):
    """Addresses of a block of examples; 0: all values, or all weights, are 1.

    order : int64, n_rows: the rows in the order in which they are to be seen;
    indptr : int64, n + 1: where each row's entries begin;
    features, fields : int32; values : float32, one an entry;
    labels, weights : float32, n;
    longest : the most entries of a row.
    """

    n_rows: int
    order: int
    indptr: int
    features: int
    fields: int
    values: int
    labels: int
    weights: int
    longest: int


class Groups(NamedTuple):
    """Addresses of what losses of groups need (see `groups`).

    bounds : int64, n_groups + 1: where in the order of the rows each group begins;
    slopes, discounts, scratch : float32, one for each row of the examples: room.
    """

    n_groups: int
    bounds: int
    slopes: int
    discounts: int
    scratch: int


class Ftrl(NamedTuple):
    """How FTRL-Proximal learns (see `ftrl`): float32 rates and pulls; `loss` as in `losses`."""

    loss: int
    counts: bool
    alpha: np.float32
    beta: np.float32
    l1: np.float32
    l2: np.float32


class Factorization(NamedTuple):
    """How factorization machines learn: float32 rates and pulls; `loss` as in `losses`."""

    loss: int
    alpha: np.float32
    l2: np.float32
    l2_linear: np.float32
    adagrad: bool
    normalize: bool


@inlined
def ask_for_row(i, rows):  # type: ignore[no-untyped-def]
    """Ask for the entries of a row that comes soon after the i-th, and for where those of a later one begin.

    Shuffled rows lie anywhere in memory: to wait for each one took half of the time of training.
    """
    if i + 2 * AHEAD < rows.n_rows:
        prefetch(rows.indptr + 8 * load_int64(rows.order + 8 * (i + 2 * AHEAD)))
        row = load_int64(rows.order + 8 * (i + AHEAD))
        first, stop = entries_of(row, rows)
        for entry in (first, stop):  # a row of up to 16 entries lies on these two lines
            prefetch(rows.features + 4 * entry)
            prefetch(rows.fields + 4 * entry)
            if rows.values != 0:
                prefetch(rows.values + 4 * entry)
        prefetch(rows.labels + 4 * row)


@inlined
def entries_of(row, rows):  # type: ignore[no-untyped-def]
    """The first entry of a row, and the first of the next."""
    return load_int64(rows.indptr + 8 * row), load_int64(rows.indptr + 8 * (row + 1))


@inlined
def feature_of(entry, rows):  # type: ignore[no-untyped-def]
    """The feature of an entry."""
    return np.int64(load_int32(rows.features + 4 * entry))


@inlined
def field_of(entry, rows):  # type: ignore[no-untyped-def]
    """The field of an entry."""
    return np.int64(load_int32(rows.fields + 4 * entry))


@inlined
def value_of(entry, rows):  # type: ignore[no-untyped-def]
    """The value of an entry."""
    return load_float(rows.values + 4 * entry) if rows.values != 0 else np.float32(1.0)


@inlined
def label_of(row, rows):  # type: ignore[no-untyped-def]
    """The label of a row."""
    return load_float(rows.labels + 4 * row)


@inlined
def weight_of_row(row, rows):  # type: ignore[no-untyped-def]
    """The weight of a row."""
    return load_float(rows.weights + 4 * row) if rows.weights != 0 else np.float32(1.0)
