"""From the cells of a column to features: which row has which, with what value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nearfield.columns import SIGN, Column
from nearfield.feature_space import NUMBERS
from nearfield.rank.features.cells import Table, named, texts
from nearfield.rank.features.hashing import hash_names, slots_of
from nearfield.rank.scaling import LIMIT

if TYPE_CHECKING:
    import polars

Number = Callable[[Sequence[str]], np.ndarray]
Schema = Mapping[str, Column]


class Entries(NamedTuple):
    """Of one field: rows, rising, int64; features, int32, -1 where unknown; values, float32, or None: all 1."""

    rows: np.ndarray
    features: np.ndarray
    values: np.ndarray | None

    def known(self) -> Entries:
        """Those whose feature is known."""
        known = self.features >= 0
        if known.all():
            return self
        return Entries(self.rows[known], self.features[known], None if self.values is None else self.values[known])


def encoded(field: str, schema: Schema, table: Table, number: Number) -> Entries:
    """Return the entries of a field; `number` numbers features by name."""
    column = schema[field]
    if column.kind == "numeric":
        return _numeric(field, column, table, number)
    if column.kind == "vector":
        return _vector(field, column, table, number)
    if column.kind == "multi":
        return _multi(field, column, table, number)
    if column.kind == "bucketed":
        return _bucketed(field, column, table, number)
    return _named(field, labels(field, schema, table), column.bits, number)


def labels(field: str, schema: Schema, table: Table) -> polars.Series:
    """Return what a cell is called in the name of its feature, text; null where nothing is known."""
    import polars

    column = schema[field]
    if column.kind == "crossed":
        parts = [labels(part, schema, table) for part in column.of]
        return polars.select(polars.concat_str(parts, separator=SIGN)).to_series()
    if column.kind != "bucketed":
        return table.names(column.source or field, column.cells)
    found = table.numbers(column.source or field, column.cells)[0]
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


def number_cells(schema: Schema, table: Table) -> np.ndarray | None:
    """Return the cells of the numeric and bucketed columns, as `Examples.numbers` has them; None without any."""
    columns = [(column.source or field, column.cells) for field, column in schema.items() if column.kind in NUMBERS]
    if not columns:
        return None
    return np.stack([table.numbers(name, cells)[0] for name, cells in columns], axis=1)


class Check(NamedTuple):
    """What can be wrong with cells: the column of the file, flags of the rows, what was expected, and what to do."""

    name: str
    wrong: np.ndarray
    expected: str
    fix: str = ""


def column_checks(schema: Schema, table: Table) -> Iterator[Check]:
    """Yield what can be wrong with the cells of features."""
    for field, column in schema.items():
        name = column.source or field
        if column.kind == "bucketed":
            yield Check(name, table.numbers(name, column.cells)[1], "a number", _fix(name))
        elif column.kind == "numeric":
            found, wrong = table.numbers(name, column.cells)
            yield Check(name, wrong, "a number", _fix(name))
            with np.errstate(invalid="ignore"):
                large = np.abs(_scaled(column, found)) >= LIMIT
            fix = f'schema={{"{name}": "bucketed"}} takes any number'
            yield Check(name, large, f"a number below {LIMIT:g}", fix)
        elif column.kind == "vector":
            yield Check(name, vectors(column, table, field)[1], f"{column.dim} numbers below {LIMIT:g}")


def _fix(name: str) -> str:
    return f'missing= names what stands for a missing value, schema={{"{name}": "categorical"}} takes any text'


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


def _numeric(field: str, column: Column, table: Table, number: Number) -> Entries:
    found = table.numbers(column.source or field, column.cells)[0]
    rows = np.flatnonzero(np.isfinite(found))
    values = _scaled(column, found[rows])
    return Entries(rows, np.repeat(number([field]), len(rows)), values.astype(np.float32))


def _bucketed(field: str, column: Column, table: Table, number: Number) -> Entries:
    found = table.numbers(column.source or field, column.cells)[0]
    rows = np.flatnonzero(~np.isnan(found))
    buckets = np.searchsorted(column.boundaries, found[rows], side="right")
    distinct, first = np.unique(buckets, return_index=True)
    distinct = distinct[np.argsort(first)]  # numbered as they come
    names, numbers = bucket_names(column.boundaries), np.empty(len(column.boundaries) + 1, np.int32)
    numbers[distinct] = number([f"{field}={names[bucket]}" for bucket in distinct.tolist()])
    return Entries(rows, numbers[buckets], None)


def _scaled(column: Column, found: np.ndarray) -> np.ndarray:
    if column.scaling == "standard":
        return (found - column.mean) / column.deviation
    return np.sign(found) * np.log1p(np.abs(found)) if column.scaling == "log" else found


def _multi(field: str, column: Column, table: Table, number: Number) -> Entries:
    import polars

    name = column.source or field
    cells = table[name]
    if not isinstance(cells.dtype, polars.List | polars.Array):
        cells = table.texts(name).str.split(column.separator)
    parts = polars.DataFrame({"row": np.arange(len(cells)), "part": cells}).explode("part")
    names = named(texts(parts["part"], ["", *table.missing]), column.cells)
    parts = parts.with_columns(part=names).drop_nulls().unique(maintain_order=True)
    entries = _named(field, parts["part"], None, number)
    return Entries(parts["row"].to_numpy(), entries.features, None)


def _vector(field: str, column: Column, table: Table, number: Number) -> Entries:
    matrix = vectors(column, table, field)[0]
    dim = column.dim or 0
    rows = np.flatnonzero(np.isfinite(matrix).all(axis=1)) if dim else np.empty(0, np.int64)
    features = number([f"{field}[{i}]" for i in range(dim)])
    return Entries(np.repeat(rows, dim), np.tile(features, len(rows)), matrix[rows].ravel().astype(np.float32))


def vectors(column: Column, table: Table, field: str) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors, float64, shape (n, dim), NaN where nothing is known, and flags of cells that are no vector."""
    import polars

    name = column.source or field
    cells = table[name]
    if not isinstance(cells.dtype, polars.List | polars.Array):
        cells = table.texts(name).str.split(column.separator)
    dim = column.dim or 0
    absent = cells.is_null().to_numpy()
    nested = cells.cast(polars.List(polars.Float64), strict=False)
    right = (nested.list.len() == dim).fill_null(False).to_numpy()
    matrix = np.full((len(cells), dim), np.nan)
    if dim and right.any():
        flat = nested.filter(polars.Series(right)).explode().fill_null(float("nan")).to_numpy()
        matrix[right] = flat.reshape(-1, dim)
    with np.errstate(invalid="ignore"):
        fine = (np.abs(matrix) < LIMIT).all(axis=1)
    return matrix, ~absent & ~(right & fine)
