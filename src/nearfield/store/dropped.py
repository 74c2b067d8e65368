"""Which keys earlier versions had, so that who asks for one is told."""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.vectors import Vectors

FILE = "dropped.json"


def write_dropped(folder: Path, new: Any, old: Any, version: int | None, earlier: dict[str, int]) -> None:
    """Write into a version's folder the keys that it lacks, by the last version that had them.

    Parameters
    ----------
    folder : Path
    new, old : object
        What is published, and what was current; only vectors have keys.
    version : int or None
        The number of `old`.
    earlier : dict of key to int
        What `old` lacks itself; see `read_dropped`.
    """
    if not isinstance(new, Vectors) or not isinstance(old, Vectors) or version is None:
        return
    lacking = {key: number for key, number in earlier.items() if key not in new}
    lacking |= {key: version for key in old.keys if key not in new}
    by_version: dict[int, list[str]] = defaultdict(list)
    for key, number in lacking.items():
        by_version[number].append(key)
    if by_version:
        (folder / FILE).write_text(json.dumps(by_version) + "\n", encoding="utf-8")


def read_dropped(folder: Path) -> dict[str, int]:
    """Read what `write_dropped` wrote: the last version of each key that a version lacks."""
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        by_version = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): int(number) for number, keys in by_version.items() for key in keys}
    except (AttributeError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: is damaged ({error}); roll back to another version") from error


def remembering(content: Any, folder: Path) -> Any:
    """Return what a version holds; vectors then say of a dropped key which version had it last."""
    if not isinstance(content, Vectors):
        return content
    found = copy.copy(content)
    last = {key: f"version {number}" for key, number in read_dropped(folder).items()}
    found.vocabulary = content.vocabulary.remembering(last)
    return found
