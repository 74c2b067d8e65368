"""`nearfield publish`: make a saved folder the current version of a store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nearfield.cli.arguments import spread
from nearfield.cli.gate import GateOptions, checks_of
from nearfield.cli.output import AsJson, print_json, print_rows, say
from nearfield.cli.stores import Keep


@spread(GateOptions)
def publish(
    path: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with saved vectors or a saved model.")],
    store: Annotated[Path, typer.Option(metavar="STORE", help="The folder of versions; made if it is not there.")],
    options: GateOptions,
    note: Annotated[str, typer.Option(help="What to remember of this version.")] = "",
    keep: Keep = None,
    force: Annotated[bool, typer.Option("--force", help="Publish whatever the checks say; the log tells.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish DIR as the current version of a store, if it passes the checks.

    That no number is NaN or infinite is always checked. A reader sees the old version or the new one, never a part.
    """
    from nearfield.store import Store

    version = Store(store).publish(path, note=note, keep=keep, checks=checks_of(options), force=force)
    if as_json:
        print_json({"version": version.number, "forced": version.forced, "checks": version.report})
        return
    columns = ("check", "passed", "found", "wanted")
    print_rows(columns, ([finding[name] for name in columns] for finding in version.report), as_json=False)
    say(f"{store}: version {version.number} is current{', by force' if version.forced else ''}")
