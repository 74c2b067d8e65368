"""`nearfield evaluate`: how good vectors are, and updates of them; one file for each kind of thing they stand for."""

from __future__ import annotations

import typer

from nearfield.cli.evaluate_items import evaluate_items
from nearfield.cli.evaluate_links import evaluate_links
from nearfield.cli.evaluate_nodes import evaluate_nodes
from nearfield.cli.evaluate_stream import evaluate_stream
from nearfield.cli.evaluate_words import evaluate_words

app = typer.Typer(help="Measure how good vectors are.", no_args_is_help=True)
app.command("words", no_args_is_help=True)(evaluate_words)
app.command("items", no_args_is_help=True)(evaluate_items)
app.command("nodes", no_args_is_help=True)(evaluate_nodes)
app.command("links", no_args_is_help=True)(evaluate_links)
app.command("stream", no_args_is_help=True)(evaluate_stream)


@app.callback()
def _evaluate() -> None:
    """Measure how good vectors are."""
