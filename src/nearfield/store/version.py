"""What is known of a published version."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.files import plain

FILE = "version.json"
DIGITS = 6


@dataclass(frozen=True)
class Version:
    """A published version.

    Attributes
    ----------
    number : int
        1 for the first; never given twice.
    time : str
        When it was published: UTC, ISO 8601.
    kind : str
        What it holds: "vectors", "ranker" or "fixed point".
    note : str
    size : int
        Bytes of its files.
    checksums : dict of str to str
        The SHA-256 of each file of the version but this one, by its path within the folder of the version.
    report : list of dict
        What the checks found; see `nearfield.store.Finding`.
    forced : bool
        Whether a check had failed.
    previous : int or None
        The version that was current before.
    """

    number: int
    time: str
    kind: str
    note: str
    size: int
    checksums: dict[str, str]
    report: list[dict[str, Any]] = field(default_factory=list)
    forced: bool = False
    previous: int | None = None


def folder_name(number: int) -> str:
    """Return the name of a version's folder, such as 000007."""
    return f"{number:0{DIGITS}d}"


def write_version(folder: Path, version: Version) -> None:
    """Write what is known of a version into its folder."""
    text = json.dumps(plain(asdict(version)), indent=2, ensure_ascii=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read_version(folder: Path) -> Version:
    """Read what `write_version` wrote."""
    path = folder / FILE
    try:
        return Version(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: is missing or damaged ({error}); roll back to another version") from error
