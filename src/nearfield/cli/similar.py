"""`nearfield similar`: what is alike."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from nearfield.cli.arguments import Folder, Neighbours, given_keys
from nearfield.cli.output import AsJson, print_rows


def similar(
    path: Folder,
    keys: Annotated[list[str], typer.Argument(metavar="KEY", help="Several are added up; `-`: standard input.")],
    minus: Annotated[list[str] | None, typer.Option(metavar="KEY", help="A key to subtract; may be repeated.")] = None,
    k: Neighbours = 10,
    method: Annotated[
        Literal["3cosadd", "3cosmul"], typer.Option(help="How several keys are put together.")
    ] = "3cosadd",
    as_json: AsJson = False,
) -> None:
    """Print the keys nearest to KEY by cosine.

    An analogy, "man is to king as woman is to …": nearfield similar words king woman --minus man
    """
    from nearfield.formats import load

    wanted = given_keys(keys)
    found = load(path).similar(wanted, minus=minus or (), k=k, method=method)
    print_rows(("key", "cosine" if method == "3cosadd" else "score"), found, as_json=as_json)
