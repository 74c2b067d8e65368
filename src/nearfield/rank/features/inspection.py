"""What the first rows of a table show: the kind of each column, and what its features need to know."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np

from nearfield.columns import Cells, Column
from nearfield.feature_space import NUMBERS
from nearfield.rank.features.cells import LEADING_ZERO, Table, held

if TYPE_CHECKING:
    import polars

FEW = 16  # whole numbers of so many kinds at most are names
QUANTILES = 16
MOST_ODD = 0.05  # a column of numbers may hold so large a share of other cells, which are refused by row
ENOUGH = 50  # rows to say of a column that its cells are nearly all different
NEAR_UNIQUE = 0.8  # the share of different cells from which on they are
COMMA_NUMBER = r"^\s*[-+]?\d+(?:[.,]\d+)*\s*$"  # 3,14 of other locales, and 1,234 of spreadsheets
# names of columns that hold ids or codes, whose order says nothing
ID_NAME = re.compile(
    r"(?i:(?:^|[^a-z])(?:u?id|ids|key|code|zip|zip.?code|post.?code|sku|isbn|asin|nr|no)$)|[a-z](?:Id|ID|Code|Key|No)$"
    r"|(?i:^(?:user|item|movie|film|product|article|customer|shop|store|session|query|device)$)"
)


def inspected(table: Table, without: Collection[str]) -> dict[str, Column]:
    """Return a column for each of a table's, but for those that are something else.

    Text, times, yes and no are categorical, and so are whole numbers of at most 16 kinds, and digits with zeros in
    front; other numbers are bucketed by 16 quantiles, also where up to 5 % of the cells are something else; lists of
    numbers with a point are vectors, other lists multi.
    """
    return {name: _column(table, name) for name in table.frame.columns if name not in without}


def fitted(schema: dict[str, Column], table: Table) -> dict[str, Column]:
    """Return the columns with what they have to find in the first rows: quantiles, means, lengths of vectors."""
    return {field: column if column.of else _fit(column, table, column.source or field)
            for field, column in schema.items()}  # fmt: skip


def remarks(schema: dict[str, Column], table: Table) -> Iterator[str]:
    """Yield what to know of columns whose kind was inferred: ids in buckets, cells that hardly come twice."""
    for name, column in schema.items():
        if column.kind == "bucketed" and ID_NAME.search(name) and _whole(known := _known(table, name)):
            different = len(np.unique(known))
            yield (
                f"{name}: {different:,} different whole numbers are cut into {len(column.boundaries) + 1} buckets;"
                f" if they are ids: schema={_line(name, 'categorical')}"
            )
        elif column.kind == "categorical" and len(table) >= ENOUGH:
            plain = table.texts(name)
            different, n = plain.n_unique(), len(plain) - plain.null_count()
            if n >= ENOUGH and different >= NEAR_UNIQUE * n:
                mend = f"or schema={_line(name, 'bucketed')}" if column.cells in ("time", "number") else ""
                if plain.drop_nulls().head(ENOUGH).str.contains(COMMA_NUMBER).all():
                    mend = (
                        "or write its numbers with a decimal point and without other marks; with commas they are text"
                    )
                yield f"{name}: {different:,} different cells in {n:,} rows; drop=[{name!r}] {mend}".rstrip()


def _line(name: str, kind: str) -> str:
    return json.dumps({name: kind}, ensure_ascii=False)


def _column(table: Table, name: str) -> Column:
    import polars

    cells = table[name]
    if isinstance(cells.dtype, polars.List | polars.Array):
        return Column("vector" if cells.dtype.inner.is_float() else "multi")
    if not cells.dtype.is_numeric() and cells.dtype != polars.String:
        return Column("categorical")
    wrong, known = table.numbers(name)[1], _known(table, name)
    if not len(known) or wrong.sum() > MOST_ODD * (wrong.sum() + len(known)):
        return Column("categorical")
    few = len(np.unique(known)) <= FEW and _whole(known)
    if few or (cells.dtype == polars.String and table.texts(name).str.contains(LEADING_ZERO).any()):
        return Column("categorical")
    return Column("bucketed", quantiles=QUANTILES)


def _whole(known: np.ndarray) -> bool:
    return bool(len(known)) and bool(np.all(known == np.floor(known)))


def _known(table: Table, name: str, cells: Cells | None = None) -> np.ndarray:
    found = table.numbers(name, cells)[0]
    return found[np.isfinite(found)]


def _fit(column: Column, table: Table, name: str) -> Column:
    if column.kind == "vector":
        first = _first_vector(table, name, column) if column.dim is None else None
        return dataclasses.replace(column, dim=len(first)) if first else column
    if column.kind not in NUMBERS:
        if column.cells is not None:
            return column
        return dataclasses.replace(column, cells=held(_parts(table, name, column), table.missing))
    if column.cells is None and _may_be_times(table, name):
        column = dataclasses.replace(column, cells="time")
    if column.kind == "bucketed" and not column.boundaries:
        known = _known(table, name, column.cells)
        return dataclasses.replace(column, boundaries=_boundaries(known, column.quantiles or QUANTILES))
    if column.scaling != "standard" or column.mean != 0:
        return column
    known = _known(table, name, column.cells)
    deviation = float(known.std()) if len(known) else 1.0
    return dataclasses.replace(column, mean=float(known.mean()) if len(known) else 0.0, deviation=deviation or 1.0)


def _may_be_times(table: Table, name: str) -> bool:
    """Whether the cells of a column of numbers are none, but times."""
    dtype = table[name].dtype
    if dtype.is_numeric():
        return False
    return dtype.is_temporal() or (bool(table.numbers(name)[1].any()) and held(table.texts(name), ()) == "time")


def _parts(table: Table, name: str, column: Column) -> polars.Series:
    """The cells, or the parts of those that have several."""
    import polars

    cells = table[name]
    if isinstance(cells.dtype, polars.List | polars.Array):
        return cells.explode()
    return table.texts(name).str.split(column.separator).explode() if column.kind == "multi" else cells


def _first_vector(table: Table, name: str, column: Column) -> list[str]:
    import polars

    if isinstance(table[name].dtype, polars.List | polars.Array):
        known = table[name].drop_nulls()
        return list(known[0]) if len(known) else []
    plain = table.texts(name).drop_nulls()
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
