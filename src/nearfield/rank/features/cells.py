"""Cells of tables as text, numbers and times, and which of them are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars

NOT_NUMBERS = ("nan", "null")
SECOND = 1_000_000


def texts(cells: polars.Series, missing: Sequence[str]) -> polars.Series:
    """Return cells as text without blanks around; null where nothing is known."""
    import polars

    plain = cells.cast(polars.String).str.strip_chars()
    return plain.set(plain.is_in(list(missing)), None) if missing else plain


def numbers(cells: polars.Series, missing: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return cells as float64, NaN where nothing is known, and flags of those that should be a number and are none."""
    import polars

    if cells.dtype.is_numeric() or cells.dtype == polars.Boolean:
        absent, found = cells.is_null().to_numpy(), cells.cast(polars.Float64).fill_null(float("nan")).to_numpy()
        if any(name.lower() in NOT_NUMBERS for name in missing):
            absent = absent | np.isnan(found)
    else:
        plain = texts(cells, missing)
        absent = plain.is_null().to_numpy()
        found = plain.cast(polars.Float64, strict=False).fill_null(float("nan")).to_numpy()
    return found, ~absent & ~np.isfinite(found.astype(np.float32))


def moments(cells: polars.Series, missing: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return times in microseconds since 1970-01-01 UTC, int64, and flags of cells that are none."""
    import polars

    if cells.dtype.is_temporal():
        found = cells.cast(polars.Datetime("us")).cast(polars.Int64)
    else:
        seconds = numbers(cells, missing)[0]
        if np.isnan(seconds).any() and cells.dtype == polars.String:
            found = _stamps(texts(cells, missing))
        else:
            found = polars.Series(seconds * SECOND).fill_nan(None).cast(polars.Int64, strict=False)
    return found.fill_null(0).to_numpy(), found.is_null().to_numpy()


def _stamps(plain: polars.Series) -> polars.Series:
    """ISO 8601 with or without a zone, or a date alone, in microseconds; null where it is none of these."""
    import polars

    full = plain.str.replace(" ", "T", literal=True)
    full = full.str.replace(r"^(\d{4}-\d{2}-\d{2})$", "${1}T00:00:00")
    zoned = full.str.to_datetime("%+", time_unit="us", strict=False).cast(polars.Int64)
    bare = (full + "Z").str.to_datetime("%+", time_unit="us", strict=False).cast(polars.Int64)
    return zoned.zip_with(zoned.is_not_null(), bare)
