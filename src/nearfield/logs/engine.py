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
