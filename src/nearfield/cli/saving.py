"""What belongs to vectors and lies within their folder: the rows of users, and the model that vectors are made by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.cli.side import Side
    from nearfield.update import Update
    from nearfield.vectors import Vectors

USERS, MODEL = "users", "model"


def check_room(path: Path) -> None:
    """Refuse a file of another format, which has no room beside vectors."""
    from nearfield.formats.detection import format_of_suffix

    if (found := format_of_suffix(path)) is not None:
        raise BadInput(f"{path}: its ending names the format {found}, which holds vectors only; expected a folder")


def save(vectors: Vectors, path: Path, within: Mapping[str, Any]) -> None:
    """Save vectors, and within their folder, by name, what belongs to them: all of it or nothing."""
    from nearfield.formats import native

    def write_within(folder: Path) -> None:
        for name, one in within.items():
            one.save(folder / name)

    if within:
        native.write(vectors, path, beside=write_within)
    else:
        vectors.save(path)


def save_with_model(report: Update, before: Vectors, known: Side | None, path: Path) -> None:
    """Save the vectors of an updated EGES, those of items that nobody has touched among them, and the model within."""
    from nearfield.cli.side import with_cold_items

    vectors = with_cold_items(report.content, known or {}, before, report.dropped_keys)
    save(vectors, path, {MODEL: report.content})


def within(vectors: Any, path: Path, name: str) -> Any:
    """Return what lies under this name within the folder of vectors; None where it does not, or there are no vectors.

    Other folders have folders within them, too, which their own readers read.
    """
    import nearfield
    from nearfield.vectors import Vectors

    is_there = isinstance(vectors, Vectors) and (path / name).is_dir()
    return nearfield.load(path / name) if is_there else None
