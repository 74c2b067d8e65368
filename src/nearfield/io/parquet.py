"""Opening Parquet files by Polars, always the file that was named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nearfield.errors import BadInput
from nearfield.files import storage_errors
from nearfield.io.inputs import plain_file

if TYPE_CHECKING:
    import polars


@contextmanager
def open_parquet(path: Path, name: Path | None = None) -> Iterator[polars.LazyFrame]:
    """Yield the rows of one Parquet file; a compressed one, a pipe or `-` is copied to a temporary file first.

    Polars is handed the open file: it would take brackets, `*` and `?` in a name for a pattern, `~` for a home and
    `s3:` for a network address. Rows are read when they are collected, within the context. `name` is what errors call
    the file, where it is the copy of another.

    Raises
    ------
    BadInput
        There is no such file, or it is no Parquet file, damaged, or cut short (also while rows are collected).
    StorageError
        The operating system refuses.
    """
    import polars

    with plain_file(path) as plain, storage_errors(path), plain.open("rb") as file:
        try:
            yield polars.scan_parquet(file)
        except (polars.exceptions.PolarsError, polars.exceptions.PanicException) as error:
            reason = str(error).split("\n")[0]
            raise BadInput(
                f"{name or path}: cannot be read as Parquet: {reason}; the file is damaged or no Parquet"
            ) from error
