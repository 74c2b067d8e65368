"""Parquet, by Polars: columns key, vector, and output and count where they are known. It keeps no metadata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import atomic_file
from nearfield.formats.keys import check_unique, check_utf8
from nearfield.tables import Table
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    import polars as pl

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
    frame = frame.select(column for column in COLUMNS if column in frame.columns)
    for column in frame:
        if column.null_count():
            row = int(column.is_null().arg_max() or 0) + 1
            raise BadInput(f"{name}: row {row:,} has no {column.name}; expected one in every row")
    if "count" in frame.columns and not frame["count"].is_sorted(descending=True):
        frame = frame.sort("count", descending=True, maintain_order=True)
    keys = frame["key"].to_list()
    check_unique(keys, Path(name), "row", 1)
    input = Table(_matrix(frame["vector"], name), name=f"{name}: vector")
    output = Table(_matrix(frame["output"], name), name=f"{name}: output") if "output" in frame.columns else None
    return Vectors(keys, input, output, frame["count"].to_numpy() if "count" in frame.columns else None)


def read(path: Path, *, mmap: bool = True) -> Vectors:
    """Read a file with the columns key and vector, and output and count if it has them."""
    import polars as pl

    try:
        _check_size(path)
        frame = pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise BadInput(f"{path}: cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    return from_dataframe(frame, str(path))


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


def _check_size(path: Path) -> None:
    """Raise `BadInput` at columns of another kind, and at a small file that would unpack to an enormous table."""
    import polars as pl

    schema = pl.Schema(pl.read_parquet_schema(path))
    _check_columns(schema, str(path))
    n = pl.scan_parquet(path).select(pl.len()).collect().item()
    first = pl.scan_parquet(path).select("vector").head(1).collect()["vector"]
    kind = first.dtype
    dim = kind.size if isinstance(kind, pl.Array) else len(first[0]) if n and first[0] is not None else 0
    size, unpacked = path.stat().st_size, 4 * n * dim
    if unpacked > HARMLESS_BYTES and unpacked > MAX_RATIO * size:
        raise BadInput(f"{path}: {size:,} bytes would unpack to {unpacked:,}, which no real vectors do; it is not read")


def _column(table: Table) -> pl.Series:
    import polars as pl

    return pl.Series(np.ascontiguousarray(table[:]), dtype=pl.Array(pl.Float32, table.shape[1]))


def _matrix(column: pl.Series, name: str) -> np.ndarray:
    """Turn a column of lists or arrays into float32, shape (rows, dim)."""
    import polars as pl

    if isinstance(column.dtype, pl.Array):
        dim = column.dtype.size
    else:
        lengths = column.list.len()
        dim = int(lengths[0]) if len(lengths) else 0
        if len(lengths) and (lengths != dim).any():
            row = int((lengths != dim).arg_max() or 0)
            raise BadInput(f"{name}: row {row + 1:,} of {column.name} has {lengths[row]} values; expected {dim}")
    flat = column.explode()
    if flat.null_count():
        row = int(flat.is_null().arg_max() or 0) // max(1, dim) + 1
        raise BadInput(f"{name}: row {row:,} of {column.name} holds an empty value; expected numbers only")
    return flat.cast(pl.Float32).to_numpy().reshape(len(column), dim)
