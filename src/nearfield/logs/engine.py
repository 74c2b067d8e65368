"""Ibis, imported on first use, and the engine that stands behind it where the user brings none."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

from nearfield.errors import import_extra


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


def written(table: Any) -> Any:
    """Return the table written down where its engine keeps what is asked for more than once."""
    return table.cache()


def answer(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a small table, read in batches: with `to_pyarrow` Ibis would import pandas."""
    return [row for batch in table.to_pyarrow_batches() for row in batch.to_pylist()]
