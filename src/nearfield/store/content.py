"""What a version can hold: written to a folder, and opened again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.files import CONFIG, check_files, reads_whole_folder
from nearfield.formats.model_card import model_card
from nearfield.loading import KINDS, load
from nearfield.store import disk
from nearfield.vectors import Vectors


def write_content(content: Any, folder: Path, name: str, title: str) -> str:
    """Write vectors, a model or a copy of a saved folder to `folder`; return its kind.

    What can save itself does; of other estimators the vectors are written. `name` is where they will lie and `title`
    what they are, for the model card.

    Raises
    ------
    BadInput
        It is none of them, or a folder that holds none of them.
    """
    if isinstance(content, str | os.PathLike):
        _copy(Path(content), folder)
    else:
        saved: Any = content if hasattr(content, "save") else getattr(content, "__dict__", {}).get("vectors_")
        if not hasattr(saved, "save"):
            raise BadInput(
                f"a {type(content).__name__} cannot be published; expected vectors, a fitted model, a folder"
            )
        saved.save(folder)
        if isinstance(saved, Vectors):
            card = model_card(saved, name, title)
            (folder / "README.md").write_text(card, encoding="utf-8", errors="backslashreplace")
    return kind_of(folder)


@reads_whole_folder
def _copy(source: Path, target: Path) -> None:
    """Copy a saved folder: one save of it, undamaged, and nothing from outside of it."""
    kind_of(source)
    for path in source.rglob("*"):
        is_inside = path.exists() and path.resolve().is_relative_to(source.resolve())
        if path.is_symlink() and not is_inside:
            link = os.readlink(path)
            raise BadInput(f"{path}: is a link to {link}, which is not in the folder; put the file itself there")
        if not path.is_dir() and not path.is_file():
            raise BadInput(f"{path}: is no file; expected a folder that nearfield saved, as it saved it")
    check_files(source)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    disk.set_modes(target)


def parts_within(folder: Path) -> dict[str, Any]:
    """Open what lies within a saved folder as folders of their own, such as the users of vectors, by name."""
    return {path.name: load(path) for path in sorted(folder.iterdir()) if (path / CONFIG).is_file()}


def open_content(folder: Path) -> Any:
    """Open what `write_content` wrote."""
    kind_of(folder)
    return load(folder)


def kind_of(folder: Path) -> str:
    """Return what a saved folder holds, one of `KINDS`; raise `BadInput` where it holds none of them."""
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadInput(f"{folder}: holds no config.json; expected a folder that nearfield saved") from error
    except NotADirectoryError as error:
        raise BadInput(f"{folder}: is a file; expected a folder that nearfield saved") from error
    except ValueError as error:
        raise BadInput(f"{path}: is no JSON: {error}") from error
    kind = config.get("kind") if isinstance(config, dict) else None
    if kind not in KINDS:
        raise BadInput(f"{path}: kind is {kind!r}; a store holds: {', '.join(KINDS)}")
    return str(kind)
