"""TensorBoard's projector: a folder with tensors.tsv, metadata.tsv and projector_config.pbtxt.

`tensorboard --logdir FOLDER` shows it, and https://projector.tensorflow.org takes the two .tsv files. It keeps input
rows and counts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import atomic_folder, reads_whole_folder, write_config
from nearfield.formats.keys import TABS_AND_LINE_ENDS, check_unique, writable
from nearfield.formats.rows import decoded, measure, parse_rows, write_rows
from nearfield.formats.streams import line_blocks, open_to_read
from nearfield.vectors import Vectors

TENSORS, METADATA, CONFIG = "tensors.tsv", "metadata.tsv", "projector_config.pbtxt"
CONFIG_TEXT = f'embeddings {{\n  tensor_path: "{TENSORS}"\n  metadata_path: "{METADATA}"\n}}\n'


def write(vectors: Vectors, path: Path, *, replace_spaces: str | None = None) -> None:
    """Write the folder; keys with tabs or line ends are refused or replaced."""
    keys = writable(vectors.keys, path, TABS_AND_LINE_ENDS, replace_spaces)
    with atomic_folder(path) as folder:
        with (folder / TENSORS).open("wb") as file:
            write_rows(file, vectors.input_table, None, "\t")
        (folder / METADATA).write_bytes("".join(_metadata_lines(keys, vectors.counts)).encode())
        (folder / CONFIG).write_text(CONFIG_TEXT, encoding="utf-8")
        write_config(folder, "projector", 1, {"metadata": vectors.metadata})


@reads_whole_folder
def read(path: Path, *, mmap: bool = True) -> Vectors:
    """Read the two .tsv files: keys from the first column of metadata.tsv, counts from a column of that name."""
    for name in (TENSORS, METADATA):
        if not (path / name).is_file():
            raise BadInput(f"{path / name}: is missing; expected {TENSORS} and {METADATA}")
    keys, counts, first_line = _read_metadata(path / METADATA)
    check_unique(keys, path / METADATA, "line", first_line)
    return Vectors(keys, _read_tensors(path / TENSORS, len(keys)), counts=counts)


def _metadata_lines(keys: list[str], counts: np.ndarray | None) -> list[str]:
    """A single column has no header, several have one: so the projector wants it."""
    if counts is None:
        return [f"{key}\n" for key in keys]
    return ["key\tcount\n", *(f"{key}\t{count}\n" for key, count in zip(keys, counts.tolist(), strict=True))]


def _read_metadata(path: Path) -> tuple[list[str], np.ndarray | None, int]:
    """Return keys, counts and the line of the first key."""
    with open_to_read(path) as file:
        lines = [line.removesuffix(b"\r") for block in line_blocks(path, file) for line in block]
    header = lines.pop(0).split(b"\t") if lines and b"\t" in lines[0] else [b"key"]
    first_line = 1 if len(header) == 1 else 2
    rows = [line.split(b"\t") for line in lines]
    for number, row in enumerate(rows, first_line):
        if len(row) != len(header):
            raise BadInput(f"{path}:{number}: {len(row)} columns; expected {len(header)} as in the header")
    keys = [decoded(path, row[0], number) for number, row in enumerate(rows, first_line)]
    if b"count" not in header:
        return keys, None, first_line
    column = header.index(b"count")
    try:
        counts = np.array([row[column] for row in rows], dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{path}: column count holds what is no whole number ({error})") from error
    return keys, counts, first_line


def _read_tensors(path: Path, n: int) -> np.ndarray:
    lines_there, dim = measure(path, b"\t")
    if lines_there != n:
        raise BadInput(f"{path}: has {lines_there:,} lines for the {n:,} keys of {METADATA}")
    blocks = [np.empty((0, dim), np.float32)]
    first_line = 1
    with open_to_read(path) as file:
        for lines in line_blocks(path, file):
            stripped = [line.removesuffix(b"\r") for line in lines]
            blocks.append(parse_rows(path, stripped, dim, first_line, b"\t"))
            first_line += len(lines)
    return np.concatenate(blocks)
