"""Arguments that more than one verb takes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from nearfield.errors import BadInput

STANDARD_INPUT = "-"

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Saved vectors: a folder, or a file in a known format.")]
Neighbours = Annotated[int, typer.Option("-k", min=1, help="How many to print.")]


def read_lines(path: Path) -> list[str]:
    """Read a UTF-8 list, one entry a line, or standard input for `-`; blank lines are left out."""
    from nearfield.files import storage_errors  # brings NumPy, for which --help does not wait

    try:
        if str(path) == STANDARD_INPUT:
            text = sys.stdin.read()
        elif not path.is_file():
            raise BadInput(f"{path}: no such file; expected a list, one entry a line")
        else:
            with storage_errors(path):
                text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: is not UTF-8 at byte {error.start}; convert it first") from error
    return [line.strip() for line in text.split("\n") if line.strip()]


def given_keys(keys: Iterable[str]) -> list[str]:
    """Return the keys that were typed; `-` stands for those on standard input, one a line."""
    found: list[str] = []
    for key in keys:
        found += read_lines(Path(STANDARD_INPUT)) if key == STANDARD_INPUT else [key]
    if not found:
        raise BadInput("standard input holds no key; expected one a line")
    return found
