"""`nearfield rank`: models that foretell a class or a value of a row; one file for each thing done with them."""

from __future__ import annotations

import typer

from nearfield.cli.rank_evaluate import rank_evaluate
from nearfield.cli.rank_explain import rank_explain
from nearfield.cli.rank_export import rank_export
from nearfield.cli.rank_fit import rank_fit
from nearfield.cli.rank_predict import rank_predict

app = typer.Typer(help="Foretell a class or a value of a row, such as whether it is clicked.", no_args_is_help=True)
app.command("fit", no_args_is_help=True)(rank_fit)
app.command("predict", no_args_is_help=True)(rank_predict)
app.command("evaluate", no_args_is_help=True)(rank_evaluate)
app.command("explain", no_args_is_help=True)(rank_explain)
app.command("export", no_args_is_help=True)(rank_export)


@app.callback()
def _rank() -> None:
    """Foretell a class or a value of a row, such as whether it is clicked."""
