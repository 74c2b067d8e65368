"""`nearfield tune`: which settings foretell best, on the data at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nearfield.cli import logs, training
from nearfield.cli.arguments import spread
from nearfield.cli.output import AsJson, print_json, say, show
from nearfield.cli.reading import of_log
from nearfield.errors import BadInput

app = typer.Typer(help="Search for settings.", no_args_is_help=True)


@app.callback()
def _tune() -> None:
    """Search for settings."""


@app.command("items", no_args_is_help=True)
@spread(logs.LogOptions)
def tune_items(
    files: logs.Files,
    options: logs.LogOptions,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Learn from the whole log with the tuned settings; save."),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="The most trials; 30 if neither this nor --seconds is given.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Begin no trial later than this.")] = None,
    metric: Annotated[
        str, typer.Option(help="hit_rate, recall, precision, ndcg or mrr, @, and how long lists are.")
    ] = "ndcg@10",
    sample: Annotated[float | None, typer.Option(min=0, max=1, help="Search on this share of the sequences.")] = None,
    split: Annotated[
        Literal["time", "last"], typer.Option(help="Hold out what came after a moment, or the last of each sequence.")
    ] = "time",
    workers: training.ItemWorkers = 1,
    seed: training.Seed = 1,
    quiet: training.Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Search for the settings of `fit items` that foretell best what comes next.

    They are printed beside the preset of `fit items` and the defaults for text, on the latest part of the log, which no
    trial has seen.
    """
    from nearfield.embed import ItemEmbedding
    from nearfield.formats import check_target
    from nearfield.tune import tune

    if output is not None:
        check_target(output)
    if options.group is not None:
        raise BadInput("--group, which is not searched with; leave it out, and give it to fit items")
    sequences = logs.read_behaviour(files, of_log(options), verbose=not quiet).sequences
    result = tune(
        ItemEmbedding(workers=workers, seed=seed, verbose=False),
        sequences,
        metric=metric,
        trials=30 if trials is None and seconds is None else trials,
        seconds=seconds,
        sample=sample,
        split=split,
        seed=seed,
        verbose=not quiet,
    )
    if as_json:
        print_json(result.to_dict())
    else:
        show(result)
    if output is not None:
        vectors = result.estimator.fit(sequences).vectors_
        vectors.save(output)
        if not quiet:
            say(f"saved {output}: {len(vectors):,} items × {vectors.dim} dimensions; try: nearfield next {output} ITEM")
