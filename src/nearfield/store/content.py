"""What a version can hold: written to a folder, and opened again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput


def _open_vectors(folder: Path) -> Any:
    from nearfield.formats import load

    return load(folder)


def _open_ranker(folder: Path) -> Any:
    from nearfield.rank import load_ranker

    return load_ranker(folder)


def _open_fixed_point(folder: Path) -> Any:
    from nearfield.rank import FixedPointModel

    return FixedPointModel.load(folder)


# the kind that `config.json` names → what opens such a folder
OPENERS: dict[str, Callable[[Path], Any]] = {
    "vectors": _open_vectors,
    "ranker": _open_ranker,
    "fixed point": _open_fixed_point,
}


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
    return OPENERS[kind_of(folder)](folder)


def kind_of(folder: Path) -> str:
    """Return what a saved folder holds, a name in `OPENERS`; raise `BadInput` where it holds none of them."""
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
    if kind not in OPENERS:
        raise BadInput(f"{path}: kind is {kind!r}; a store holds: {', '.join(OPENERS)}")
    return str(kind)
