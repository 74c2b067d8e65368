"""When rows were: the column of times, by the grammar and the rule for units that behaviour logs have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nearfield.errors import BadInput
from nearfield.moments import PER_SECOND, SECOND, Form, form_of, from_number, parse_text
from nearfield.rank.features.cells import Table, stamps

if TYPE_CHECKING:
    import polars


class Times:
    """Reads the column of times; numbers are all in one unit: that in which the first rows are plausible.

    Parameters
    ----------
    unit : {"s", "ms", "us", "ns"}, optional
        Of numbers; without it, it is detected, and what is no time from 1980 to two years from now is refused.
    """

    def __init__(self, unit: str | None) -> None:
        if unit is not None and unit not in PER_SECOND:
            raise BadInput(f"time_unit= is {unit!r}; expected one of {', '.join(PER_SECOND)}")
        self._told = unit is not None
        self._form = None if unit is None else Form(unit, 0, 0)

    def read(self, table: Table, name: str, where: str) -> tuple[np.ndarray, np.ndarray]:
        """Return microseconds since 1970-01-01 UTC, int64, shape (n,), and flags of cells that are no time."""
        import polars

        cells = table[name]
        if cells.dtype.is_temporal():
            found = cells.cast(polars.Datetime("us")).cast(polars.Int64)
            return found.fill_null(0).to_numpy(), found.is_null().to_numpy()
        numbers, wrong = table.numbers(name)
        if wrong.any():
            return _of_texts(table.texts(name))
        return self._of_numbers(numbers, f"{where}: {name}")

    def _of_numbers(self, numbers: np.ndarray, what: str) -> tuple[np.ndarray, np.ndarray]:
        known = np.isfinite(numbers)
        if self._form is None and known.any():
            ends = numbers[known].min(), numbers[known].max()
            try:
                self._form = form_of([float(end) for end in ends], what)
            except BadInput as error:
                raise BadInput(f"{error}; say which by time_unit=") from None
        form, moments = self._form, np.zeros(len(numbers), np.int64)
        if form is None:
            return moments, ~known
        if not self._told:
            known &= (numbers >= form.low) & (numbers <= form.high)
        if form.is_date:
            distinct, inverse = np.unique(numbers[known], return_inverse=True)
            moments[known] = np.array([from_number(int(date), form) for date in distinct], np.int64)[inverse]
        else:
            known &= np.abs(numbers) * (SECOND / PER_SECOND[form.name]) < 2.0**63
            moments[known] = np.round(numbers[known] * (SECOND / PER_SECOND[form.name]))
        return moments, ~known


def _of_texts(plain: polars.Series) -> tuple[np.ndarray, np.ndarray]:
    """Most texts are ISO 8601 and read at once; the others one by one, each distinct one once."""
    import polars

    found = stamps(plain)
    others = plain.filter(found.is_null()).unique().drop_nulls()
    if len(others):
        values = polars.Series([_parsed(text) for text in others.to_list()], dtype=polars.Int64)
        found = found.zip_with(found.is_not_null(), plain.replace_strict(others, values, default=None))
    return found.fill_null(0).to_numpy(), found.is_null().to_numpy()


def _parsed(text: str) -> int | None:
    try:
        return parse_text(text)
    except BadInput:
        return None
