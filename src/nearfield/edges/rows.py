"""Edges in rows of columns, a row each: Parquet files by Polars, and tables of pandas, Polars or Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.edges.collecting import Edges
from nearfield.edges.columns import named_columns
from nearfield.edges.report import EdgeReport
from nearfield.errors import BadInput
from nearfield.io import open_parquet

if TYPE_CHECKING:
    import polars as pl

BLOCK_ROWS = 1 << 20
STRINGS = ("String", "Categorical", "Enum")


def is_table(source: Any) -> bool:
    """Whether a source is a table of pandas, Polars or Arrow."""
    if type(source).__name__ == "LazyFrame":  # of Polars, which need not be imported to know it
        return True
    return hasattr(source, "__dataframe__") or hasattr(source, "__arrow_c_stream__")


class RowReader:
    """Numbers the nodes of tables as they come, and collects the edges.

    Parameters
    ----------
    edges : Edges
        Where they go.
    weighted : bool
    columns : names, or numbers from 1, of source, target and, if `weighted`, weight; or None: those with the usual
        names, else the first ones
    report : EdgeReport
        Written to.
    """

    def __init__(
        self, edges: Edges, *, weighted: bool, columns: Sequence[str | int] | None, report: EdgeReport
    ) -> None:
        self._edges, self._weighted, self._columns, self._report = edges, weighted, columns, report
        self._number: dict[str, int] = {}

    def read(self, path: Path) -> None:
        """Add the edges of a Parquet file; `BadInput` names the row that is none, or weighs what no edge can."""
        import polars as pl

        with open_parquet(path) as rows:
            chosen = rows.select(self._names(str(path), rows.collect_schema()))
            n = chosen.select(pl.len()).collect().item()
            blocks = (chosen.slice(start, BLOCK_ROWS).collect() for start in range(0, n, BLOCK_ROWS))
            self._add(str(path), _with_starts(blocks))

    def read_table(self, table: Any) -> None:
        """Add the edges of a table of pandas, Polars or Arrow; a lazy one of Polars is collected."""
        import polars as pl

        try:
            frame = table.collect() if isinstance(table, pl.LazyFrame) else pl.DataFrame(table)
        except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
            raise BadInput(f"table: cannot be read: {str(error).splitlines()[0]}") from error
        self._report.format = "frame"
        names = self._names("table", frame.schema)
        self._add("table", _with_starts(frame.select(names).iter_slices(BLOCK_ROWS)))

    def keys(self) -> list[str]:
        """Return the keys of all nodes, by number."""
        return list(self._number)

    def _add(self, where: str, blocks: Iterable[tuple[int, pl.DataFrame]]) -> None:
        for row, frame in blocks:
            numbers, weights = self._ends(frame, where, row), None
            if self._weighted:
                weights = frame.to_series(2).cast(float).to_numpy().astype(np.float32)
                wrong = np.flatnonzero(~((weights >= 0) & (weights < np.inf)))
                if len(wrong):
                    raise BadInput(
                        f"{where}: row {row + wrong[0] + 1:,} has the weight {frame[int(wrong[0]), 2]}; expected a"
                        " finite number of at least 0"
                    )
            self._report.add_edges(numbers, weights)
            self._edges.append(numbers, weights)

    def _ends(self, frame: pl.DataFrame, where: str, row: int) -> np.ndarray:
        """Return the numbers of sources and targets by turns, int32."""
        import polars as pl

        both = pl.concat([_as_keys(frame.to_series(i), where, row) for i in (0, 1)])
        flat = both.gather(np.arange(len(both)).reshape(2, -1).T.ravel())
        lacking = flat.is_null() | (flat == "").fill_null(value=False)
        if lacking.any():
            raise BadInput(f"{where}: row {row + int(lacking.arg_max() or 0) // 2 + 1:,} lacks a source or a target")
        distinct = flat.unique(maintain_order=True)
        numbers = [self._number.setdefault(key, len(self._number)) for key in distinct]
        return flat.replace_strict(distinct, numbers, return_dtype=pl.Int32).to_numpy()

    def _names(self, where: str, schema: pl.Schema) -> list[str]:
        """Return the names of the columns to be read; refuse those of other kinds."""
        names = list(schema)
        has = f"{where}: has the columns {', '.join(f'{name} ({kind})' for name, kind in schema.items())}"
        expected = "source, target, weight" if self._weighted else "source, target"
        if self._columns is None and len(names) < (3 if self._weighted else 2):
            raise BadInput(f"{has}; expected {expected}")
        places = named_columns(self._columns, names, names, weighted=self._weighted, where=where)
        chosen = [names[place] for place in places if place >= 0]
        for name in chosen[:2]:
            kind = schema[name]
            if not (kind.is_integer() or kind.is_float()) and str(kind).split("(")[0] not in STRINGS:
                fix = "; write an edge a row, such as frame.explode(…)" if kind.is_nested() else ""
                raise BadInput(f"{has}; expected {name} to be strings or whole numbers{fix}")
        if self._weighted and not schema[chosen[2]].is_numeric():
            raise BadInput(f"{has}; expected {chosen[2]} to be numbers")
        rest = [name for name in names if name not in chosen]
        if rest:
            self._report.notes.append(f"{where}: passed over the columns {', '.join(rest)[:80]}")
        return chosen


def _with_starts(frames: Iterable[pl.DataFrame]) -> Iterator[tuple[int, pl.DataFrame]]:
    start = 0
    for frame in frames:
        yield start, frame
        start += len(frame)


def _as_keys(column: pl.Series, where: str, row: int) -> pl.Series:
    """Return a column as strings; a float that is whole loses its ".0", and NaN is no value."""
    import polars as pl

    if column.dtype.is_float():
        column = column.fill_nan(None)
        whole = (column == column.round()) & (column.abs() < 2.0**53)
        if not whole.fill_null(value=True).all():
            at = int((~whole.fill_null(value=True)).arg_max() or 0)
            raise BadInput(
                f"{where}: row {row + at + 1:,} has the {column.name} {column[at]}; expected a string or a whole number"
            )
        column = column.cast(pl.Int64)
    return column.cast(pl.String)
