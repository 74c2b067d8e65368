"""Tables to blocks of examples: columns by their schema, and labels, weights, groups and times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.columns import Column, Schema, checked_schema
from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank.features.bad_rows import BadRows
from nearfield.rank.features.cells import moments, numbers, texts
from nearfield.rank.features.encoding import Entries, encoded, vectors
from nearfield.rank.features.frames import Frame, csv_frames, parquet_frames
from nearfield.rank.features.hashing import hash_names
from nearfield.rank.features.inspection import fitted, inspected
from nearfield.rank.features.labels import Labels
from nearfield.rank.features.names import UNKNOWN, Names

if TYPE_CHECKING:
    import polars


class TableReader:
    """From CSV or Parquet to blocks of examples; the parameters are those of `read_examples`."""

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
        schema: Schema | None = None,
        columns: Sequence[str] | None = None,
        separator: str | None = None,
        missing: Sequence[str] = ("",),
    ) -> None:
        self._format, self._names, self._labels, self._bad = format, names, labels, bad
        self._roles = {"label": label, "weight": weight, "group": group, "time": time}
        self._text: dict[str, Any] = {"columns": columns, "separator": separator}
        self._missing = tuple(missing)
        self._schema = None if schema is None else checked_schema(schema)
        self._fitted: dict[str, Column] | None = None
        if space is not None:
            if schema is not None:
                raise BadInput(
                    "schema and space are given; a table is read by the schema of its space: leave schema out"
                )
            if not space.schema:
                raise BadInput("the space has no schema; a table needs one that was read from a table")
            self._fitted = dict(space.schema)

    def blocks(self, path: Path) -> Iterator[Examples]:
        """Yield the rows of a file, a block at a time."""
        frames = parquet_frames(path) if self._format == "parquet" else csv_frames(path, self._bad, **self._text)
        for frame in frames:
            if self._fitted is None:
                self._begin(path, frame.table)
            self._check_columns(path, frame.table)
            table = self._without_bad(frame)
            if len(table):
                yield self._examples(table, path)

    def fix_fields(self) -> None:
        """Nothing: the fields are those of the schema."""

    def space(self) -> FeatureSpace:
        """The space of all that has been read."""
        schema = self._fitted or {}
        return self._names.space(tuple(schema), tuple(schema.items()))

    def _begin(self, path: Path, table: polars.DataFrame) -> None:
        schema = self._schema
        if schema is None:
            schema = inspected(table, self._missing, [name for name in self._roles.values() if name is not None])
        self._fitted = schema
        self._check_columns(path, table)
        self._fitted = fitted(schema, table, self._missing)

    def _check_columns(self, path: Path, table: polars.DataFrame) -> None:
        wanted = [column.source or name for name, column in (self._fitted or {}).items() if not column.of]
        for name in (*(role for role in self._roles.values() if role is not None), *wanted):
            if name not in table.columns:
                has = ", ".join(table.columns)
                raise BadInput(f"{path}: has no column {name!r}; it has {has:.200}")

    def _without_bad(self, frame: Frame) -> polars.DataFrame:
        """The rows that can be read; the others are named or counted."""
        import polars

        problems: dict[int, str] = {}
        for name, wrong, wanted in self._checks(frame.table):
            for row in np.flatnonzero(wrong).tolist():
                found = frame.table[name][row]
                problems.setdefault(row, f"{name} is {str(found or '')[:40]!r}; expected {wanted}")
        for row in sorted(problems):
            self._bad.add(f"{frame.place(row)}: {problems[row]}")
        if not problems:
            return frame.table
        fine = np.ones(len(frame.table), bool)
        fine[list(problems)] = False
        return frame.table.filter(polars.Series(fine))

    def _checks(self, table: polars.DataFrame) -> Iterator[tuple[str, np.ndarray, str]]:
        """What can be wrong: the column, flags of the rows, and what was expected."""
        label, weight, group, time = self._roles.values()
        if label is not None and isinstance(self._labels.positive, str):
            yield label, texts(table[label], self._missing).is_null().to_numpy(), "a label"
        elif label is not None:
            found = numbers(table[label], self._missing)[0]
            yield label, ~np.isfinite(found), "a number (for labels of text say positive=, the one that counts as 1)"
        if weight is not None:
            found = numbers(table[weight], self._missing)[0]
            yield weight, ~(np.isfinite(found) & (found >= 0)), "a number of at least 0"
        if group is not None:
            yield group, texts(table[group], self._missing).is_null().to_numpy(), "a group"
        if time is not None:
            yield time, moments(table[time], self._missing)[1], "ISO 8601 or seconds since 1970"
        for field, column in (self._fitted or {}).items():
            name = column.source or field
            if column.kind in ("numeric", "bucketed"):
                yield name, numbers(table[name], self._missing)[1], "a number"
            elif column.kind == "vector":
                yield name, vectors(column, table[name], self._missing)[1], f"{column.dim} numbers"

    def _examples(self, table: polars.DataFrame, path: Path) -> Examples:
        schema = self._fitted or {}
        parts = [encoded(field, schema, table, self._missing, self._names.numbers) for field in schema]
        return Examples(**joined(parts, len(table)), **self._rows(table, path), space=self.space())

    def _rows(self, table: polars.DataFrame, path: Path) -> dict[str, Any]:
        """Labels, weights, groups and times."""
        label, weight, group, time = self._roles.values()
        found: dict[str, Any] = {"labels": np.zeros(len(table), np.float32)}
        if label is not None and isinstance(self._labels.positive, str):
            found["labels"] = (texts(table[label], ()) == self._labels.positive).to_numpy().astype(np.float32)
        elif label is not None:
            raw = numbers(table[label], self._missing)[0].astype(np.float32)
            found["labels"] = self._labels.of_numbers(raw, str(path))
        if weight is not None:
            found["weights"] = numbers(table[weight], self._missing)[0].astype(np.float32)
        if group is not None:
            found["groups"] = _groups(table[group])
        if time is not None:
            found["times"] = moments(table[time], self._missing)[0]
        return found


def _groups(cells: polars.Series) -> np.ndarray:
    """Whole numbers as they are; text by its hash, so that a group has one number in every file."""
    import polars

    whole = cells.cast(polars.String).str.strip_chars().cast(polars.Int64, strict=False)
    if not whole.null_count():
        return whole.to_numpy()
    return (hash_names(texts(cells, ()).to_list()) >> np.uint64(1)).astype(np.int64)


def joined(parts: list[Entries], n_rows: int) -> dict[str, Any]:
    """Lay the entries of all fields row by row, in the order of the fields; unknown features are left out."""
    parts = [_known(part) for part in parts]
    counts = [np.bincount(part.rows, minlength=n_rows) for part in parts]
    indptr = np.concatenate([[0], np.cumsum(np.sum(counts, axis=0) if parts else np.zeros(n_rows, np.int64))])
    features, fields = np.empty(indptr[-1], np.int32), np.empty(indptr[-1], np.int32)
    with_values = any(part.values is not None for part in parts)
    values = np.ones(indptr[-1], np.float32) if with_values else None
    begin = indptr[:-1].copy()
    for field, (part, count) in enumerate(zip(parts, counts, strict=True)):
        within = np.arange(len(part.rows)) - (np.cumsum(count) - count)[part.rows]
        places = begin[part.rows] + within
        features[places], fields[places] = part.features, field
        if values is not None and part.values is not None:
            values[places] = part.values
        begin += count
    return {"indptr": indptr.astype(np.int64), "features": features, "fields": fields, "values": values}


def _known(part: Entries) -> Entries:
    known = part.features != UNKNOWN
    if known.all():
        return part
    return Entries(part.rows[known], part.features[known], None if part.values is None else part.values[known])
