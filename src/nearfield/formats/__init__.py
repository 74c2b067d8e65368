"""Reading and writing vectors, one file a format. None of the formats can run code."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.files import check_file_target, check_folder_target, storage_errors
from nearfield.formats import fasttext, glove, native, numpy, parquet, projector, word2vec
from nearfield.formats.detection import detect, detect_folder, format_to_write
from nearfield.formats.options import Errors, OnBad, ReadOptions
from nearfield.formats.streams import open_source
from nearfield.io import STANDARD_INPUT
from nearfield.vectors import Vectors
from nearfield.vocabulary import Keys


@dataclass(frozen=True)
class Format:
    """How one format is read and written.

    Attributes
    ----------
    read : callable
        `read(source, options)` returns `Vectors`; `source` is the path of a folder, or an opened file.
    write : callable, optional
        `write(vectors, path, *, replace_spaces)`.
    keeps : frozenset of str
        Which of "output", "nodes", "subwords", "counts", "metadata" and "storage" (float16, int8) it holds beside keys
        and input rows.
    folder : bool
        Whether it is a folder of files.
    """

    read: Callable[..., Vectors]
    write: Callable[..., None] | None
    keeps: frozenset[str] = frozenset()
    folder: bool = False


FORMATS = {
    "native": Format(
        native.read,
        native.write,
        frozenset({"output", "nodes", "subwords", "counts", "metadata", "storage"}),
        folder=True,
    ),
    "word2vec": Format(word2vec.read_text, word2vec.write_text),
    "word2vec-binary": Format(word2vec.read_binary, word2vec.write_binary),
    "glove": Format(glove.read, glove.write),
    "fasttext": Format(fasttext.read, None),
    "parquet": Format(parquet.read, parquet.write, frozenset({"output", "counts"})),
    "numpy": Format(numpy.read, numpy.write, frozenset({"output", "counts"})),
    "projector": Format(projector.read, projector.write, frozenset({"counts"}), folder=True),
}
WRITABLE = tuple(name for name, format in FORMATS.items() if format.write)


def load(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    mmap: bool = True,
    errors: Errors = "strict",
    on_bad: OnBad = "refuse",
    limit: int | None = None,
    keys: Keys | None = None,
    encoding: str | None = None,
) -> Vectors:
    """Read vectors from a folder, a file, a pipe, or standard input (`-`).

    Parameters
    ----------
    path : path-like
        Any file may be compressed by gzip, Zstandard or bzip2.
    format : str, optional
        A name in `FORMATS`. Without it the content decides, then the ending of the name.
    mmap : bool
        Whether the tables of a native folder, and the subwords of a fastText model, stay on disk until their rows are
        asked for. Other formats are read into memory.
    errors : {"strict", "replace", "ignore"}
        What becomes of bytes in keys that are not UTF-8, such as a key that word2vec.c cut within a character: an
        error, U+FFFD in their place, or nothing.
    on_bad : {"refuse", "skip"}
        What becomes of a vector that cannot be read, of a key that came before, and of a header that promises another
        number of vectors: an error, or a warning that says how many there were and what the first was.
    limit : int, optional
        Read the first so many vectors of the file only; the most frequent ones, as programs write them.
    keys : str or list of str, optional
        Keep these keys only, in the order of the file. Those that the file has not are left out; none at all is an
        error. Memory and, but for what has to be looked through, time follow what is kept.
    encoding : str, optional
        Of the keys in text and binary files, where that is not UTF-8.

    Raises
    ------
    BadInput
        There is nothing at `path`; it is in no known format, damaged, cut short, or holds a key twice or a value that
        is no finite number. The message names file and line. Memory is taken only for what the file really holds.
    StorageError
        The operating system refuses.
    """
    path = Path(path)
    options = ReadOptions(mmap=mmap, errors=errors, on_bad=on_bad, limit=limit, keys=keys, encoding=encoding)
    if str(path) != STANDARD_INPUT and not path.exists():
        raise BadInput(f"{path}: is not there; expected a folder or a file with vectors")
    with storage_errors(path):
        try:
            vectors = _read(path, format, options)
        except BadInput as error:
            if str(path) in str(error):
                raise
            raise BadInput(f"{path}: {error}") from error
    options.bad.warn()
    return vectors


def _read(path: Path, format: str | None, options: ReadOptions) -> Vectors:
    chosen = None if format is None else FORMATS[_checked(format)]
    if path.is_dir() if chosen is None else chosen.folder:
        return (chosen or FORMATS[detect_folder(path)]).read(path, options)
    with open_source(path, options.wide) as source:
        return (chosen or FORMATS[detect(source)]).read(source, options)


def save(
    vectors: Vectors, path: str | os.PathLike[str], *, format: str | None = None, replace_spaces: str | None = None
) -> tuple[str, ...]:
    """Write vectors; what was at `path` stays until the new file or folder is whole.

    Parameters
    ----------
    vectors : Vectors
    path : path-like
    format : str, optional
        A name in `WRITABLE`. Without it the ending decides, in upper or lower case: .txt or .vec (word2vec), .bin
        (word2vec-binary), each also with .gz, .zst or .bz2; .parquet or .pq; .npz (numpy). A name without an ending
        becomes a native folder.
    replace_spaces : str, optional
        What to write for white space in keys, where the format cannot hold it. Without it such keys are refused.

    Returns
    -------
    tuple of str
        What the vectors have and the format does not hold: of "output", "nodes", "subwords", "counts", "metadata",
        "storage".

    Raises
    ------
    BadInput
        An ending that names no format; a key that the format cannot hold; a folder at `path` that nearfield did not
        write.
    StorageError
        The operating system refuses.
    """
    path = Path(path)
    chosen = FORMATS[_checked_to_write(format) if format else format_to_write(path)]
    assert chosen.write is not None
    chosen.write(vectors, path, replace_spaces=replace_spaces)
    has = {
        "output": vectors.output_table is not None,
        "nodes": vectors.nodes_table is not None,
        "subwords": vectors.subwords is not None,
        "counts": vectors.counts is not None,
        "metadata": bool(vectors.metadata),
        "storage": vectors.storage != "float32",
    }
    return tuple(part for part, there in has.items() if there and part not in chosen.keeps)


def check_target(path: str | os.PathLike[str], format: str | None = None) -> None:
    """Raise now what `save` would raise about the name at the end of a long run: `BadInput` or `StorageError`."""
    name = _checked_to_write(format) if format else format_to_write(Path(path))
    if FORMATS[name].folder:
        check_folder_target(path, native.KIND if name == "native" else name, any_name=True)
    else:
        check_file_target(path)


def _checked(name: str) -> str:
    if name not in FORMATS:
        raise BadInput(f"format {name!r} is not known; expected one of {', '.join(FORMATS)}")
    return name


def _checked_to_write(name: str) -> str:
    if FORMATS[_checked(name)].write is None:
        raise BadInput(f"format {name!r} can only be read; expected one of {', '.join(WRITABLE)}")
    return name
