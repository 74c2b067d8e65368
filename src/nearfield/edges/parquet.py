"""Edges in Parquet files, by Polars: a row each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nearfield.edges.collecting import Edges
from nearfield.errors import BadInput
from nearfield.io import open_parquet

if TYPE_CHECKING:
    import polars as pl

BLOCK_ROWS = 1 << 20


class RowReader:
    """Numbers the nodes of Parquet files as they come, and collects the edges.

    Parameters
    ----------
    edges : Edges
        Where they go.
    weighted : bool
    columns : names of source, target and, if `weighted`, weight; or None: the first ones
    """

    def __init__(self, edges: Edges, *, weighted: bool, columns: Sequence[str] | None) -> None:
        self._edges, self._weighted, self._columns = edges, weighted, columns
        self._number: dict[str, int] = {}

    def read(self, path: Path) -> None:
        """Add the edges of a file; `BadInput` names the row that is none, or weighs what no edge can."""
        for row, frame in self._blocks(path):
            ends, weights = self._ends(frame, path, row), None
            if self._weighted:
                weights = frame.to_series(2).cast(float).to_numpy()
                wrong = np.flatnonzero(~((weights >= 0) & (weights < np.inf)))
                if len(wrong):
                    raise BadInput(
                        f"{path}: row {row + wrong[0] + 1:,} has the weight {weights[wrong[0]]}; expected a finite"
                        " number of at least 0"
                    )
            self._edges.append(ends, weights)

    def keys(self) -> list[str]:
        """Return the keys of all nodes, by number."""
        return list(self._number)

    def _ends(self, frame: pl.DataFrame, path: Path, row: int) -> np.ndarray:
        """Return the numbers of sources and targets by turns, int32."""
        import polars as pl

        both = pl.concat([frame.to_series(i).cast(pl.String) for i in (0, 1)])
        flat = both.gather(np.arange(len(both)).reshape(2, -1).T.ravel())
        if flat.null_count():
            raise BadInput(
                f"{path}: row {row + int(flat.is_null().arg_max() or 0) // 2 + 1:,} lacks a source or a target"
            )
        distinct = flat.unique(maintain_order=True)
        numbers = [self._number.setdefault(key, len(self._number)) for key in distinct]
        return flat.replace_strict(distinct, numbers, return_dtype=pl.Int32).to_numpy()

    def _blocks(self, path: Path) -> Iterator[tuple[int, pl.DataFrame]]:
        import polars as pl

        with open_parquet(path) as rows:
            rows = rows.select(self._names(path, rows.collect_schema()))
            n = rows.select(pl.len()).collect().item()
            for start in range(0, n, BLOCK_ROWS):
                yield start, rows.slice(start, BLOCK_ROWS).collect()

    def _names(self, path: Path, schema: pl.Schema) -> list[str]:
        """Return the names of the columns to be read; refuse those of other kinds."""
        import polars as pl

        wanted = 3 if self._weighted else 2
        names = list(schema)[:wanted] if self._columns is None else list(self._columns)
        has = f"{path}: has the columns {', '.join(f'{name} ({kind})' for name, kind in schema.items())}"
        if len(names) != wanted or not set(names) <= set(schema):
            raise BadInput(f"{has}; expected {', '.join(names) or 'some'}: source, target{', weight' * (wanted - 2)}")
        if not all(schema[name] == pl.String or schema[name].is_integer() for name in names[:2]):
            raise BadInput(f"{has}; expected {names[0]} and {names[1]} to be strings or whole numbers")
        if self._weighted and not schema[names[2]].is_numeric():
            raise BadInput(f"{has}; expected {names[2]} to be numbers")
        return names
