"""From the features of rows back to the cells of the table that they were made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from nearfield.columns import Column
from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.feature_space import NUMBERS
from nearfield.rank.features.cells import Table

if TYPE_CHECKING:
    import polars

READABLE = (*NUMBERS, "categorical", "multi", "vector")  # kinds whose cells can be had again, the most exact first


def decoded(
    examples: Examples, columns: Iterable[str], places: Mapping[str, np.ndarray], of_entries: np.ndarray
) -> Table:
    """Return some columns of the table that rows were read from.

    Parameters
    ----------
    examples : Examples
    columns : iterable of str
        As they are called in the file.
    places : dict of str to ndarray of int64
        The places of each field's entries, by row.
    of_entries : ndarray of int64, shape (m,)
        The row of each entry.

    Raises
    ------
    BadInput
        There was no such column, or what its cells were is not known any more: they were hashed or crossed.
    """
    import polars

    cells: dict[str, polars.Series] = {}
    for name in columns:
        field, column = _field_of(examples, name)
        there = places[field]
        cells[name] = _cells(examples, field, column, there, of_entries[there])
    return Table(polars.DataFrame(cells), ())


def _field_of(examples: Examples, name: str) -> tuple[str, Column]:
    """The field that was made of a column, where its cells can be had again."""
    made = [(field, column) for field, column in examples.space.schema if (column.source or field) == name]
    made = [(field, column) for field, column in made if not column.of]
    if not made:
        has = ", ".join(field for field, column in examples.space.schema if not column.of)
        raise BadInput(f"the rows have no column {name!r}, which the model was fitted with; they have {has:.120}")
    field, column = min(made, key=lambda one: READABLE.index(one[1].kind) if one[1].kind in READABLE else 99)
    hashed = examples.space.bits is not None and column.kind not in NUMBERS
    if column.kind not in READABLE or hashed or (column.kind in NUMBERS and examples.numbers is None):
        way = "hashed" if hashed else column.kind
        raise BadInput(
            f"column {name!r} of these rows was {way}, and otherwise for the model: its cells are not known any more;"
            " read these rows with space=model.space_"
        )
    return field, column


def _cells(examples: Examples, field: str, column: Column, places: np.ndarray, rows: np.ndarray) -> polars.Series:
    """The cells of a field; null where it has no entry."""
    import polars

    n = len(examples)
    if column.kind in NUMBERS:
        numbers = np.full(n, np.nan)
        number = examples.space.number_fields.index(field)
        assert examples.numbers is not None
        numbers[rows] = examples.numbers[rows, number]
        return polars.Series(numbers).fill_nan(None)
    if column.kind == "vector":
        dim = column.dim or 1
        vectors = examples.entry_values[places].reshape(-1, dim).tolist()
        return _spread(polars.Series(vectors, dtype=polars.List(polars.Float64)), rows[::dim], n)
    parts = _names(examples, field, places)
    if column.kind == "categorical":
        return _spread(parts, rows, n)
    lists = polars.DataFrame({"row": rows, "part": parts}).group_by("row", maintain_order=True).agg("part")
    return _spread(lists["part"], lists["row"].to_numpy(), n)


def _names(examples: Examples, field: str, places: np.ndarray) -> polars.Series:
    """What stands behind the sign of equality in the names of entries."""
    import polars

    distinct, inverse = np.unique(examples.features[places], return_inverse=True)
    names = examples.space.names or ()
    cells = [names[feature].removeprefix(f"{field}=") for feature in distinct.tolist()]
    return polars.Series(cells, dtype=polars.String).gather(inverse)


def _spread(cells: polars.Series, rows: np.ndarray, n: int) -> polars.Series:
    """Put cells into their rows; the others are null."""
    places = np.full(n, -1)
    places[rows] = np.arange(len(rows))
    import polars

    return cells.gather(polars.Series(places).replace(-1, None)) if len(cells) else cells.extend_constant(None, n)
