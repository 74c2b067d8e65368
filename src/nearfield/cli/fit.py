"""`nearfield fit`: learn vectors; one file for each kind of thing that they are learnt for."""

from __future__ import annotations

import typer

from nearfield.cli.fit_items import fit_items
from nearfield.cli.fit_nodes import fit_nodes
from nearfield.cli.fit_words import fit_words

app = typer.Typer(help="Learn vectors from raw data.", no_args_is_help=True)
app.command("words", no_args_is_help=True)(fit_words)
app.command("items", no_args_is_help=True)(fit_items)
app.command("nodes", no_args_is_help=True)(fit_nodes)


@app.callback()
def _fit() -> None:
    """Learn vectors from raw data."""
