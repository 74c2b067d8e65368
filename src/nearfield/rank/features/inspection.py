"""What the first rows of a table tell: the kind of each column, and what its features need to know."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nearfield.columns import Column
from nearfield.rank.features.cells import numbers, texts

if TYPE_CHECKING:
    import polars

FEW = 16  # whole numbers of so many kinds at most are names
QUANTILES = 16


def inspected(table: polars.DataFrame, missing: Sequence[str], without: Collection[str]) -> dict[str, Column]:
    """Return a column for each of a table's, but for those that are something else.

    Text, dates, yes and no are categorical, and so are whole numbers of at most 16 kinds; other numbers are bucketed by
    16 quantiles; lists of numbers with a point are vectors, other lists multi.
    """
    return {name: _column(table[name], missing) for name in table.columns if name not in without}


def fitted(schema: dict[str, Column], table: polars.DataFrame, missing: Sequence[str]) -> dict[str, Column]:
    """Return the columns with what they have to find in the first rows: quantiles, means, lengths of vectors."""
    return {name: _fit(column, table[column.source or name], missing) if not column.of else column
            for name, column in schema.items()}  # fmt: skip


def _column(cells: polars.Series, missing: Sequence[str]) -> Column:
    import polars

    if cells.dtype in (polars.List, polars.Array):
        inner = cells.dtype.inner  # type: ignore[attr-defined]
        return Column("vector" if inner.is_float() else "multi")
    if not cells.dtype.is_numeric() and cells.dtype != polars.String:
        return Column("categorical")
    found, wrong = numbers(cells, missing)
    known = found[np.isfinite(found)]
    if wrong.any() or not len(known):
        return Column("categorical")
    few = len(np.unique(known)) <= FEW and np.all(known == np.floor(known))
    return Column("categorical") if few else Column("bucketed", quantiles=QUANTILES)


def _fit(column: Column, cells: polars.Series, missing: Sequence[str]) -> Column:
    if column.kind == "vector" and column.dim is None:
        first = cells.drop_nulls().head(1)
        vector = _first_vector(first, column, missing)
        return dataclasses.replace(column, dim=len(vector)) if vector else column
    standard, cut = (
        column.scaling == "standard" and column.mean == 0,
        column.kind == "bucketed" and not column.boundaries,
    )
    if not standard and not cut:
        return column
    found = numbers(cells, missing)[0]
    known = found[np.isfinite(found)]
    if cut:
        return dataclasses.replace(column, boundaries=_boundaries(known, column.quantiles or QUANTILES))
    deviation = float(known.std()) if len(known) else 1.0
    return dataclasses.replace(column, mean=float(known.mean()) if len(known) else 0.0, deviation=deviation or 1.0)


def _first_vector(cells: polars.Series, column: Column, missing: Sequence[str]) -> list[str]:
    import polars

    if cells.dtype in (polars.List, polars.Array):
        return list(cells[0]) if len(cells) else []
    plain = texts(cells, missing).drop_nulls()
    return str(plain[0]).split(column.separator) if len(plain) else []


def _boundaries(known: np.ndarray, n: int) -> tuple[float, ...]:
    """Quantiles of the numbers; where most are alike, such as 0, those of the distinct numbers."""
    shares = np.linspace(0, 1, n + 1)[1:-1]
    if not len(known):
        return (0.0,)
    edges = np.unique(np.quantile(known, shares))
    if len(edges) <= n // 2:
        edges = np.unique(np.quantile(np.unique(known), shares, method="higher"))
    return tuple(edges.tolist())
