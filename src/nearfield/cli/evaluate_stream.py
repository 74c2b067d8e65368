"""`nearfield evaluate stream`: a behaviour log replayed by time, and how well each way to update does on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nearfield.cli import logs, training
from nearfield.cli.arguments import spread
from nearfield.cli.output import AsJson, print_json, say, show
from nearfield.cli.reading import of_log
from nearfield.errors import BadInput

STRATEGIES = "retrain,fine_tune,replay,lwf,ewc,freeze,settle,replay+settle"


@spread(logs.LogOptions)
def evaluate_stream(
    files: logs.Files,
    options: logs.LogOptions,
    every: Annotated[
        str | None, typer.Option(metavar="DURATION", help="How long a slice is, such as 7d; else ten equal ones.")
    ] = None,
    first: Annotated[float, typer.Option(help="The share of the log, the earliest, that all begin with.")] = 0.5,
    strategies: Annotated[
        str, typer.Option(metavar="A,B,…", help="Ways to update, or mixes with +; retrain is what others are held to.")
    ] = STRATEGIES,
    hold_out: Annotated[float, typer.Option(help="The share of each piece, its end, that is only foretold.")] = 0.2,
    portions: Annotated[
        int, typer.Option(min=1, help="Look at old slices so many times within each update; 1: only after it.")
    ] = 5,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page of HTML with the table and plots.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes of the first fit and of retrain.")] = None,
    seed: training.Seed = 1,
    quiet: training.Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Fit items on the first part of a log; foretell each slice that follows, then learn it, by every strategy.

    Each version is judged on the slice to come and on all slices behind it, by NDCG@10 of what came next.
    """
    from nearfield.embed import ItemEmbedding
    from nearfield.update.strategies import parse
    from nearfield.update.streams.replay import evaluate_stream as replay
    from nearfield.update.streams.slices import slices_by_time

    if report is not None and report.is_dir():
        raise BadInput(f"{report}: is a folder; expected a file name to write to")
    learners = [name.strip() for name in strategies.split(",")]
    for name in learners:
        parse(name)  # before the log is read
    sequences = logs.read_behaviour(files, of_log(options), verbose=not quiet).sequences
    slices = slices_by_time(sequences, every=every, first=first, hold_out=hold_out, seed=seed)
    estimator = ItemEmbedding(workers=1, seed=seed, verbose=False)  # one worker: the same figures every time
    if epochs is not None:
        estimator.set_params(epochs=epochs)
    result = replay(slices, estimator, learners, portions=portions, verbose=not quiet)
    if as_json:
        content = result.as_dict()
        for course in content["courses"]:
            print_json({name: content[name] for name in ("measure", "slices")} | course)
    else:
        show(result)
    if report is not None:
        result.report(report)
        if not quiet:
            say(f"wrote {report}")
