"""`nearfield rollback`: make an earlier version current again."""

from __future__ import annotations

from typing import Annotated

import typer

from nearfield.cli.output import AsJson, print_json, say
from nearfield.cli.stores import StoreFolder, existing_store, version_facts


def rollback(
    path: StoreFolder,
    version: Annotated[
        int | None, typer.Argument(metavar="[VERSION]", help="The one before the current one if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an earlier version current again, after reading all of its files; it is kept from then on."""
    chosen = existing_store(path).rollback(version)
    if as_json:
        print_json(version_facts(chosen))
    else:
        say(f"{path}: version {chosen.number} is current")
