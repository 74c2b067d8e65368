"""Parquet, by Polars: columns key, vector, and output and count where they are known. It keeps no metadata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import atomic_file
from nearfield.formats.keys import check_utf8
from nearfield.formats.options import ReadOptions
from nearfield.formats.rows import check_wanted, checked_rows
from nearfield.formats.streams import Source
from nearfield.io import open_parquet
from nearfield.tables import Table
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    import polars as pl

ROW = "\0row"  # no column of a file has that name
COLUMNS = ("key", "vector", "output", "count")
# numbers of real vectors hardly compress, but a few bytes can stand for any number of zeros
HARMLESS_BYTES = 1 << 30
MAX_RATIO = 200


def to_dataframe(vectors: Vectors) -> pl.DataFrame:
    """Return columns key (str), vector (array of float32), and output (the same) and count (int64) if known."""
    import polars as pl

    check_utf8(vectors.keys, Path("dataframe"))
    columns = {"key": pl.Series(vectors.keys, dtype=pl.String), "vector": _column(vectors.input_table)}
    if vectors.output_table is not None:
        columns["output"] = _column(vectors.output_table)
    if vectors.counts is not None:
        columns["count"] = pl.Series(vectors.counts)
    return pl.DataFrame(columns)


def from_dataframe(frame: pl.DataFrame, name: str = "dataframe") -> Vectors:
    """Return the vectors of a frame as `to_dataframe` makes it; vectors may be lists or arrays of any numbers.

    Rows are sorted by falling count if there is a count.
    """
    _check_columns(frame.schema, name)
    return _vectors(frame, name, ReadOptions())


def read(source: Source, options: ReadOptions) -> Vectors:
    """Read a file with the columns key and vector, and output and count if it has them."""
    import polars as pl

    path = source.path
    with source.on_disk() as file, open_parquet(file, path) as rows:
        schema = rows.collect_schema()
        _check_columns(schema, str(path))
        rows = rows.select(column for column in COLUMNS if column in schema).with_row_index(ROW, 1)
        rows = rows if options.limit is None else rows.head(options.limit)
        if options.wanted is not None:
            rows = rows.filter(pl.col("key").is_in(list(options.wanted)))
        if options.whole:
            _check_size(rows, path, file.stat().st_size)
        frame = rows.collect()
    vectors = _vectors(frame, str(path), options)
    check_wanted(path, vectors.keys, options)
    return vectors


def write(vectors: Vectors, path: Path, *, replace_spaces: str | None = None) -> None:
    """Write a row for each key."""
    check_utf8(vectors.keys, path)
    frame = to_dataframe(vectors)
    with atomic_file(path) as temporary:
        frame.write_parquet(temporary)


def _check_columns(schema: pl.Schema, name: str) -> None:
    """Raise `BadInput` where the columns are not those that `to_dataframe` makes."""
    import polars as pl

    def is_vector(column: pl.DataType) -> bool:
        return (
            isinstance(column, pl.List | pl.Array)
            and isinstance(column.inner, pl.DataType)
            and column.inner.is_numeric()
        )

    fits = schema.get("key") == pl.String and is_vector(schema.get("vector", pl.Null()))
    fits = fits and is_vector(schema.get("output", schema["vector"])) and schema.get("count", pl.Int64()).is_integer()
    if not fits:
        found = ", ".join(f"{column} ({kind})" for column, kind in schema.items())
        raise BadInput(
            f"{name}: has the columns {found}; expected key (String), vector (List or Array of numbers), optionally"
            " output (like vector) and count (whole numbers)"
        )


def _check_size(rows: pl.LazyFrame, path: Path, size: int) -> None:
    """Raise `BadInput` at a small file that would unpack to an enormous table."""
    import polars as pl

    n = rows.select(pl.len()).collect().item()
    first = rows.select("vector").head(1).collect()["vector"]
    kind = first.dtype
    dim = kind.size if isinstance(kind, pl.Array) else len(first[0]) if n and first[0] is not None else 0
    unpacked = 4 * n * dim
    if unpacked > HARMLESS_BYTES and unpacked > MAX_RATIO * size:
        raise BadInput(f"{path}: {size:,} bytes would unpack to {unpacked:,}, which no real vectors do; it is not read")


def _vectors(frame: pl.DataFrame, name: str, options: ReadOptions) -> Vectors:
    """Return the vectors of rows whose columns are right; the column `ROW`, if there is one, numbers them."""
    frame = frame if ROW in frame.columns else frame.with_row_index(ROW, 1)
    frame = frame.select(column for column in (ROW, *COLUMNS) if column in frame.columns)
    for column in frame.columns:
        frame = _without(frame, frame[column].is_null(), f"has no {column}; expected one in every row", name, options)
    for column in {"vector", "output"} & set(frame.columns):
        frame = _regular(frame, column, name, options)
    if "count" in frame.columns and not frame["count"].is_sorted(descending=True):
        frame = frame.sort("count", descending=True, maintain_order=True)
    keys, rows = frame["key"].to_list(), _matrix(frame["vector"])
    kept = checked_rows(Path(name), keys, rows, frame[ROW].to_list(), "row", options.bad)
    if kept is not None:
        keys, rows, frame = [keys[i] for i in kept], rows[kept], frame[kept]
    input = Table(rows, name=f"{name}: vector")
    output = Table(_matrix(frame["output"]), name=f"{name}: output") if "output" in frame.columns else None
    return Vectors(keys, input, output, frame["count"].to_numpy() if "count" in frame.columns else None)


def _regular(frame: pl.DataFrame, column: str, name: str, options: ReadOptions) -> pl.DataFrame:
    """Return the rows whose lists in a column have the length of the first and no empty value."""
    import polars as pl

    cells = frame[column]
    if isinstance(cells.dtype, pl.List):
        lengths = cells.list.len()
        dim = int(lengths[0]) if len(lengths) else 0
        frame = _without(
            frame, lengths != dim, f"has another number of values in {column}; expected {dim}", name, options
        )
        cells = frame[column]
        empty = cells.list.eval(pl.element().is_null()).list.any()
    else:
        empty = cells.arr.to_list().list.eval(pl.element().is_null()).list.any()
    return _without(frame, empty, f"of {column} holds an empty value; expected numbers only", name, options)


def _without(frame: pl.DataFrame, wrong: pl.Series, what: str, name: str, options: ReadOptions) -> pl.DataFrame:
    """Return the rows that are not wrong; the others are told to what keeps count of them."""
    if not wrong.any():
        return frame
    for row in frame[ROW].filter(wrong):
        options.bad.add(f"{name}: row {row:,} {what}")
    return frame.filter(~wrong)


def _column(table: Table) -> pl.Series:
    import polars as pl

    return pl.Series(np.ascontiguousarray(table[:]), dtype=pl.Array(pl.Float32, table.shape[1]))


def _matrix(column: pl.Series) -> np.ndarray:
    """Turn a column of lists or arrays of one length into float32, shape (rows, dim)."""
    import polars as pl

    dim = column.dtype.size if isinstance(column.dtype, pl.Array) else len(column[0]) if len(column) else 0
    return column.explode().cast(pl.Float32).to_numpy().reshape(len(column), dim)
