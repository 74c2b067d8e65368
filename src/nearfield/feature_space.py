"""Feature spaces: what the numbers of features and fields stand for, and how a folder says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nearfield.columns import Column, check_bits
from nearfield.errors import BadInput
from nearfield.files import read_keys, write_keys

NUMBERS = ("numeric", "bucketed")  # kinds of columns whose cells are numbers
UNCROSSED = "uncrossed"  # the folder of the space before it was crossed


@dataclass(frozen=True)
class FeatureSpace:
    """What the numbers of features and fields stand for.

    Parameters
    ----------
    size : int
        Feature ids are 0 … size - 1.
    fields : tuple of str
        The name of each field.
    names : tuple of str, size of them, or None
        The name of each feature, such as "genre=Comedy"; None where features are numbers or hashes.
    bits : int or None
        With hashed features: size is 2^bits.
    schema : tuple of (str, Column)
        How a table's cells became features: the columns of the first fields, for rows that are to be read alike.
    crossed : Crossed, optional
        Of what crosses the last fields are.
    """

    size: int
    fields: tuple[str, ...] = ("features",)
    names: tuple[str, ...] | None = None
    bits: int | None = None
    schema: tuple[tuple[str, Column], ...] = ()
    crossed: Crossed | None = None

    def name(self, feature: int) -> str:
        """What to call a feature."""
        return str(feature) if self.names is None else self.names[feature]

    @property
    def number_fields(self) -> tuple[str, ...]:
        """The fields of columns that hold numbers, one for each column of `Examples.numbers`."""
        return tuple(field for field, column in self.schema if column.kind in NUMBERS)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each name."""
        return {name: number for number, name in enumerate(self.names or ())}

    def begins(self, other: FeatureSpace) -> bool:
        """Whether each feature and field of this space has the same number in the other, which may have more."""
        if self is other:
            return True
        if (self.fields, self.bits, self.schema, self.crossed) != (
            other.fields, other.bits, other.schema, other.crossed,
        ) or self.size > other.size:  # fmt: skip
            return False
        if self.names is None or other.names is None:  # numbered features may have names, too, but no columns
            return self.names is other.names or not self.schema
        return self.names == other.names[: self.size]


@dataclass(frozen=True)
class Crossed:
    """How fields were crossed.

    Attributes
    ----------
    space : FeatureSpace
        Of the rows before.
    crosses : tuple of tuple of str
        The fields of each cross.
    bits : int or None
        What combinations were hashed to.
    """

    space: FeatureSpace
    crosses: tuple[tuple[str, ...], ...]
    bits: int | None = None


def space_config(space: FeatureSpace) -> dict[str, Any]:
    """What a folder's `config.json` says of a space."""
    schema = [{"field": field} | column.to_dict() for field, column in space.schema]
    content = {"size": space.size, "bits": space.bits, "named": space.names is not None, "schema": schema}
    if space.crossed is None:
        return content
    crossed = space.crossed
    return content | {
        "crossed": {"space": space_config(crossed.space), "crosses": crossed.crosses, "bits": crossed.bits}
    }


def write_space(folder: Path, space: FeatureSpace) -> None:
    """Write the names of fields and features into a folder."""
    write_keys(folder / "fields.txt", space.fields)
    if space.names is not None:
        write_keys(folder / "names.txt", space.names)
    if space.crossed is not None:
        (folder / UNCROSSED).mkdir()
        write_space(folder / UNCROSSED, space.crossed.space)


def read_space(folder: Path, config: dict[str, Any]) -> FeatureSpace:
    """Read what `space_config` and `write_space` wrote."""
    size, bits = config.get("size"), config.get("bits")
    if not isinstance(size, int) or size < 0 or not isinstance(bits, int | None):
        raise BadInput(f"{folder / 'config.json'}: size is {size!r} and bits {bits!r}; the folder is damaged")
    names: Sequence[str] | None = read_keys(folder / "names.txt") if config.get("named") else None
    if names is not None and len(names) != size:
        raise BadInput(f"{folder / 'names.txt'}: {len(names)} names for {size} features; the folder is damaged")
    fields, schema = tuple(read_keys(folder / "fields.txt")), tuple(_read_schema(folder, config))
    crossed = _read_crossed(folder, config["crossed"]) if config.get("crossed") else None
    return FeatureSpace(size, fields, None if names is None else tuple(names), bits, schema, crossed)


def _read_crossed(folder: Path, content: Any) -> Crossed:
    try:
        crosses = tuple(tuple(map(str, fields)) for fields in content["crosses"])
        bits = None if content["bits"] is None else check_bits(content["bits"])
        return Crossed(read_space(folder / UNCROSSED, dict(content["space"])), crosses, bits)
    except (TypeError, KeyError, ValueError) as error:
        raise BadInput(f"{folder / 'config.json'}: crossed is {content!r:.60}; the folder is damaged") from error


def _read_schema(folder: Path, config: dict[str, Any]) -> Iterator[tuple[str, Column]]:
    for content in config.get("schema", []):
        if not isinstance(content, dict) or not isinstance(content.get("field"), str):
            raise BadInput(f"{folder / 'config.json'}: schema has {content!r:.60}; the folder is damaged")
        yield content["field"], Column.from_dict({name: one for name, one in content.items() if name != "field"})
