"""`nearfield versions`: what a store holds."""

from __future__ import annotations

from typing import Annotated

import typer

from nearfield.cli.output import AsJson, print_rows
from nearfield.cli.stores import StoreFolder, existing_store, version_facts


def versions(
    path: StoreFolder,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read all files again and stop at one that changed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the versions that a store holds, the oldest first."""
    store = existing_store(path)
    current = store.current()
    found = [store.verify(one.number) for one in store.versions()] if verify else store.versions()
    rows = [version_facts(one) | {"current": one == current} for one in found]
    columns = ("version", "current", "time", "kind", "bytes", "forced", "note")
    print_rows(columns, ([row[name] for name in columns] for row in rows), as_json=as_json)
