"""Tables in memory: pandas, Polars, Arrow, and what speaks Arrow's C stream, such as a relation of DuckDB."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nearfield.errors import BadInput

if TYPE_CHECKING:
    import polars

STREAM = "__arrow_c_stream__"


def tables_of(source: Any) -> list[polars.DataFrame] | None:
    """Return the tables of a source, one or a list of them; None where it is none, but names files.

    Raises
    ------
    BadInput
        A table that cannot be read, such as one with two columns of a name.
    """
    parts = source if isinstance(source, list | tuple) else [source]
    if parts and all(map(_is_table, parts)):
        return [_table(part) for part in parts]
    for part in parts:
        if _is_table(part) or isinstance(part, dict) or hasattr(part, "__array__") or hasattr(part, "tocsr"):
            raise BadInput(
                f"rows are given as {type(part).__name__}; expected paths, or tables of pandas, Polars or Arrow"
            )
    return None


def _is_table(source: Any) -> bool:
    return hasattr(source, STREAM) or hasattr(source, "__dataframe__") or type(source).__name__ == "LazyFrame"


def _table(source: Any) -> polars.DataFrame:
    import polars

    try:
        if isinstance(source, polars.LazyFrame):
            return source.collect()
        if isinstance(source, polars.DataFrame):
            return source
        if hasattr(source, "columns") and hasattr(source, "iloc"):  # pandas, whose index is no column
            return _of_pandas(source)
        made = polars.DataFrame(source)
    except BadInput:
        raise
    except Exception as error:  # whatever the other library raises
        kind = f"{type(source).__module__.partition('.')[0]}.{type(source).__name__}"
        raise BadInput(f"the {kind} cannot be read as a table: {str(error).strip().splitlines()[0][:120]}") from error
    return made


def _of_pandas(frame: Any) -> polars.DataFrame:
    """A table of pandas, NaN as missing; a column of several types is text, as in a file."""
    import polars

    names = [str(name) for name in frame.columns]
    _check_names(names)
    return polars.DataFrame([_column(name, frame.iloc[:, i]) for i, name in enumerate(names)])


def _column(name: str, column: Any) -> polars.Series:
    import polars

    if column.dtype.name == "category":
        column = column.astype(column.cat.categories.dtype if not column.isna().any() else object)
    try:
        return polars.Series(name, polars.from_pandas(column, nan_to_null=True))
    except Exception:  # pyarrow's errors, of cells of several types
        cells = [None if missing else str(cell) for cell, missing in zip(column, column.isna(), strict=True)]
        return polars.Series(name, cells, dtype=polars.String)


def _check_names(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BadInput(f"the table names column {name!r} twice; expected a name of its own for each")
        seen.add(name)
