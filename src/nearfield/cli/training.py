"""What the verbs that learn share: where the vectors go, and how they are trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

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
SideEncoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of the --side table, if not UTF-8: gb18030, …", rich_help_panel=MODEL),
]


@dataclass(frozen=True)
class ItemTraining:
    """How item vectors are trained: the options of every verb that fits them from a log."""

    direction: Direction = "forward"
    vector_size: VectorSize = 64
    window: Window = 10
    sample: Sample = 1e-3
    negative: Negative = 20
    ns_exponent: NsExponent = 0.25
    alpha: Alpha = 0.05
    epochs: Epochs = 20
    workers: ItemWorkers = 1
    seed: Seed = 1
    side: Annotated[
        Path | None,
        typer.Option(
            help='What is known of the items (EGES): a table, items first, then a field a column, "|" in between.',
            rich_help_panel=MODEL,
        ),
    ] = None
    side_encoding: SideEncoding = None
    attention: Annotated[
        bool,
        typer.Option(
            help="With --side: learn for each item how much each field counts; else all the same (GES).",
            rich_help_panel=MODEL,
        ),
    ] = True

    def settings(self) -> dict[str, Any]:
        """Return the parameters of `ItemEmbedding` and `EGES`."""
        return {
            name: value for name, value in asdict(self).items() if name not in ("side", "side_encoding", "attention")
        }
