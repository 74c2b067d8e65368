"""`nearfield search`: which items belong to tags."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nearfield.cli.arguments import Folder, Neighbours, given_keys
from nearfield.cli.output import AsJson, print_rows


def search(
    path: Folder,
    wanted: Annotated[list[str], typer.Argument(metavar="TAG", help="Any of several; `-`: standard input.")],
    tags: Annotated[
        Path,
        typer.Option(
            metavar="TABLE", help="CSV, TSV or Parquet with a heading: items, then their tags with | between."
        ),
    ],
    minus: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Leave out what carries it; may be repeated.")
    ] = None,
    k: Neighbours = 10,
    expand: Annotated[int, typer.Option(min=0, help="How many of the nearest tags are asked, too.")] = 3,
    exact: Annotated[bool, typer.Option("--exact", help="Only what carries a TAG: --expand 0.")] = False,
    untagged: Annotated[bool, typer.Option("--untagged", help="Items without any tag may be found, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the items that belong to TAG: those that carry it or a tag near to it, the nearest first."""
    from nearfield.cli.side import read_side
    from nearfield.formats import load
    from nearfield.search import TagSearch

    asked = given_keys(wanted)
    carried = next(iter(read_side(tags).values()))
    chosen = TagSearch(load(path), carried)
    found = chosen.search(asked, k, minus=minus or (), expand=0 if exact else expand, untagged=untagged)
    rows = [(item, score, "|".join(carried.get(item, []))) for item, score in found]
    print_rows(("item", "cosine", "tags"), rows, as_json=as_json)
