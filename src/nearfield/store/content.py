"""What a version can hold: written to a folder, and opened again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.loading import load

KINDS = ("vectors", "ranker", "fixed point")  # as `config.json` names them


def write_content(content: Any, folder: Path) -> str:
    """Write vectors, a model or a copy of a saved folder to `folder`; return its kind.

    Raises
    ------
    BadInput
        It is none of them, or a folder that holds none of them.
    """
    if isinstance(content, str | os.PathLike):
        kind_of(Path(content))
        shutil.copytree(content, folder)
    else:
        saved = content.__dict__.get("vectors_", content) if hasattr(content, "__dict__") else content
        if not hasattr(saved, "save"):
            raise BadInput(
                f"a {type(content).__name__} cannot be published; expected vectors, a fitted model, a folder"
            )
        saved.save(folder)
    return kind_of(folder)


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
