"""Reads what is known of items beside a log: tags, categories, brands."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nearfield.errors import BadInput

if TYPE_CHECKING:
    import polars

    from nearfield.embed import EGES
    from nearfield.vectors import Vectors

SEPARATORS = {".csv": ",", ".txt": ",", ".tsv": "\t", ".tab": "\t"}
PARQUET = (".parquet", ".pq")
PACKED = (".gz", ".zst")
BETWEEN = "|"  # values of one field

Side = dict[str, dict[str, list[str]]]  # field → item → its values


def read_side(path: Path) -> Side:
    """Read a table with a heading: items in the first column, and in each other column a field of theirs.

    Parameters
    ----------
    path : Path
        CSV, TSV (also packed: .gz, .zst) or Parquet. "|" stands between several values of a field; in Parquet a field
        may be a list as well.

    Returns
    -------
    dict of field to dict of item to list of str
        In the order of the file, without empty values and each value once. What several rows say of an item is put
        together; an item without a value is not in the field.

    Raises
    ------
    BadInput
        No such file, another kind of file, a table that cannot be read or has one column; a row without an item.
    """
    table = _read(path)
    if table.width < 2:
        raise BadInput(f"{path}: has the column {table.columns[0]!r} only; expected items and a field beside them")
    items = table.to_series(0)
    if absent := [row for row, item in enumerate(items, 1) if not item]:
        raise BadInput(f"{path}: row {absent[0]} below the heading has no item; expected one in {items.name!r}")
    return {field: _values(items, table[field]) for field in table.columns[1:]}


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


def _values(items: polars.Series, column: polars.Series) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for item, given in zip(items.to_list(), column.to_list(), strict=True):
        values = given.split(BETWEEN) if isinstance(given, str) else given
        if kept := [value.strip() for value in values or () if value and value.strip()]:
            found.setdefault(item, {}).update(dict.fromkeys(kept))
    return {item: list(values) for item, values in found.items()}


def _read(path: Path) -> polars.DataFrame:
    """Read a table, all as text or lists of text."""
    import polars

    from nearfield.files import storage_errors

    if not path.is_file():
        raise BadInput(f"{path}: no such file; expected a table of items and what is known of them")
    kind = Path(path.stem).suffix if path.suffix in PACKED else path.suffix
    if kind not in SEPARATORS and path.suffix not in PARQUET:
        raise BadInput(f"{path}: its name ends in {kind!r}; expected {', '.join([*SEPARATORS, *PARQUET])}")
    try:
        with storage_errors(path):
            if path.suffix in PARQUET:
                return _as_text(polars.read_parquet(path))
            return polars.read_csv(path, separator=SEPARATORS[kind], infer_schema=False)
    except polars.exceptions.PolarsError as error:
        raise BadInput(f"{path}: cannot be read: {str(error).splitlines()[0]}") from error


def _as_text(table: polars.DataFrame) -> polars.DataFrame:
    import polars

    columns = [
        table[name].cast(polars.List(polars.String) if isinstance(dtype, polars.List) else polars.String)
        for name, dtype in table.schema.items()
    ]
    return polars.DataFrame(columns)
