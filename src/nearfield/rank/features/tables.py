"""Tables to blocks of examples: columns by their schema, and labels, weights, groups and times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.columns import Column, Schema, check_crosses, checked_schema
from nearfield.errors import BadInput, warn
from nearfield.examples import Examples
from nearfield.feature_space import FeatureSpace
from nearfield.rank.features.bad_rows import BadRows
from nearfield.rank.features.cells import MISSING, WHOLE_NAME, Table, named, texts
from nearfield.rank.features.encoding import Check, Entries, column_checks, encoded, number_cells
from nearfield.rank.features.frames import Frame, csv_frames, memory_frames, parquet_frames
from nearfield.rank.features.hashing import hash_names
from nearfield.rank.features.inspection import fitted, inspected, remarks
from nearfield.rank.features.labels import Labels
from nearfield.rank.features.names import Names
from nearfield.rank.features.times import Times
from nearfield.rank.features.unknown import UnknownFeatures
from nearfield.rank.scaling import LIMIT

if TYPE_CHECKING:
    import polars


LABEL = "label"  # the column of labels if nothing is said


class TableReader:
    """From CSV, Parquet or tables in memory to blocks of examples; the parameters are those of `read_examples`."""

    def __init__(
        self,
        format: str,
        names: Names,
        labels: Labels,
        bad: BadRows,
        *,
        space: FeatureSpace | None,
        label: str | None = "label",
        weight: str | None = None,
        group: str | None = None,
        time: str | None = None,
        time_unit: str | None = None,
        schema: Schema | None = None,
        drop: Sequence[str] = (),
        columns: Sequence[str] | None = None,
        separator: str | None = None,
        encoding: str | None = None,
        missing: Sequence[str] = MISSING,
    ) -> None:
        self._format, self._names, self._labels, self._bad = format, names, labels, bad
        self._roles = {"label": label, "weight": weight, "group": group, "time": time}
        self._text: dict[str, Any] = {"columns": columns, "separator": separator, "encoding": encoding}
        self._missing, self._times = tuple(missing), Times(time_unit)
        self._drop = tuple(drop)
        self._schema = None if schema is None else checked_schema(schema)
        self._fitted: dict[str, Column] | None = None
        self._checked: list[str] = []  # the columns of the frame that was checked last
        self._last_labels: tuple[Table, polars.Series] | None = None
        self.unknown = UnknownFeatures()
        if space is not None:
            if schema is not None:
                raise BadInput(
                    "schema and space are given; a table is read by the schema of its space: leave schema out"
                )
            if len(space.schema) < len(space.fields):
                lacking = space.fields[len(space.schema)]
                raise BadInput(f"the space has field {lacking!r}, which is no column of a table; read without space")
            self._fitted = dict(space.schema)

    def blocks(self, source: Any) -> Iterator[Examples]:
        """Yield the rows of a file, or of a table in memory, a block at a time."""
        for frame in self._frames(source):
            table = Table(frame.table, self._missing)
            if self._fitted is None:
                self._begin(frame, table)
            self._check_columns(frame)
            table = self._without_bad(frame, table)
            if len(table):
                yield self._examples(table, frame.where)

    def fix_fields(self) -> None:
        """Nothing: the fields are those of the schema."""

    def space(self) -> FeatureSpace:
        """The space of all that has been read."""
        schema = self._fitted or {}
        return self._names.space(tuple(schema), tuple(schema.items()))

    def _frames(self, source: Any) -> Iterator[Frame]:
        if self._format == "frame":
            return memory_frames(source)
        return parquet_frames(source) if self._format == "parquet" else csv_frames(source, self._bad, **self._text)

    def _begin(self, frame: Frame, table: Table) -> None:
        """Decide by the first rows what the columns are."""
        given = self._schema or {}
        self._check_roles(frame)
        roles = [name for name in self._roles.values() if name is not None]
        sources = [column.source or field for field, column in given.items() if not column.of]
        self._check_there(frame, sources, "schema")
        self._check_there(frame, self._drop, "drop")
        inferred = inspected(table, {*roles, *sources, *self._drop})
        if self._roles["label"] in sources:
            raise BadInput(f"schema names {self._roles['label']!r}, the column of labels; leave it out")
        named = {column.source or field: field for field, column in reversed(given.items()) if not column.of}
        order = (named.get(name, name) for name in frame.table.columns if name in named or name in inferred)
        schema = {field: given.get(field) or inferred[field] for field in chain(dict.fromkeys(order), given)}
        check_crosses(schema)
        if not schema:
            raise BadInput(f"{frame.where}: has no column but {', '.join(roles) or 'none'}; expected some of features")
        self._fitted = fitted(schema, table)
        shown = {name: column for name, column in self._fitted.items() if name in inferred}
        if told := list(remarks(shown, table)):
            warn("; ".join(told))

    def _check_columns(self, frame: Frame) -> None:
        if frame.table.columns != self._checked:
            self._check_roles(frame)
            needed = [column.source or name for name, column in (self._fitted or {}).items() if not column.of]
            self._check_there(frame, needed)
            self._checked = frame.table.columns

    def _check_roles(self, frame: Frame) -> None:
        for role, name in self._roles.items():
            self._check_there(frame, [] if name is None else [name], None if name == LABEL else role)

    def _check_there(self, frame: Frame, names: Sequence[str], option: str | None = None) -> None:
        there = set(frame.table.columns)
        for name in names:
            if name not in there:
                has, whose = ", ".join(frame.table.columns), f", which {option}= names" if option else ""
                raise BadInput(f"{frame.where}: has no column {name!r}{whose}; it has {has:.200}")

    def _without_bad(self, frame: Frame, table: Table) -> Table:
        """The rows that can be read; the others are named or counted."""
        import polars

        problems: dict[int, Check] = {}
        for check in self._checks(table, frame.where):
            for row in np.flatnonzero(check.wrong).tolist():
                problems.setdefault(row, check)
        for row, check in sorted(problems.items(), key=lambda problem: problem[0]):
            cell = _shown(table[check.name][row])
            self._bad.add(f"{frame.place(row)}: {check.name} is {cell}; expected {check.expected}", check.fix)
        if not problems:
            return table
        fine = np.ones(len(table), bool)
        fine[list(problems)] = False
        return Table(frame.table.filter(polars.Series(fine)), self._missing)

    def _checks(self, table: Table, where: str) -> Iterator[Check]:
        """What can be wrong with labels and the like, and with features."""
        label, weight, group, time = self._roles.values()
        if label is not None and isinstance(self._labels.positive, str):
            yield Check(label, self._label_texts(table).is_null().to_numpy(), "a label")
        elif label is not None:
            found = table.numbers(label)[0]
            yield Check(
                label, ~_usable(found), "a number", "for labels of text say positive=, the one that counts as 1"
            )
        if weight is not None:
            found = table.numbers(weight)[0]
            yield Check(weight, ~(_usable(found) & (found >= 0)), "a number of at least 0")
        if group is not None:
            yield Check(group, table.texts(group).is_null().to_numpy(), "a group")
        if time is not None:
            wrong = self._times.read(table, time, where)[1]
            yield Check(time, wrong, "ISO 8601, or a number since 1970 in the unit of the others")
        yield from column_checks(self._fitted or {}, table)

    def _examples(self, table: Table, where: str) -> Examples:
        schema = self._fitted or {}
        parts = []
        for field in schema:
            parts.append(part := encoded(field, schema, table, self._names.numbers))
            missed = int(np.count_nonzero(part.features < 0))
            self.unknown.add(field, missed, len(part.features), self._names.example)
        arrays = joined(parts, len(table)) | self._rows(table, where)
        return Examples(**arrays, numbers=number_cells(schema, table), space=self.space())

    def _rows(self, table: Table, where: str) -> dict[str, Any]:
        """Labels, weights, groups and times."""
        label, weight, group, time = self._roles.values()
        found: dict[str, Any] = {"labels": np.zeros(len(table), np.float32)}
        if label is not None and isinstance(self._labels.positive, str):
            found["labels"] = self._labels.of_texts(self._label_texts(table))
        elif label is not None:
            found["labels"] = self._labels.of_numbers(table.numbers(label)[0].astype(np.float32), where)
        if weight is not None:
            found["weights"] = table.numbers(weight)[0].astype(np.float32)
        if group is not None:
            found["groups"] = _groups(table.texts(group))
        if time is not None:
            found["times"] = self._times.read(table, time, where)[0]
        return found

    def _label_texts(self, table: Table) -> polars.Series:
        """Labels by what they mean; the positive one is never missing, whatever it is called."""
        if self._last_labels is None or self._last_labels[0] is not table:
            missing = [mark for mark in self._missing if mark != self._labels.positive]
            self._last_labels = table, named(texts(table[str(self._roles["label"])], missing), "number")
        return self._last_labels[1]


def _usable(found: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.abs(found) < LIMIT


def _shown(cell: Any) -> str:
    """A cell for a message."""
    if hasattr(cell, "to_list"):
        cell = cell.to_list()
    return repr("" if cell is None else str(cell))[:60]


def _groups(plain: polars.Series) -> np.ndarray:
    """Whole numbers as they are; text by its hash, so that a group has one number in every file."""
    import polars

    names = named(plain, "number")
    whole = names.set(~names.str.contains(WHOLE_NAME), None).cast(polars.Int64, strict=False)
    if not whole.null_count():
        return whole.to_numpy()
    distinct = names.filter(whole.is_null()).unique()
    hashes = (hash_names(distinct.to_list()) >> np.uint64(1)).astype(np.int64)
    return whole.fill_null(names.replace_strict(distinct, hashes, default=None)).to_numpy()


def joined(parts: list[Entries], n_rows: int) -> dict[str, Any]:
    """Lay the entries of all fields row by row, in the order of the fields; unknown features are left out."""
    parts = [part.known() for part in parts]
    counts = np.zeros(n_rows, np.int64)
    for part in parts:
        counts += np.bincount(part.rows, minlength=n_rows)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    features, fields = np.empty(indptr[-1], np.int32), np.empty(indptr[-1], np.int32)
    with_values = any(part.values is not None for part in parts)
    values = np.ones(indptr[-1], np.float32) if with_values else None
    begin = indptr[:-1].copy()
    for field, part in enumerate(parts):
        count = np.bincount(part.rows, minlength=n_rows)
        within = np.arange(len(part.rows)) - (np.cumsum(count) - count)[part.rows]
        places = begin[part.rows] + within
        features[places], fields[places] = part.features, field
        if values is not None and part.values is not None:
            values[places] = part.values
        begin += count
    return {"indptr": indptr.astype(np.int64), "features": features, "fields": fields, "values": values}
