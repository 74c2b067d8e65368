"""Tables in files without a name: larger than memory, and gone with the process."""

from __future__ import annotations

import mmap
import os
import tempfile
from pathlib import Path

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import storage_errors
from nearfield.parameters import FilePath


def file_table(shape: tuple[int, int], folder: FilePath) -> np.ndarray:
    """Return zeros, float32, in a file of a folder; rows that are never touched take no room on most disks."""
    if not Path(folder).is_dir():
        raise BadInput(f"table_folder is {os.fspath(folder)!r}, which is no folder; name one on the disk for the table")
    with storage_errors(folder), tempfile.TemporaryFile(prefix="nearfield-", dir=folder) as file:
        file.truncate(4 * shape[0] * shape[1])
        table = np.memmap(file, np.float32, mode="r+", shape=shape)  # it keeps a descriptor of its own
    mapped = getattr(table, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_RANDOM"):
        mapped.madvise(mmap.MADV_RANDOM)  # else for each feature the rows around it are read, too, and push others out
    return table
