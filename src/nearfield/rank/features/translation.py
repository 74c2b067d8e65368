"""Rows from one space of features to another, by name.

Two files that are read apart number their features apart, and may read a column in two ways: with other buckets, or as
numbers here and as names there. What is called alike is the same feature; where the columns differ, the cells that rows
were made of are read again by the columns of the other space.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.feature_space import FeatureSpace
from nearfield.rank.features.crosses import cross
from nearfield.rank.features.decoding import decoded
from nearfield.rank.features.encoding import Entries, column_checks, encoded, number_cells
from nearfield.rank.features.names import UNKNOWN, Names
from nearfield.rank.features.unknown import UnknownFeatures

if TYPE_CHECKING:
    from nearfield.rank.features.cells import Table

FIX = "read these rows with space=model.space_"


def translated(examples: Examples, space: FeatureSpace, unknown: Literal["drop", "grow"] = "drop") -> Examples:
    """Return the same rows in another space.

    Parameters
    ----------
    examples : Examples
    space : FeatureSpace
    unknown : {"drop", "grow"}
        Features that the space does not have are left out, counted in `unknown` of what is returned and, where they are
        many, told by a warning; or they come in behind the others, and the space is a larger one. What is crossed or
        hashed does not grow.

    Raises
    ------
    BadInput
        See `Examples.in_space`.
    """
    own = examples.space
    if own is space or own == space or (unknown == "grow" and space.begins(own)):
        return examples
    if own.begins(space):
        return examples.relabelled(space)
    if space.crossed is not None:
        return _crossed_again(examples, space)
    _check_kinds(own, space)
    names = own.names is not None and space.names is not None
    if not names and not space.schema:
        return _numbered(examples, space, grow=unknown == "grow")
    return _Translation(examples, space, grow=unknown == "grow").result()


def in_common_space(space: FeatureSpace, parts: Iterable[Examples]) -> list[Examples]:
    """Return several sets of rows in one space: a given one with what is new in each behind it."""
    rows = []
    for part in parts:
        rows.append(translated(part, space, "grow"))
        space = rows[-1].space
    return [part.relabelled(space) for part in rows]


def _crossed_again(examples: Examples, space: FeatureSpace) -> Examples:
    """Bring the rows as they were before crossing into the other space, and cross them there."""
    crossed = space.crossed
    assert crossed is not None
    own, plain = examples.space.crossed, examples
    if own is not None:
        kept = examples.entry_fields < len(own.space.fields)
        indptr = np.concatenate([[0], np.cumsum(kept)])[examples.indptr]
        fields, values = (None if array is None else array[kept] for array in (examples.fields, examples.values))
        plain = examples.with_entries(indptr, examples.features[kept], fields, values, own.space)
    rows = translated(plain, crossed.space)
    again = cross(rows, crossed.crosses, bits=crossed.bits, space=space)
    again.unknown = rows.unknown
    return again


def _kind(space: FeatureSpace) -> str:
    if space.bits is not None:
        return f"features hashed to {space.bits} bits"
    if space.names is None:
        return "features by number"
    return "columns of a table" if space.schema else "features by name"


def _check_kinds(own: FeatureSpace, space: FeatureSpace) -> None:
    """Refuse rows whose features have no names that the other space could know."""
    hashed_alike = own.bits == space.bits and bool(own.schema) == bool(space.schema)
    numbered = own.names is None and own.bits is None and space.bits is None and not space.schema
    named = own.names is not None and (space.names is not None or (space.bits is not None and bool(space.schema)))
    if not (hashed_alike if own.bits is not None else numbered or named):
        raise BadInput(f"the rows have {_kind(own)}, the model {_kind(space)}: names cannot be translated; {FIX}")


def _numbered(examples: Examples, space: FeatureSpace, *, grow: bool) -> Examples:
    """Translate fields by name; the numbers of features, or their slots, are the same in both."""
    own = examples.space
    places = {field: place for place, field in enumerate(space.fields)}
    lacking = [field for field in own.fields if field not in places]
    if lacking and (own.bits is None or grow):
        raise BadInput(
            f"the rows have field {lacking[0]!r}, and the model has {', '.join(space.fields):.80}: which is which"
            f" cannot be known; {FIX}, or name the fields of both by fields="
        )
    if grow and space.bits is None and own.size > space.size:
        names = None if space.names is None else (*space.names, *map(str, range(space.size, own.size)))
        space = replace(space, size=own.size, names=names)
    of_fields = np.array([places.get(field, UNKNOWN) for field in own.fields], np.int32)
    fields = of_fields[examples.entry_fields]
    kept = (fields >= 0) & (examples.features < space.size)
    counted = UnknownFeatures()
    totals, missed = (np.bincount(examples.entry_fields[flags], minlength=len(own.fields)) for flags in (..., ~kept))
    for field, total, out in zip(own.fields, totals.tolist(), missed.tolist(), strict=True):
        counted.add(field, out, total)
    indptr = np.concatenate([[0], np.cumsum(kept)])[examples.indptr]
    values = None if examples.values is None else examples.values[kept]
    return _told(examples.with_entries(indptr, examples.features[kept], fields[kept], values, space), counted)


def _told(examples: Examples, unknown: UnknownFeatures) -> Examples:
    """Keep the counts with the rows, and warn where they are high."""
    examples.unknown = dict(unknown.counts)
    unknown.warn()
    return examples


class _Translation:
    """Of rows with named features, or of a table, field by field."""

    def __init__(self, examples: Examples, space: FeatureSpace, *, grow: bool) -> None:
        self._rows, self._own, self._space, self._grow = examples, examples.space, space, grow
        self._names = Names(space, None, grow=grow and space.bits is None)
        self._schema, self._own_schema = dict(space.schema), dict(examples.space.schema)
        self._of_entries = np.repeat(np.arange(len(examples)), np.diff(examples.indptr))
        order = np.argsort(examples.entry_fields, kind="stable")
        starts = np.searchsorted(examples.entry_fields[order], np.arange(len(self._own.fields) + 1))
        self._places = {field: order[starts[i] : starts[i + 1]] for i, field in enumerate(self._own.fields)}
        self._unknown = UnknownFeatures()

    def result(self) -> Examples:
        """The rows in the other space."""
        from nearfield.rank.features.tables import joined

        again = [field for field in self._space.fields if not self._alike(field)]
        table = self._decoded(again)
        parts = []
        for field in self._space.fields:
            part = encoded(field, self._schema, table, self._names.numbers) if field in again else self._moved(field)
            parts.append(part)
            missed = int(np.count_nonzero(part.features < 0))
            self._unknown.add(field, missed, len(part.features), self._names.example)
        self._count_other_fields()
        space = self._names.space(self._space.fields, self._space.schema)
        arrays = joined(parts, len(self._rows))
        if arrays["values"] is None and self._rows.values is not None:
            arrays["values"] = np.ones(len(arrays["features"]), np.float32)
        # as with_entries does, which cannot be asked: numbers are those of other columns
        of_rows = {name: getattr(self._rows, name) for name in ("labels", "weights", "groups", "times")}
        return _told(Examples(**arrays, **of_rows, numbers=self._numbers(again, table), space=space), self._unknown)

    def _alike(self, field: str) -> bool:
        """Whether both spaces call the features of a field alike."""
        column, own = self._schema.get(field), self._own_schema.get(field)
        if column is None and field not in self._own.fields:
            raise BadInput(f"the rows have no field {field!r}, which the model has; {FIX}, and make that field alike")
        return column == own and self._own.bits == self._space.bits

    def _decoded(self, fields: list[str]) -> Table:
        """The cells of the columns that some fields of the other space are made of."""
        columns = [column for field in fields for column in self._columns(field)]
        table = decoded(self._rows, dict.fromkeys(columns), self._places, self._of_entries)
        for check in column_checks({field: self._schema[field] for field in fields}, table):
            for row in np.flatnonzero(check.wrong)[:1].tolist():
                cell = str(table[check.name][row])[:40]
                raise BadInput(f"row {row + 1:,}: {check.name} is {cell!r}; the model expects {check.expected}")
        return table

    def _columns(self, field: str) -> list[str]:
        """The columns of the file that a field is made of."""
        column = self._schema[field]
        return [name for part in column.of for name in self._columns(part)] or [column.source or field]

    def _moved(self, field: str) -> Entries:
        """The entries of a field that both spaces read alike, with the numbers of the other."""
        places = self._places[field]
        features = self._rows.features[places]
        if self._own.bits is None:
            distinct, first, inverse = np.unique(features, return_index=True, return_inverse=True)
            order = np.argsort(first)  # what is new gets its number as it comes
            names = self._own.names or ()
            numbers = np.empty(len(distinct), np.int32)
            numbers[order] = self._names.numbers([names[feature] for feature in distinct[order].tolist()])
            features = numbers[inverse]
        values = None if self._rows.values is None else self._rows.values[places]
        return Entries(self._of_entries[places], features, values)

    def _numbers(self, again: list[str], table: Table) -> np.ndarray | None:
        """The cells of columns of numbers: those that were read again, and those that are as they were."""
        fields = self._space.number_fields
        own = {field: i for i, field in enumerate(self._own.number_fields)}
        parts = []
        for field in fields:
            if field in again:
                cells = number_cells({field: self._schema[field]}, table)
                parts.append(np.empty(0) if cells is None else cells[:, 0])
            elif self._rows.numbers is None:
                return None
            else:
                parts.append(self._rows.numbers[:, own[field]])
        return np.stack(parts, axis=1) if parts else None

    def _count_other_fields(self) -> None:
        """Count the fields that the model does not have, where they are no columns; refuse to learn from them."""
        more = [] if self._schema else [field for field in self._own.fields if field not in self._space.fields]
        if more and self._grow:
            raise BadInput(f"the rows have field {more[0]!r}, which the model does not have; fit it from scratch")
        for field in more:
            self._unknown.add(field, len(self._places[field]), len(self._places[field]))
