"""Columns: how a table's cells become features."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from nearfield.base import Settings
from nearfield.errors import BadInput
from nearfield.parameters import Above, AtLeast, Between, Example, NotEmpty, checks_arguments

Kind = Literal["numeric", "bucketed", "categorical", "multi", "hashed", "crossed", "vector"]
Scaling = Literal["standard", "log"]
Cells = Literal["text", "number", "boolean", "time"]
SIGN = "×"  # between the parts of a cross
CROSSED = ("categorical", "hashed", "bucketed")  # kinds that can be crossed
SHOWN = 20  # fields that a line names
HashBits = Annotated[int, Between(1, 30)]  # ids of features are int32


class Column(Settings):
    """How the cells of one column, or of several that are crossed, become features of one field.

    | kind | a cell becomes | what the feature is called |
    |---|---|---|
    | numeric | one feature, with the number as its value | `age` |
    | bucketed | one feature, with value 1: the bucket that the number falls into | `age=[25, 32)` |
    | categorical | one feature, with value 1 | `city=Rome` |
    | multi | one for each distinct part, with value 1 | `genre=Comedy` |
    | hashed | one of 2^bits, with value 1 | `city#201` |
    | crossed | one for the cells of several fields together; of 2^bits with `bits` | `age×city=[25, 32)×Rome` |
    | vector | one for each place, with the number there as its value | `vector[7]` |

    A missing cell has no feature. A cell means its value, not its spelling: where a column holds numbers, `3`, `3.0`
    and `3e0` are one name, where it holds booleans `True` and `true`, where it holds times `2024-01-05 12:00` and a
    timestamp of Parquet. Where it holds text, cells are named as they stand, but for blanks around them.

    Parameters
    ----------
    kind : str
        See above.
    of : tuple of str
        For crossed: two or more fields of the schema that are categorical, hashed or bucketed.
    source : str, optional
        The name of the column in the file, where it differs from that of the field.
    separator : str
        Between the parts of a multi or vector cell that is text.
    boundaries : tuple of float
        For bucketed: the first number of each bucket but the lowest; rising.
    quantiles : int, optional
        For bucketed without boundaries: they are chosen so that each of so many buckets has as many of the first rows.
    scaling : {"standard", "log"}, optional
        For numeric: (x - mean) / deviation, both of the first rows, or sign(x) · log(1 + |x|).
    mean, deviation : float
        Found with "standard".
    dim : int, optional
        Found for vector: how many numbers a cell has.
    bits : int, optional
        For hashed and crossed: hash to 2^bits.
    cells : {"text", "number", "boolean", "time"}, optional
        What cells hold that are named, or times that are bucketed. Without it the first rows decide: postal codes such
        as `00501` are text.
    """

    kind: Kind
    of: tuple[str, ...] = ()
    source: str | None = None
    separator: Annotated[str, NotEmpty(), Example("'|'")] = "|"
    boundaries: tuple[float, ...] = ()
    quantiles: Annotated[int | None, AtLeast(2, most=1_000_000)] = None
    scaling: Scaling | None = None
    mean: float = 0.0
    deviation: Annotated[float, Above(0)] = 1.0
    dim: Annotated[int | None, AtLeast(1)] = None
    bits: HashBits | None = None
    cells: Cells | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "of", tuple(self.of))
        object.__setattr__(self, "boundaries", tuple(float(edge) for edge in self.boundaries))

    def to_dict(self) -> dict[str, Any]:
        """What differs from the defaults, for JSON."""
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        return {name: value for name, value in vars(self).items() if value != defaults[name]}

    def summary(self) -> str:
        """What becomes of the cells, for a user to read: "bucketed (16 buckets)"."""
        details = {
            "numeric": f"{self.scaling} scaling" if self.scaling else "as they stand",
            "bucketed": f"{len(self.boundaries) + 1} buckets" if self.boundaries else f"{self.quantiles} quantiles",
            "hashed": f"{self.bits} bits",
            "crossed": SIGN.join(self.of),
            "vector": f"{self.dim} numbers",
        }
        detail = details.get(self.kind, f"{self.cells}s" if self.cells in ("number", "boolean", "time") else "")
        return f"{self.kind} ({detail})" if detail else self.kind

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """The column that `to_dict` told; raise `BadInput` where the content is none."""
        known = {field.name for field in dataclasses.fields(cls)}
        if not isinstance(content, Mapping) or "kind" not in content or not set(content) <= known:
            raise BadInput(f"a column is {content!r:.80}; expected kind and some of {', '.join(sorted(known))}")
        try:
            return cls(**content)
        except (TypeError, ValueError) as error:
            raise BadInput(f"a column is {content!r:.80}; {error}") from error

    def _check_combination(self) -> None:
        if (self.kind == "crossed") != (len(self.of) > 1):
            raise BadInput(
                f"a {self.kind} column is of {len(self.of)} fields; expected two or more where crossed, else none"
            )
        if any(a >= b for a, b in pairwise(self.boundaries)):
            raise BadInput(f"boundaries are {self.boundaries!r:.80}; expected rising numbers")
        if self.kind == "bucketed" and not self.boundaries and self.quantiles is None:
            raise BadInput("a bucketed column has neither boundaries nor quantiles; expected one, such as quantiles=16")
        if self.kind == "hashed" and self.bits is None:
            raise BadInput("a hashed column has no bits; expected how many, such as bits=12")


def described(schema: Iterable[tuple[str, Column]]) -> list[str]:
    """Return a line a kind with the fields that are of it, for a user to read: "bucketed (16 buckets): age, height"."""
    fields: dict[str, list[str]] = {}
    for field, column in schema:
        fields.setdefault(column.summary(), []).append(field)
    return [
        f"{kind}: {', '.join(names[:SHOWN])}" + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")
        for kind, names in fields.items()
    ]


@checks_arguments
def check_bits(bits: HashBits) -> int:
    """Return the number of bits of a hash, or raise `BadInput`."""
    return bits


Schema = Mapping[str, "Column | Kind"]


def checked_schema(schema: Schema) -> dict[str, Column]:
    """Return the columns by field, kinds by name made columns."""
    if not isinstance(schema, Mapping) or not schema:
        raise BadInput(f"schema is {schema!r:.60}; expected a column for each field, such as {{'city': 'categorical'}}")
    return {name: one if isinstance(one, Column) else default_column(one) for name, one in schema.items()}


def check_crosses(columns: Mapping[str, Column]) -> None:
    """Raise `BadInput` where a field is crossed of what cannot be crossed, or is not there."""
    for name, column in columns.items():
        for part in column.of:
            if part not in columns or columns[part].kind not in CROSSED:
                kind = f"which is {columns[part].kind}" if part in columns else "which is no field"
                raise BadInput(f"{name!r} crosses {part!r}, {kind}; expected one that is {', '.join(CROSSED)}")


def default_column(kind: Any) -> Column:
    """The column of a kind that is named alone."""
    if kind == "bucketed":
        return Column("bucketed", quantiles=16)
    if kind == "numeric":
        return Column("numeric", scaling="standard")
    if kind == "hashed":
        return Column("hashed", bits=12)
    return Column(kind)
