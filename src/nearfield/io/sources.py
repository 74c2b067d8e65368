"""Which files a source names."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.files import storage_errors

STANDARD_INPUT = "-"

Source = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def find_files(source: Source) -> list[Path]:
    """Return the files that `source` names, in the order in which they are read.

    Parameters
    ----------
    source : path, glob, folder, "-" or an iterable of these
        A folder stands for all files below it, and a glob (`*`, `?`, `[…]`, `**`) for all that match, sorted by path.
        Hidden ones (a dot in front) and what is no file are left
        out. What exists under a name is never taken for a glob. `-` is standard input.

    Raises
    ------
    BadInput
        Nothing is there, nothing matches, or `source` is no path.
    StorageError
        A folder cannot be read.
    """
    if isinstance(source, str | os.PathLike):
        return _files_of(os.fspath(source))
    if not isinstance(source, Iterable):
        raise BadInput(
            f"source is a {type(source).__name__}; expected a path, a glob, a folder, '-' or a list of these"
        )
    files: list[Path] = []
    for one in source:
        if not isinstance(one, str | os.PathLike):
            mend = "for lists of tokens use Sequences.from_lists"
            raise BadInput(f"source holds a {type(one).__name__}; expected paths; {mend}")
        files += _files_of(os.fspath(one))
    if not files:
        raise BadInput("source is an empty list; expected at least one path")
    return files


def _files_of(name: str) -> list[Path]:
    path = Path(name)
    if name == STANDARD_INPUT:
        return [path]
    if name == "" or "\0" in name:
        raise BadInput(f"source is {name!r}; expected a path, a glob, a folder or '-'")
    with storage_errors(path):
        is_folder, is_there = path.is_dir(), path.exists()
    if is_folder:
        return _files_below(path)
    if is_there:
        return [path]
    if not glob.has_magic(name):
        raise BadInput(f"{name}: no such file or folder")
    files = sorted(Path(match) for match in glob.glob(name, recursive=True) if os.path.isfile(match))
    if not files:
        raise BadInput(f"{name}: no file matches")
    return files


def _files_below(folder: Path) -> list[Path]:
    files = []
    with storage_errors(folder):
        for parent, folders, names in os.walk(folder, onerror=_refuse):
            folders[:] = [name for name in folders if not name.startswith(".")]
            paths = (Path(parent, name) for name in names if not name.startswith("."))
            files += [path for path in paths if path.is_file()]  # a pipe or a device would be waited for
    if not files:
        raise BadInput(f"{folder}: the folder holds no file")
    return sorted(files)


def _refuse(error: OSError) -> None:
    raise error
