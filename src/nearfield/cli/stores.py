"""What the verbs about published versions share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.store import Store, Version

StoreFolder = Annotated[Path, typer.Argument(metavar="STORE", help="A folder that `nearfield publish` made.")]

Keep = Annotated[
    int | None,
    typer.Option(min=1, help="Remove all but so many of the last versions, those rolled back to left aside."),
]


def existing_store(path: Path) -> Store:
    """Open a store that is there."""
    from nearfield.store import Store

    if not path.exists():
        raise BadInput(f"{path}: is not there; expected a store that `nearfield publish` made")
    return Store(path)


def version_facts(version: Version) -> dict[str, Any]:
    """Say in a few values what a version is."""
    return {
        "version": version.number,
        "time": version.time,
        "kind": version.kind,
        "bytes": version.size,
        "forced": version.forced,
        "note": version.note,
    }
