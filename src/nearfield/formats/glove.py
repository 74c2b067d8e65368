"""GloVe's text: a line "key number … number" for each vector, without a header. Only input rows can be kept."""

from __future__ import annotations

from pathlib import Path

from nearfield.errors import BadInput
from nearfield.formats.keys import SPACES, check_unique, writable
from nearfield.formats.rows import measure, read_keyed_rows, write_rows
from nearfield.formats.streams import open_to_read, open_to_write
from nearfield.vectors import Vectors


def read(path: Path, *, mmap: bool = True) -> Vectors:
    """Read GloVe's text, plain or gzip; the first line says how many dimensions there are."""
    n, columns = measure(path, b" ")
    dim = columns - 1
    if dim < 1:
        raise BadInput(f"{path}:1: no numbers behind the key; expected a key and its vector")
    with open_to_read(path) as file:
        keys, rows = read_keyed_rows(path, file, n, dim, first_line=1)
    check_unique(keys, path, "line", 1)
    return Vectors(keys, rows)


def write(vectors: Vectors, path: Path, *, replace_spaces: str | None = None) -> None:
    """Write GloVe's text; compressed if `path` ends in .gz."""
    if not len(vectors):
        raise BadInput(f"{path}: there are no vectors; GloVe's text cannot say how many dimensions they would have")
    keys = writable(vectors.keys, path, SPACES, replace_spaces)
    with open_to_write(path) as file:
        write_rows(file, vectors.input_table, keys, " ")
