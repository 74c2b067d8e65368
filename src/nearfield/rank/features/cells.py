"""Cells of tables as text, numbers, times and names, and which of them are missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from nearfield.columns import Cells
from nearfield.errors import BadInput

if TYPE_CHECKING:
    import polars

# the usual marks of a missing value: those of pandas, R, SQL, Hive and of the UCI repository
MISSING = (
    "", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-nan", "-NaN", "NaT", "NULL", "null", "None", "\\N",
)  # fmt: skip
SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1)
BOOLEANS = {"true": 1.0, "false": 0.0}
LEADING_ZERO = r"^[+-]?0\d"  # postal codes and the like: 00501 is no number
_LEADING_ZERO = re.compile(LEADING_ZERO)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?$")
WHOLE_NAME = r"^(0|-?[1-9]\d*)$"  # a whole number as it is named
_WHOLE = re.compile(r"[+-]?(0|[1-9]\d*)(?:\.0*)?")
_DECIMAL = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
SAMPLE = 10_000  # cells by which it is decided what a column holds
EXACT = 2**53  # whole numbers below it are exact in float64


class Table:
    """A table whose columns are read as text or as numbers once, however often they are asked for.

    Parameters
    ----------
    frame : polars.DataFrame
    missing : sequence of str
        What a cell holds where nothing is known.
    """

    def __init__(self, frame: polars.DataFrame, missing: Sequence[str]) -> None:
        self.frame, self.missing = frame, tuple(missing)
        self._texts: dict[str, polars.Series] = {}
        self._numbers: dict[tuple[str, Cells | None], tuple[np.ndarray, np.ndarray]] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, name: str) -> polars.Series:
        return self.frame[name]

    def texts(self, name: str) -> polars.Series:
        """A column as text; see `texts`."""
        if name not in self._texts:
            column = self.frame[name]
            if _is_text(column):  # all at once: a query of many columns costs little more than one of a single one
                for plain in _text_columns(self.frame, self.missing):
                    self._texts.setdefault(plain.name, plain)
            else:
                self._texts[name] = texts(column, self.missing)
        return self._texts[name]

    def numbers(self, name: str, cells: Cells | None = None) -> tuple[np.ndarray, np.ndarray]:
        """A column as numbers; see `numbers`."""
        if (name, cells) not in self._numbers:
            column = self.frame[name]
            self._numbers[name, cells] = numbers(self.texts(name) if _is_text(column) else column, (), cells)
        return self._numbers[name, cells]

    def names(self, name: str, cells: Cells | None) -> polars.Series:
        """What the cells of a column are called; see `named`."""
        plain = self.texts(name)
        return plain if self.frame[name].dtype.is_integer() and cells == "number" else named(plain, cells)


def texts(cells: polars.Series, missing: Sequence[str]) -> polars.Series:
    """Return cells as text without blanks around; null where nothing is known."""
    import polars

    if isinstance(cells.dtype, polars.Struct | polars.List | polars.Array | polars.Object):
        raise BadInput(f"column {cells.name!r} holds {cells.dtype}; expected text, numbers, booleans or times")
    if cells.dtype.is_float():
        cells = cells.fill_nan(None)
    try:
        plain = cells.cast(polars.String).str.strip_chars()
    except polars.exceptions.PolarsError as error:
        raise BadInput(f"column {cells.name!r} holds {cells.dtype}, which is no text: {str(error)[:80]}") from error
    if cells.dtype.is_float():
        return named(plain, "number")
    return plain.set(plain.is_in(list(missing)), None) if missing and _is_text(cells) else plain


def _text_columns(frame: polars.DataFrame, missing: Sequence[str]) -> list[polars.Series]:
    """All columns of text, as `texts` makes them."""
    import polars

    plain = polars.col(polars.String, polars.Categorical, polars.Enum).cast(polars.String).str.strip_chars()
    columns = frame.select(plain)
    if missing:
        known = polars.when(polars.all().is_in(list(missing)).not_()).then(polars.all())
        columns = columns.select(known)
    return columns.get_columns()


def numbers(cells: polars.Series, missing: Sequence[str], holds: Cells | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return cells as float64, NaN where nothing is known, and flags of those that should be a number and are none.

    Booleans are 1 and 0. Times are seconds since 1970-01-01 UTC; text is read as such where a column holds "time".
    """
    import polars

    if cells.dtype.is_numeric() or cells.dtype == polars.Boolean:
        return cells.cast(polars.Float64).to_numpy(), np.zeros(len(cells), bool)
    if cells.dtype.is_temporal() or holds == "time":
        plain = cells if cells.dtype.is_temporal() else texts(cells, missing)
        found = plain.cast(polars.Datetime("us")).cast(polars.Int64) if cells.dtype.is_temporal() else stamps(plain)
        return (found / SECOND).to_numpy(), found.is_null().to_numpy() & plain.is_not_null().to_numpy()
    plain = texts(cells, missing) if missing or not _is_text(cells) else cells
    parsed = plain.cast(polars.Float64, strict=False)
    if parsed.null_count() > plain.null_count() and _first_odd(plain, parsed).lower() in BOOLEANS:
        parsed = parsed.fill_null(plain.str.to_lowercase().replace_strict(BOOLEANS, default=None))
    values = parsed.to_numpy()  # null becomes NaN
    wrong = np.isnan(values)
    return values, wrong & plain.is_not_null().to_numpy() if wrong.any() else wrong


def _first_odd(plain: polars.Series, parsed: polars.Series) -> str:
    """The first cell that is no number."""
    return str(plain[int((plain.is_not_null() & parsed.is_null()).arg_max() or 0)])


def held(cells: polars.Series, missing: Sequence[str]) -> Cells:
    """Return what the cells of a column that are named hold."""
    import polars

    if cells.dtype == polars.Boolean:
        return "boolean"
    if cells.dtype.is_numeric():
        return "number"
    if cells.dtype in (polars.Date, polars.Datetime):
        return "time"
    plain = texts(cells.head(SAMPLE), missing).unique()
    distinct = [cell for cell in plain.to_list() if cell is not None]
    if not distinct or any(map(_LEADING_ZERO.match, distinct)):
        return "text"
    if all(map(_TIME.match, distinct)) and not stamps(plain.drop_nulls()).null_count():
        return "time"
    if all(cell.lower() in BOOLEANS for cell in distinct):
        return "boolean"
    n_numbers = sum(_DECIMAL.fullmatch(cell) is not None for cell in distinct)
    return "number" if 2 * n_numbers >= len(distinct) else "text"


def named(plain: polars.Series, holds: Cells | None) -> polars.Series:
    """Return the names of cells that are text already: what they mean, where the column holds no text.

    A cell that is none of what its column holds is named as it stands.
    """
    if holds == "number":
        return _renamed(plain, ~plain.str.contains(WHOLE_NAME), number_name)
    if holds == "boolean":
        return _renamed(plain, ~plain.is_in(list(BOOLEANS)), _boolean_name)
    if holds == "time":
        return _renamed(plain, plain.is_not_null(), None)
    return plain


def _renamed(plain: polars.Series, chosen: polars.Series, name: Callable[[str], str] | None) -> polars.Series:
    """Rename those chosen, by what each distinct one is called; None: as times."""
    distinct = plain.filter(chosen).unique().drop_nulls()
    if not len(distinct):
        return plain
    names = _time_names(distinct) if name is None else [name(cell) for cell in distinct.to_list()]
    return plain.replace(distinct.to_list(), names)


def number_name(cell: str) -> str:
    """What a number is called: whole ones by their digits, others as Python prints them."""
    if whole := _WHOLE.fullmatch(cell):
        sign = "-" if cell.startswith("-") and whole[1] != "0" else ""
        return sign + whole[1]
    if _DECIMAL.fullmatch(cell) and np.isfinite(number := float(cell)):
        return str(int(number)) if number.is_integer() and abs(number) < EXACT else repr(number)
    return str(int(BOOLEANS[cell.lower()])) if cell.lower() in BOOLEANS else cell


def _boolean_name(cell: str) -> str:
    return {"1": "true", "0": "false"}.get(number_name(cell), cell)


def _time_names(distinct: polars.Series) -> list[str]:
    """What times are called: in UTC, a date alone where it is midnight."""
    return [
        cell if microseconds is None else _time_name(microseconds)
        for cell, microseconds in zip(distinct.to_list(), stamps(distinct).to_list(), strict=True)
    ]


def _time_name(microseconds: int) -> str:
    name = (EPOCH + timedelta(microseconds=microseconds)).isoformat()
    return name.removesuffix("T00:00:00")


def stamps(plain: polars.Series) -> polars.Series:
    """Return the moments of texts in microseconds: ISO 8601, with or without a zone, or a date alone; else null."""
    import polars

    full = plain.str.replace(" ", "T", literal=True)
    full = full.str.replace(r"^(\d{4}-\d{2}-\d{2})$", "${1}T00:00:00")
    full = full.str.replace(r"T(\d{2}:\d{2})(Z|[+-].*)?$", "T${1}:00${2}")
    zoned = full.str.to_datetime("%+", time_unit="us", strict=False).cast(polars.Int64)
    bare = (full + "Z").str.to_datetime("%+", time_unit="us", strict=False).cast(polars.Int64)
    return zoned.zip_with(zoned.is_not_null(), bare)


def _is_text(cells: polars.Series) -> bool:
    import polars

    return bool(cells.dtype in (polars.String, polars.Categorical, polars.Enum))
