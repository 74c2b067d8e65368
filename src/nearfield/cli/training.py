"""What the verbs that learn share: where the vectors go, and how they are trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

MODEL, TRAINING, RUN = "Model", "Training", "The run"

Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to save the vectors to.")]
VectorSize = Annotated[int, typer.Option(min=1, help="Dimensions.", rich_help_panel=MODEL)]
Window = Annotated[int, typer.Option(min=1, help="The furthest neighbour.", rich_help_panel=MODEL)]
Direction = Annotated[
    Literal["both", "forward"],
    typer.Option(
        help="both: for what is alike; forward: only what came before tells what is next.", rich_help_panel=MODEL
    ),
]
Sample = Annotated[
    float, typer.Option(min=0, help="Thin out what has a larger share; 0: nothing.", rich_help_panel=TRAINING)
]
Negative = Annotated[int, typer.Option(min=1, help="Negative samples.", rich_help_panel=TRAINING)]
NsExponent = Annotated[
    float, typer.Option(help="Negative samples are drawn by count to this power.", rich_help_panel=TRAINING)
]
Alpha = Annotated[float, typer.Option(help="The first learning rate.", rich_help_panel=TRAINING)]
MinAlpha = Annotated[float, typer.Option(help="The last learning rate.", rich_help_panel=TRAINING)]
Epochs = Annotated[int, typer.Option(min=1, help="Passes over the data.", rich_help_panel=TRAINING)]
Workers = Annotated[int | None, typer.Option(min=1, help="Threads; all cores if not given.", rich_help_panel=RUN)]
ItemWorkers = Annotated[
    int,
    typer.Option(min=1, help="Threads; several are quicker, and learn less from short histories.", rich_help_panel=RUN),
]
Seed = Annotated[int, typer.Option(help="With --workers 1, a run repeats bit for bit.", rich_help_panel=RUN)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress.", rich_help_panel=RUN)]
