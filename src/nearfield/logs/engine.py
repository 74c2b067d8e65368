"""Ibis, imported on first use, the engine behind it where the user brings none, and the one door for its errors."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput, NearfieldError, StorageError, import_extra

ENGINES = (
    "duckdb",
    "_duckdb",
    "ibis",
    "pyarrow",
    "pyspark",
    "py4j",
    "polars",
    "pandas",
    "sqlglot",
    "google",
    "snowflake",
)
OUT_OF_RESOURCES = ("No space left", "out of memory", "Out of Memory", "Permission denied", "failed to offload")


def load_ibis() -> Any:
    """Return the module; raise `MissingExtra` where it is not installed."""
    return import_extra("ibis", "logs")


def new_engine() -> Any:
    """Return a DuckDB of our own, on disk in the folder for temporary files, so that a log may be larger than memory.

    The files go with the connection.
    """
    ibis = load_ibis()
    folder = tempfile.mkdtemp(prefix="nearfield-log-")
    engine = ibis.duckdb.connect(Path(folder, "log.duckdb"), temp_directory=str(Path(folder, "spill")))
    engine.raw_sql("SET TimeZone = 'UTC'")
    weakref.finalize(engine, shutil.rmtree, folder, ignore_errors=True)
    return engine


@contextmanager
def engine_errors(where: str = "") -> Iterator[None]:
    """Turn what an engine says of data that it cannot work on into `BadInput` of one line, which begins with `where`.

    A full disk or too little memory is a `StorageError`.
    """
    try:
        yield
    except NearfieldError:
        raise
    except Exception as error:
        if not any(kind.__module__.partition(".")[0] in ENGINES for kind in type(error).__mro__):
            raise
        text = first_line(error)
        if any(sign in str(error) for sign in OUT_OF_RESOURCES):
            raise StorageError(f"{where}the engine has no room ({text}); set TMPDIR to a larger disk") from error
        raise BadInput(f"{where}the engine refuses the log: {text}") from error


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, without the full stop at its end."""
    text = str(error).strip() or type(error).__name__
    return text.partition("\n")[0].rstrip(". ")


@contextmanager
def _in_steps() -> Iterator[None]:
    """Have Ibis write a query step by step: joined into one select, a step stands there as often as it is used."""
    options = load_ibis().options.sql
    before, options.fuse_selects = options.fuse_selects, False
    try:
        yield
    finally:
        options.fuse_selects = before


def written(table: Any) -> Any:
    """Return the table written down where its engine keeps what is asked for more than once."""
    with engine_errors(), _in_steps():
        return table.cache()


def batches(table: Any, rows: int | None = None) -> Iterator[Any]:
    """Yield a table as batches of Arrow: with `to_pyarrow` Ibis would import pandas."""
    with engine_errors():
        with _in_steps():
            found = table.to_pyarrow_batches() if rows is None else table.to_pyarrow_batches(chunk_size=rows)
        yield from found


def answer(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a small table."""
    return [row for batch in batches(table) for row in batch.to_pylist()]
