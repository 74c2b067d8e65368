"""GloVe's text: a line "key number … number" for each vector, without a header. Only input rows can be kept."""

from __future__ import annotations

import codecs
from collections import Counter
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.formats.keys import SPACES, writable
from nearfield.formats.options import ReadOptions
from nearfield.formats.rows import natural_dim, read_keyed_rows, write_rows
from nearfield.formats.streams import HEAD_BYTES, Source, open_to_write
from nearfield.vectors import Vectors


def read(source: Source, options: ReadOptions) -> Vectors:
    """Read GloVe's text; what most of the first lines have says how many dimensions there are.

    So a first key that holds spaces (". . .") is read whole, and so are those of later lines.
    """
    lines = source.head.split(b"\n")
    complete = lines[:-1] if len(lines) > 1 and (len(source.head) >= HEAD_BYTES or not lines[-1]) else lines
    dims = Counter(filter(None, map(natural_dim, complete)))
    if not dims:
        raise BadInput(f"{source.path}:1: no numbers behind the key; expected a key and its vector")
    return read_keyed_rows(source, options, dims.most_common(1)[0][0], first_line=1)


def write(vectors: Vectors, path: Path, *, replace_spaces: str | None = None) -> None:
    """Write GloVe's text, compressed if the name ends so."""
    if not len(vectors):
        raise BadInput(f"{path}: there are no vectors; GloVe's text cannot say how many dimensions they would have")
    keys = writable(vectors.keys, path, SPACES, replace_spaces)
    with open_to_write(path) as file:
        if keys[0].startswith("\ufeff"):
            file.write(codecs.BOM_UTF8)  # else the key's own mark would be taken for one of the file
        write_rows(file, vectors.input_table, keys, " ")
