"""Features from embeddings: how near a candidate is to what somebody did of late, by kind of event.

Grbovic & Cheng, KDD 2018, table 6: the cosine of a candidate to the centroid of the listings that a user has clicked,
clicked for long, skipped, wished for, asked for and booked, and of the user's type to the candidate's type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.recency import HalfLife, history_means
from nearfield.vectors import Vectors
from nearfield.vocabulary import Keys


class NumberColumns(NamedTuple):
    """Numbers of rows: float32, shape (n, n_columns), and what each column is called."""

    names: tuple[str, ...]
    values: np.ndarray


def history_similarities(
    vectors: Vectors,
    candidates: Sequence[str],
    histories: Mapping[str, Sequence[Keys]],
    *,
    half_lives: Mapping[str, HalfLife] | None = None,
    times: Mapping[str, Sequence[Sequence[int] | np.ndarray]] | None = None,
    decay: float | None = None,
) -> NumberColumns:
    """Return the cosine of each candidate to the decayed mean of each kind of history; 0 where either is unknown.

    Parameters
    ----------
    vectors : Vectors
    candidates : sequence of str
        One a row; a key that has no vector is like nothing.
    histories : dict of str to sequence of keys
        A kind of event, such as "clicks", "long clicks", "skips" or "purchases" → what each row's user did before it,
        the oldest first; keys without a vector are left out.
    half_lives : dict of str to duration, optional
        A kind → how long until an event of it weighs half, such as "2d"; those need `times`.
    times : dict of str to sequence of int arrays, optional
        A kind → when each event was, in microseconds since 1970-01-01 UTC.
    decay : float, optional
        For kinds without a half-life: an event followed by i others weighs decay^i; None: all weigh the same.

    Returns
    -------
    NumberColumns
        A column a kind, named as it.

    Raises
    ------
    BadInput
        Kinds without histories, or not one history a row; durations, times and decay as in `recency_weights`.
    """
    half_lives, times = half_lives or {}, times or {}
    for name, given in (("half_lives", half_lives), ("times", times)):
        unknown = sorted(set(given) - set(histories))
        if unknown:
            raise BadInput(f"{name} names {unknown[0]!r}, which has no histories; expected {', '.join(histories)}")
    rows, known = _unit_rows(vectors, candidates)
    columns = np.zeros((len(candidates), len(histories)), np.float32)
    for column, (kind, of_rows) in enumerate(histories.items()):
        if len(of_rows) != len(candidates):
            raise BadInput(f"{len(of_rows)} histories of {kind!r} for {len(candidates)} candidates; expected one each")
        half_life = half_lives.get(kind)
        means, answerable = history_means(
            vectors.vocabulary, vectors.input_table, of_rows, half_life, times.get(kind) if half_life else None,
            None if half_life else decay, "skip",
        )  # fmt: skip
        columns[:, column] = np.where(known & answerable, _cosines(rows, means), 0)
    return NumberColumns(tuple(histories), columns)


def pair_similarities(vectors: Vectors, pairs: Mapping[str, tuple[Sequence[str], Sequence[str]]]) -> NumberColumns:
    """Return the cosine of two keys for each row, such as a user's type and an item's; 0 where one is unknown.

    Parameters
    ----------
    vectors : Vectors
        Of both, from one space.
    pairs : dict of str to (sequence of str, sequence of str)
        What a column is called → its keys, one of each a row.
    """
    lengths = {len(keys) for both in pairs.values() for keys in both}
    if len(lengths) > 1:
        raise BadInput(f"the columns have {' and '.join(map(str, sorted(lengths)))} rows; expected as many each")
    columns = np.zeros((max(lengths, default=0), len(pairs)), np.float32)
    for column, both in enumerate(pairs.values()):
        (left, left_known), (right, right_known) = (_unit_rows(vectors, keys) for keys in both)
        columns[:, column] = np.where(left_known & right_known, np.einsum("ij,ij->i", left, right), 0)
    return NumberColumns(tuple(pairs), columns)


def with_numbers(examples: Examples, columns: NumberColumns) -> Examples:
    """Return the rows with each column as a field of one numeric feature more, behind those that they have.

    Raises
    ------
    BadInput
        Another number of rows, a name that is a field already, NaN or infinite numbers, or a hashed space, whose size
        cannot grow.
    """
    space, (names, values) = examples.space, columns
    n, k = len(examples), len(names)
    if values.shape != (n, k):
        raise BadInput(f"the columns are {values.shape}; expected one row for each of {n:,} and {k} names")
    if space.bits is not None:
        raise BadInput("the features are hashed, and there is no room for more; read them without bits")
    taken = [name for name in names if name in space.fields]
    if taken or len(set(names)) < k:
        raise BadInput(f"there are two fields {(taken or names)[0]!r}; expected names that are new")
    grown = replace(
        space, size=space.size + k, fields=(*space.fields, *names),
        names=None if space.names is None else (*space.names, *names), crossed=None,
    )  # fmt: skip
    ends = np.repeat(examples.indptr[1:], k)  # the new entries go in front of the next row's first
    number = np.tile(np.arange(k), n)
    return examples.with_entries(
        examples.indptr + k * np.arange(n + 1),
        np.insert(examples.features, ends, space.size + number),
        np.insert(examples.entry_fields, ends, len(space.fields) + number),
        np.insert(examples.entry_values, ends, values.ravel()),
        grown,
    )


def _unit_rows(vectors: Vectors, keys: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of keys at length 1, float32, shape (n, dim), zeros for unknown ones, and which are known."""
    known = np.fromiter((key in vectors for key in keys), bool, len(keys))
    rows = np.zeros((len(keys), vectors.dim), np.float32)
    if known.any():
        rows[known] = vectors.input_table.unit(vectors.vocabulary.known(keys))
    return rows, known


def _cosines(unit: np.ndarray, rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1)
    return np.einsum("ij,ij->i", unit, rows) / np.where(lengths > 0, lengths, 1)
