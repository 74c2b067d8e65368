"""Reads what is known of items beside a log: tags, categories, brands."""

from __future__ import annotations

import csv
import io
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.errors import BadInput

if TYPE_CHECKING:
    import polars

    from nearfield.embed import EGES
    from nearfield.vectors import Vectors
    from nearfield.vocabulary import Vocabulary

SEPARATORS = ("\t", ",", ";")  # the first of them that the header row has
NAMED_SEPARATORS = {".tsv": "\t", ".tab": "\t"}
ENDINGS = ("", ".csv", ".txt", ".tsv", ".tab", ".parquet", ".pq")
PARQUET = b"PAR1"
BETWEEN = "|"  # values of one field

Side = dict[str, dict[str, list[str]]]  # field → item → its values
Rows = list[tuple[str, list[Any]]]  # where each row stands, and its cells


def read_side(path: Path, encoding: str | None = None) -> Side:
    """Read a table with a header row: items in the first column, and in each other column a field of theirs.

    Parameters
    ----------
    path : Path
        CSV as RFC 4180 has it, with commas, TABs or semicolons, or Parquet; perhaps compressed, a pipe, or `-`. "|"
        stands between several values of a field; in Parquet a field may be a list as well.
    encoding : str, optional
        Of a CSV file that is not UTF-8.

    Returns
    -------
    dict of field to dict of item to list of str
        In the order of the file, without empty values and each value once. What several rows say of an item is put
        together; an item without a value is not in the field.

    Raises
    ------
    BadInput
        No such file, another kind of file, a table that cannot be read or has one column; a row without an item, or
        with another number of cells than the header row: with file and line.
    """
    from nearfield.formats.streams import open_source  # brings NumPy, for which --help does not wait
    from nearfield.io import as_text, ending, is_regular, open_parquet

    if is_regular(path) and ending(path) not in ENDINGS:
        raise BadInput(f"{path}: ends in {ending(path)!r}; expected one of {', '.join(filter(None, ENDINGS))}")
    with open_source(path, encoding) as source:
        if source.head.startswith(PARQUET):
            with source.on_disk() as file, open_parquet(file, path) as table:
                names, rows = _of_table(path, table.collect())
        else:
            names, rows = _of_text(path, as_text(path, source.file.read()))
    if len(names) < 2:
        raise BadInput(f"{path}: has the column {names[0]!r} only; expected items and a field beside them")
    side: dict[str, dict[str, dict[str, None]]] = {name: {} for name in names[1:]}
    for place, (item, *cells) in rows:
        if not item:
            raise BadInput(f"{place}: has no item; expected one in {names[0]!r}")
        for name, cell in zip(names[1:], cells, strict=True):
            values = cell.split(BETWEEN) if isinstance(cell, str) else cell
            if kept := [value.strip() for value in values or () if value and value.strip()]:
                side[name].setdefault(item, {}).update(dict.fromkeys(kept))
    return {name: {item: list(values) for item, values in items.items()} for name, items in side.items()}


def check_side(known: Side, vocabulary: Vocabulary, what: str, path: Path | None) -> None:
    """Refuse a table that says nothing of any key, and warn where it says nothing of half of what was seen."""
    from nearfield.matching import check_match

    items = {item: None for values in known.values() for item in values}
    counts = vocabulary.counts.tolist()
    check_match(vocabulary.keys, items, what=what, of=f"the table {path}", counts=counts)


def read_known(side: Path | None, encoding: str | None) -> Side | None:
    """Read the table that `--side` names, in what `--side-encoding` names; None where there is none."""
    if side is None and encoding is not None:
        raise BadInput("--side-encoding without --side, for which it is; give --side FILE")
    return None if side is None else read_side(side, encoding)


def with_cold_items(model: EGES, known: Side, before: Vectors | None = None, dropped: Container[str] = ()) -> Vectors:
    """Return the vectors, with those of items that stand in the table only and share a value with others.

    After an update, `before` is what this function returned before it: what it has keeps its order and, where nobody
    has touched it and the table does not name it any more, its rows; but for what was dropped.
    """
    from nearfield.update.growth import in_order_of

    vectors = model.vectors_
    cold: dict[str, dict[str, list[str]]] = {}
    for field, values in known.items():
        for item, found in values.items():
            if item not in vectors and any(f"{field}={value}" in model.side_vectors_ for value in found):
                cold.setdefault(item, {})[field] = found
    both = _behind(vectors, model.cold(cold)) if cold else vectors
    if before is None:
        return both
    left = [row for row, key in enumerate(before.keys) if key not in both and key not in dropped]
    return in_order_of(before, _behind(both, before.take(np.array(left, np.int64))))


def _behind(vectors: Vectors, others: Vectors) -> Vectors:
    """Return vectors with those of others behind them, which nobody has been counted to touch."""
    assert vectors.output is not None
    assert others.output is not None
    counts = np.concatenate([vectors.vocabulary.counts, np.zeros(len(others), np.int64)])
    input, output = (np.concatenate(pair) for pair in ((vectors.input, others.input), (vectors.output, others.output)))
    return type(vectors)([*vectors.keys, *others.keys], input, output, counts, vectors.metadata)


def _of_text(path: Path, text: str) -> tuple[list[str], Rows]:
    """Return the names of columns, and the rows that are not blank with their file and line."""
    first = next(filter(str.strip, text.split("\n")), "")
    from nearfield.io import ending

    default = next((mark for mark in SEPARATORS if mark in first), ",")
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=NAMED_SEPARATORS.get(ending(path), default), strict=True
    )
    rows: Rows = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((f"{path}:{line}", cells))
            line = reader.line_num + 1
    except csv.Error as error:
        expected = "expected cells as RFC 4180 has them, with quotes doubled in quoted cells"
        raise BadInput(f"{path}:{line}: {error}; {expected}") from error
    if not rows:
        raise BadInput(f"{path}: is empty; expected a header row, and a row for each item")
    place, names = rows.pop(0)
    names = [str(name).strip() for name in names]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadInput(f"{place}: names the column {min(twice)!r} twice; expected each once")
    for place, cells in rows:
        if len(cells) != len(names):
            raise BadInput(f"{place}: has {len(cells)} cells; expected {len(names)}, as the header row has")
    return names, rows


def _of_table(path: Path, table: polars.DataFrame) -> tuple[list[str], Rows]:
    """Return the columns of a Parquet file as text or lists of text; whole numbers stored as floats are whole."""
    import polars

    columns = []
    for name, kind in table.schema.items():
        column = table[name]
        inner = kind.inner if isinstance(kind, polars.List) else kind
        if inner.is_nested():
            raise BadInput(f"{path}: column {name!r} is {kind}; expected text, numbers, or lists of these")
        if kind.is_float() and column.drop_nulls().drop_nans().eq(column.drop_nulls().drop_nans().round()).all():
            column = column.fill_nan(None).cast(polars.Int64)
        columns.append(column.cast(polars.List(polars.String) if isinstance(kind, polars.List) else polars.String))
    places = (f"{path}: row {row:,}" for row in range(1, len(table) + 1))
    return table.columns, list(zip(places, (list(row) for row in polars.DataFrame(columns).iter_rows()), strict=True))
