"""From a table in memory to examples, as `read_examples` makes them of a file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearfield.examples import Examples
from nearfield.rank.features.reading import read_examples

if TYPE_CHECKING:
    import polars


def as_examples(table: polars.DataFrame, **options: Any) -> Examples:
    """Return the rows of a table as examples; the options are those of `read_examples`."""
    with tempfile.TemporaryDirectory(prefix="nearfield-") as folder:
        path = Path(folder) / "table.parquet"
        table.write_parquet(path)
        return read_examples(path, **options)
