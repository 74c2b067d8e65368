"""`nearfield follow items`: what a folder of logs gets becomes versions of item vectors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from nearfield.cli import following, training
from nearfield.cli.arguments import part_of, spread
from nearfield.cli.gate import GateOptions, checks_of
from nearfield.cli.logs import LogOptions
from nearfield.cli.reading import of_log, say_differences
from nearfield.errors import BadInput


@dataclass(frozen=True)
class ItemOptions(following.FollowOptions, GateOptions, LogOptions):
    """How the log is read, and what an update is refused for."""


@spread(ItemOptions)
def follow_items(
    folder: Annotated[Path, typer.Argument(metavar="LOGDIR", help="The folder that gets the files of a log.")],
    store: following.Store,
    options: ItemOptions,
    keep: following.Keep = 10,
    memory: Annotated[int, typer.Option(min=1, help="How many events are kept beside a version for replay.")] = 10**6,
    vector_size: training.VectorSize = 64,
    seed: training.Seed = 1,
) -> None:
    """Learn item vectors from a folder of logs, and go on learning what it gets.

    New files, and new lines of those that grow, are learnt by an update of the current version, which is published if
    it passes the checks. How far each file was learnt is written with the version: whenever this program is stopped,
    nothing is lost or learnt twice. Ctrl-C ends it after the update in work, and a second Ctrl-C at once.
    """
    from nearfield.embed import ItemEmbedding
    from nearfield.follow import Logs

    if options.group is not None:
        raise BadInput("--group is given; an update draws its noise from all items: leave it out")
    kept = following.reading_of_current(store)
    reading = of_log(part_of(options, LogOptions), kept)
    say_differences(kept, reading)
    subject = Logs.of(
        reading,
        "skip" if kept else "refuse",  # what is typed must match something in what the first version is fitted to
        first=ItemEmbedding(vector_size=vector_size, seed=seed, verbose=False),
        memory=memory,
    )
    following.follow(folder, store, subject, options, keep, checks_of(options))
