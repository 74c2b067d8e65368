"""What the cells of ids and of numbers mean, as expressions: by value, whatever type they are stored as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nearfield.errors import BadInput
from nearfield.logs.engine import load_ibis

# what programs write where there is nothing: pandas, R, Hive, MySQL, Python, SQL
NULLS = ("", "NULL", "null", "\\N", "NaN", "nan", "NaT", "NA", "N/A", "#N/A", "None", "<NA>")
EXACT = {"float16": 2.0**11, "float32": 2.0**24, "float64": 2.0**53}  # from here on not every whole number is held


def check_nulls(nulls: Sequence[str] | None) -> tuple[str, ...]:
    """Return the texts that stand for nothing; the empty one always does."""
    if nulls is None:
        return NULLS
    if isinstance(nulls, str) or not all(isinstance(text, str) for text in nulls):
        raise BadInput(f"nulls is {nulls!r}; expected a list of texts that stand for nothing, such as ['NULL', '-']")
    return tuple(dict.fromkeys(["", *nulls]))


def present(column: Any, nulls: Sequence[str]) -> Any:
    """Return the column with null for what stands for nothing: texts among `nulls`, NaN."""
    ibis, kind = load_ibis(), column.type()
    if kind.is_string():
        return ibis.ifelse(column.isin(nulls), ibis.null("string"), column)
    if kind.is_floating():
        return ibis.ifelse(column.isnan(), ibis.null(kind), column)
    return column


def check_id(column: Any, role: str, name: str, where: str) -> None:
    """Raise `BadInput` for a column of a type that is no id."""
    kind = column.type()
    if kind.is_array() or kind.is_struct() or kind.is_map() or kind.is_json():
        fix = "expected one value a row: explode it first, or name one of its fields"
        raise BadInput(f"{where}{role} is a column of {kind} ({name!r}); {fix}")
    plain = (kind.is_string(), kind.is_numeric(), kind.is_boolean(), kind.is_temporal(), kind.is_null(), kind.is_uuid())
    if not any(plain):
        raise BadInput(f"{where}{role} is a column of {kind} ({name!r}); expected text, whole numbers or dates")


def whole_text(column: Any) -> Any:
    """Return texts without the `.0` at their end."""
    return column.re_replace(r"\.0+$", "")


def id_text(column: Any, nulls: Sequence[str]) -> Any:
    """Return ids as text: the numbers 20.0 and 20.00 are 20."""
    column, kind = present(column, nulls), column.type()
    if kind.is_string():
        return column
    if kind.is_floating():
        return load_ibis().ifelse(
            (column % 1 == 0) & (column.abs() < exact(column)),
            column.try_cast("int64").cast("string"),
            column.cast("string"),
        )
    if kind.is_decimal() and kind.scale:
        return column.cast("string").re_replace(r"\.?0+$", "")
    return column.cast("string")


def id_fault(column: Any) -> Any | None:
    """Whether an id is a float that has lost digits, or infinite; None where the type allows of none."""
    if not column.type().is_floating():
        return None
    return (~column.isnan() & (column.abs() >= exact(column))).fill_null(False)


def exact(column: Any) -> float:
    """Return the number from which on a column of floats does not hold every whole number."""
    return EXACT[type(column.type()).__name__.lower()]


def check_number(column: Any, role: str, name: str, where: str) -> None:
    """Raise `BadInput` for a column of a type that is no number."""
    kind = column.type()
    if not (kind.is_string() or kind.is_numeric() or kind.is_null()):
        raise BadInput(f"{where}{role} is a column of {kind} ({name!r}); expected numbers")


def number(column: Any, nulls: Sequence[str]) -> Any:
    """Return numbers as float64, null for what stands for nothing."""
    return present(column, nulls).try_cast("float64")


def number_fault(column: Any, nulls: Sequence[str]) -> Any | None:
    """Whether what stands in a column of numbers is none; None where its type allows of no other."""
    if not column.type().is_string():
        return None
    given = present(column, nulls)
    parsed = given.try_cast("float64")
    return (given.notnull() & (parsed.isnull() | parsed.isnan() | parsed.isinf())).fill_null(False)
