"""`nearfield next`: what comes next."""

from __future__ import annotations

from typing import Annotated

import typer

from nearfield.cli.arguments import Folder, Neighbours, given_keys
from nearfield.cli.output import AsJson, print_rows


def next_keys(
    path: Folder,
    history: Annotated[list[str], typer.Argument(metavar="KEY", help="The oldest first; `-`: standard input.")],
    k: Neighbours = 10,
    decay: Annotated[
        float | None, typer.Option(help="How much a key counts beside the one after it; all alike if not given.")
    ] = None,
    repeats: Annotated[bool, typer.Option(help="Whether keys of the history may come again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the keys that are likeliest to follow a history."""
    from nearfield.formats import load

    wanted = given_keys(history)
    found = load(path).next(wanted, k=k, decay=decay, exclude=() if repeats else wanted)
    print_rows(("key", "score"), found, as_json=as_json)
