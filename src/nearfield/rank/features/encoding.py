"""From the cells of a column to features: which row has which, with what value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nearfield.columns import Column
from nearfield.rank.features.cells import numbers, texts
from nearfield.rank.features.hashing import hash_names, slots_of

if TYPE_CHECKING:
    import polars

Number = Callable[[Sequence[str]], np.ndarray]


class Entries(NamedTuple):
    """Of one field: rows, rising, int64; features, int32, -1 where unknown; values, float32, or None: all 1."""

    rows: np.ndarray
    features: np.ndarray
    values: np.ndarray | None


def encoded(
    field: str, schema: Mapping[str, Column], table: polars.DataFrame, missing: Sequence[str], number: Number
) -> Entries:
    """Return the entries of a field; `number` numbers features by name."""
    column = schema[field]
    if column.kind == "numeric":
        return _numeric(field, column, table[column.source or field], missing, number)
    if column.kind == "vector":
        return _vector(field, column, table[column.source or field], missing, number)
    if column.kind == "multi":
        return _multi(field, column, table[column.source or field], missing, number)
    return _named(field, labels(field, schema, table, missing), column.bits, number)


def labels(field: str, schema: Mapping[str, Column], table: polars.DataFrame, missing: Sequence[str]) -> polars.Series:
    """Return what a cell is called in the name of its feature, text; null where nothing is known."""
    import polars

    column = schema[field]
    if column.kind == "crossed":
        parts = [labels(part, schema, table, missing) for part in column.of]
        return polars.select(polars.concat_str(parts, separator="×")).to_series()
    cells = table[column.source or field]
    if column.kind != "bucketed":
        return texts(cells, missing)
    found = numbers(cells, missing)[0]
    names = polars.Series([*bucket_names(column.boundaries), None], dtype=polars.String)
    places = np.searchsorted(column.boundaries, found, side="right")
    return names.gather(np.where(np.isnan(found), len(names) - 1, places))


def bucket_names(boundaries: tuple[float, ...]) -> list[str]:
    """Return what the buckets between boundaries are called."""
    edges = [f"{edge:g}" for edge in boundaries]
    if len(set(edges)) < len(edges):
        edges = [repr(edge) for edge in boundaries]
    inner = [f"[{low}, {high})" for low, high in pairwise(edges)]
    return [f"< {edges[0]}", *inner, f">= {edges[-1]}"]


def _named(field: str, cells: polars.Series, bits: int | None, number: Number) -> Entries:
    import polars

    rows = np.flatnonzero(cells.is_not_null().to_numpy())
    known = cells.drop_nulls()
    distinct = known.unique(maintain_order=True)
    if not len(distinct):
        return Entries(rows, np.empty(0, np.int32), None)
    shown = distinct.to_list()
    names = [f"{field}={cell}" for cell in shown]
    if bits is not None:
        names = [f"{field}#{slot}" for slot in slots_of(hash_names(shown), bits).tolist()]
    features = known.replace_strict(distinct, polars.Series(number(names)), return_dtype=polars.Int32)
    return Entries(rows, features.to_numpy(), None)


def _numeric(field: str, column: Column, cells: polars.Series, missing: Sequence[str], number: Number) -> Entries:
    found = numbers(cells, missing)[0]
    rows = np.flatnonzero(np.isfinite(found))
    values = found[rows]
    if column.scaling == "standard":
        values = (values - column.mean) / column.deviation
    elif column.scaling == "log":
        values = np.sign(values) * np.log1p(np.abs(values))
    return Entries(rows, np.repeat(number([field]), len(rows)), values.astype(np.float32))


def _multi(field: str, column: Column, cells: polars.Series, missing: Sequence[str], number: Number) -> Entries:
    import polars

    if cells.dtype not in (polars.List, polars.Array):
        cells = texts(cells, missing).str.split(column.separator)
    parts = polars.DataFrame({"row": np.arange(len(cells)), "part": cells}).explode("part")
    parts = parts.with_columns(part=texts(parts["part"], ["", *missing])).drop_nulls().unique(maintain_order=True)
    entries = _named(field, parts["part"], None, number)
    return Entries(parts["row"].to_numpy(), entries.features, None)


def _vector(field: str, column: Column, cells: polars.Series, missing: Sequence[str], number: Number) -> Entries:
    matrix = vectors(column, cells, missing)[0]
    dim = column.dim or 0
    rows = np.flatnonzero(np.isfinite(matrix).all(axis=1)) if dim else np.empty(0, np.int64)
    features = number([f"{field}[{i}]" for i in range(dim)])
    return Entries(np.repeat(rows, dim), np.tile(features, len(rows)), matrix[rows].ravel().astype(np.float32))


def vectors(column: Column, cells: polars.Series, missing: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors, float64, shape (n, dim), NaN where nothing is known, and flags of cells that are no vector."""
    import polars

    if cells.dtype not in (polars.List, polars.Array):
        cells = texts(cells, missing).str.split(column.separator)
    dim = column.dim or 0
    absent = cells.is_null().to_numpy()
    nested = cells.cast(polars.List(polars.Float64), strict=False)
    right = (nested.list.len() == dim).fill_null(False).to_numpy()
    matrix = np.full((len(cells), dim), np.nan)
    if dim and right.any():
        flat = nested.filter(polars.Series(right)).explode().fill_null(float("nan")).to_numpy()
        matrix[right] = flat.reshape(-1, dim)
    return matrix, ~absent & ~(right & np.isfinite(matrix).all(axis=1))
