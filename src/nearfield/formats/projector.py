"""TensorBoard's projector: a folder with tensors.tsv, metadata.tsv and projector_config.pbtxt.

`tensorboard --logdir FOLDER` shows it, and https://projector.tensorflow.org takes the two .tsv files. It keeps input
rows and counts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from pathlib import Path

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import atomic_folder, reads_whole_folder, write_config
from nearfield.formats.keys import TABS_AND_LINE_ENDS, writable
from nearfield.formats.options import ReadOptions
from nearfield.formats.rows import check_wanted, checked_rows, parse_rows, write_rows
from nearfield.formats.streams import line_blocks, open_source
from nearfield.vectors import Vectors

TENSORS, METADATA, CONFIG = "tensors.tsv", "metadata.tsv", "projector_config.pbtxt"
LARGEST = int(np.iinfo(np.int64).max)
TAB, COUNT = b"\t", re.compile(rb"\d{1,19}")
CONFIG_TEXT = f'embeddings {{\n  tensor_path: "{TENSORS}"\n  metadata_path: "{METADATA}"\n}}\n'


def write(vectors: Vectors, path: Path, *, replace_spaces: str | None = None) -> None:
    """Write the folder; keys with tabs or line ends are refused or replaced."""
    keys = writable(vectors.keys, path, TABS_AND_LINE_ENDS, replace_spaces)
    with atomic_folder(path, any_name=True) as folder:
        with (folder / TENSORS).open("wb") as file:
            write_rows(file, vectors.input_table, None, "\t")
        (folder / METADATA).write_bytes("".join(_metadata_lines(keys, vectors.counts)).encode())
        (folder / CONFIG).write_text(CONFIG_TEXT, encoding="utf-8")
        write_config(folder, "projector", 1, {"metadata": vectors.metadata})


@reads_whole_folder
def read(path: Path, options: ReadOptions) -> Vectors:
    """Read the two .tsv files: keys from the first column of metadata.tsv, counts from a column of that name."""
    for name in (TENSORS, METADATA):
        if not (path / name).is_file():
            raise BadInput(f"{path / name}: is missing; expected {TENSORS} and {METADATA}")
    metadata, tensors = path / METADATA, path / TENSORS
    keys, counts, first_line = _read_metadata(metadata, options)
    wanted = options.rows_of(keys)
    rows, kept = _read_tensors(tensors, len(keys), wanted, options)
    keys = [keys[i] for i in kept]
    unique = checked_rows(metadata, keys, rows, [first_line + i for i in kept], "line", options.bad)
    if unique is not None:
        keys, rows, kept = [keys[i] for i in unique], rows[unique], [kept[i] for i in unique]
    check_wanted(path, keys, options)
    return Vectors(keys, rows, counts=None if counts is None else counts[kept])


def _metadata_lines(keys: list[str], counts: np.ndarray | None) -> list[str]:
    """A single column has no header, several have one: so the projector wants it."""
    if counts is None:
        return [f"{key}\n" for key in keys]
    return ["key\tcount\n", *(f"{key}\t{count}\n" for key, count in zip(keys, counts.tolist(), strict=True))]


def _read_metadata(path: Path, options: ReadOptions) -> tuple[list[str], np.ndarray | None, int]:
    """Return keys, counts and the line of the first key."""
    with open_source(path) as source:
        lines = [line.removesuffix(b"\r") for block in line_blocks(path, source.file) for line in block]
    header = lines.pop(0).split(b"\t") if lines and b"\t" in lines[0] else [b"key"]
    first_line = 1 if len(header) == 1 else 2
    rows = [line.split(b"\t") for line in lines]
    for number, row in enumerate(rows, first_line):
        if len(row) != len(header):
            raise BadInput(f"{path}:{number}: {len(row)} columns; expected {len(header)} as in the header")
    keys = [_decoded(path, row[0], number, options) for number, row in enumerate(rows, first_line)]
    if b"count" not in header:
        return keys, None, first_line
    column = header.index(b"count")
    for number, row in enumerate(rows, first_line):
        if not COUNT.fullmatch(row[column]) or int(row[column]) > LARGEST:
            shown = row[column][:40].decode(errors="backslashreplace")
            raise BadInput(f"{path}:{number}: count {shown!r} is no whole number from 0 to {LARGEST:,}")
    return keys, np.array([row[column] for row in rows], dtype=np.int64), first_line


def _decoded(path: Path, key: bytes, number: int, options: ReadOptions) -> str:
    try:
        return options.decoded(key)
    except UnicodeDecodeError as error:
        raise BadInput(
            f'{path}:{number}: key {key[:40]!r} is not UTF-8; errors="replace" or "ignore" (--errors) passes over it'
        ) from error


def _read_tensors(path: Path, n: int, wanted: list[int], options: ReadOptions) -> tuple[np.ndarray, list[int]]:
    """Return the rows that are wanted, float32, and which they are."""
    with open_source(path) as source:
        dim = source.head.partition(b"\n")[0].count(b"\t") + 1
        blocks, kept, read = [np.empty((0, dim), np.float32)], [], 0
        for lines in line_blocks(path, source.file):
            chosen = wanted[bisect_left(wanted, read) : bisect_left(wanted, read + len(lines))]
            values, places = [], []
            for i in chosen:
                line = lines[i - read].removesuffix(b"\r")
                if line.count(b"\t") != dim - 1:
                    options.bad.add(f"{path}:{i + 1}: {line.count(TAB) + 1} values; expected {dim}")
                    continue
                values.append(line)
                places.append(i + 1)
            rows, good = parse_rows(path, values, places, dim, TAB, options.bad)
            blocks.append(rows)
            kept += [places[i] - 1 for i in good]
            read += len(lines)
    if read != n:
        raise BadInput(f"{path}: has {read:,} lines for the {n:,} keys of {METADATA}")
    return np.concatenate(blocks), kept
