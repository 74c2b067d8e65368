"""Reading and writing vectors, one file a format. None of the formats can run code."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.files import storage_errors
from nearfield.formats import glove, native, numpy, parquet, projector, word2vec
from nearfield.formats.detection import detect, format_of_suffix
from nearfield.vectors import Vectors


@dataclass(frozen=True)
class Format:
    """How one format is read and written.

    Attributes
    ----------
    read : callable
        `read(path, *, mmap)` returns `Vectors`.
    write : callable
        `write(vectors, path, *, replace_spaces)`.
    keeps : frozenset of str
        Which of "output", "nodes", "counts", "metadata" and "storage" (float16, int8) it holds beside keys and input
        rows.
    """

    read: Callable[..., Vectors]
    write: Callable[..., None]
    keeps: frozenset[str] = frozenset()


FORMATS = {
    "native": Format(native.read, native.write, frozenset({"output", "nodes", "counts", "metadata", "storage"})),
    "word2vec": Format(word2vec.read_text, word2vec.write_text),
    "word2vec-binary": Format(word2vec.read_binary, word2vec.write_binary),
    "glove": Format(glove.read, glove.write),
    "parquet": Format(parquet.read, parquet.write, frozenset({"output", "counts"})),
    "numpy": Format(numpy.read, numpy.write, frozenset({"output", "counts"})),
    "projector": Format(projector.read, projector.write, frozenset({"counts"})),
}


def load(path: str | os.PathLike[str], *, format: str | None = None, mmap: bool = True) -> Vectors:
    """Read vectors from a folder or a file.

    Parameters
    ----------
    path : path-like
        Text and word2vec binary may be compressed by gzip.
    format : str, optional
        A name in `FORMATS`. Without it the content decides, then the ending of the name.
    mmap : bool
        Whether the tables of a native folder stay on disk until their rows are asked for. Other formats are read into
        memory.

    Raises
    ------
    BadInput
        There is nothing at `path`; it is in no known format, damaged, cut short, or holds a key twice or a value that
        is no finite number. The message names file and line. Memory is taken only for what the file really holds.
    StorageError
        The operating system refuses.
    """
    path = Path(path)
    if not path.exists():
        raise BadInput(f"{path}: is not there; expected a folder or a file with vectors")
    with storage_errors(path):
        chosen = _checked(format) if format else detect(path)
        try:
            return FORMATS[chosen].read(path, mmap=mmap)
        except BadInput as error:
            if str(path) in str(error):
                raise
            raise BadInput(f"{path}: {error}") from error


def save(
    vectors: Vectors, path: str | os.PathLike[str], *, format: str | None = None, replace_spaces: str | None = None
) -> tuple[str, ...]:
    """Write vectors; what was at `path` stays until the new file or folder is whole.

    Parameters
    ----------
    vectors : Vectors
    path : path-like
    format : str, optional
        A name in `FORMATS`. Without it the ending decides: .txt or .vec (word2vec), .bin (word2vec-binary), each also
        with .gz; .parquet; .npz (numpy). Any other name becomes a native folder.
    replace_spaces : str, optional
        What to write for white space in keys, where the format cannot hold it. Without it such keys are refused.

    Returns
    -------
    tuple of str
        What the vectors have and the format does not hold: of "output", "nodes", "counts", "metadata", "storage".

    Raises
    ------
    BadInput
        A key that the format cannot hold; a folder at `path` that nearfield did not write.
    StorageError
        The operating system refuses.
    """
    path = Path(path)
    chosen = FORMATS[_checked(format or format_of_suffix(path) or "native")]
    chosen.write(vectors, path, replace_spaces=replace_spaces)
    has = {
        "output": vectors.output_table is not None,
        "nodes": vectors.nodes_table is not None,
        "counts": vectors.counts is not None,
        "metadata": bool(vectors.metadata),
        "storage": vectors.storage != "float32",
    }
    return tuple(part for part, there in has.items() if there and part not in chosen.keeps)


def _checked(name: str) -> str:
    if name not in FORMATS:
        raise BadInput(f"format {name!r} is not known; expected one of {', '.join(FORMATS)}")
    return name
