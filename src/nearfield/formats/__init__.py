"""Reading and writing vectors, one file a format; none of them can run code."""

from __future__ import annotations

import os
from pathlib import Path

from nearfield.formats import native
from nearfield.vectors import Vectors


def load(path: str | os.PathLike[str], *, format: str | None = None, mmap: bool = True) -> Vectors:
    """Read vectors."""
    return native.read(Path(path), mmap=mmap)


def save(vectors: Vectors, path: str | os.PathLike[str], *, format: str | None = None) -> None:
    """Write vectors."""
    native.write(vectors, Path(path))
