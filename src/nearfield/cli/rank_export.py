"""`nearfield rank export`: a model as a file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nearfield.cli import rows, training
from nearfield.cli.output import say


def rank_export(
    model: rows.Model,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=".csv or .parquet, of lr, fm and ffm; .onnx, of wide-deep, deepfm, dcn.",
        ),
    ],
    quiet: training.Quiet = False,
) -> None:
    """Write what a model predicts with as a table, or as ONNX, and print the formula of a prediction."""
    from nearfield.rank import load_ranker

    formula = load_ranker(model).export(output)
    if not quiet:
        say(f"exported {output}: {formula}")
