"""`nearfield fit items`: from a behaviour log to item vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nearfield.cli import logs
from nearfield.cli.output import say

MODEL, TRAINING, RUN = "Model", "Training", "The run"


def fit_items(
    files: logs.Files,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to save the vectors to.")],
    user: logs.User = "user",
    item: logs.Item = "item",
    time: logs.Time = "time",
    event: logs.Event = None,
    columns: logs.Columns = None,
    timezone: logs.Timezone = "UTC",
    clean: logs.Clean = True,
    gap: logs.Gap = "none",
    min_count: logs.MinCount = 5,
    direction: Annotated[
        Literal["forward", "both"],
        typer.Option(help="forward: for what comes next; both: for what is alike.", rich_help_panel=MODEL),
    ] = "forward",
    vector_size: Annotated[int, typer.Option(min=1, help="Dimensions.", rich_help_panel=MODEL)] = 64,
    window: Annotated[int, typer.Option(min=1, help="The furthest item.", rich_help_panel=MODEL)] = 10,
    sample: Annotated[
        float, typer.Option(min=0, help="Thin out items of a larger share; 0: none.", rich_help_panel=TRAINING)
    ] = 1e-3,
    negative: Annotated[int, typer.Option(min=1, help="Negative samples.", rich_help_panel=TRAINING)] = 20,
    ns_exponent: Annotated[
        float, typer.Option(help="Negative samples are drawn by count to this power.", rich_help_panel=TRAINING)
    ] = 0.25,
    alpha: Annotated[float, typer.Option(help="The first learning rate.", rich_help_panel=TRAINING)] = 0.05,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the log.", rich_help_panel=TRAINING)] = 20,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads; all cores if not given.", rich_help_panel=RUN)
    ] = None,
    seed: Annotated[int, typer.Option(help="With --workers 1, a run repeats bit for bit.", rich_help_panel=RUN)] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress.", rich_help_panel=RUN)] = False,
) -> None:
    """Learn item vectors from a behaviour log and save them."""
    from nearfield.embed import ItemEmbedding
    from nearfield.files import check_folder_target

    check_folder_target(output)
    model = ItemEmbedding(
        direction=direction,
        window=window,
        vector_size=vector_size,
        sample=sample,
        negative=negative,
        ns_exponent=ns_exponent,
        alpha=alpha,
        epochs=epochs,
        workers=workers,
        seed=seed,
        verbose=not quiet,
    )
    options = logs.LogOptions(user, item, time, event, columns, timezone, clean, gap, min_count)
    vectors = model.fit(logs.read_sequences(files, options, verbose=not quiet)).vectors_
    vectors.save(output)
    if not quiet:
        say(f"saved {output}: {len(vectors):,} items × {vectors.dim} dimensions; try: nearfield next {output} ITEM")
