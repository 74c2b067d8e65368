"""`nearfield follow words`: what a folder of text gets becomes versions of word vectors."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from nearfield.cli import following, training
from nearfield.cli.arguments import part_of, read_lines, spread
from nearfield.cli.gate import GateOptions, checks_of
from nearfield.cli.text import TextOptions


@dataclass(frozen=True)
class WordOptions(following.FollowOptions, GateOptions, TextOptions):
    """How the text is read, and what an update is refused for."""


@spread(WordOptions)
def follow_words(
    folder: Annotated[Path, typer.Argument(metavar="TEXTDIR", help="The folder that gets text, a sentence a line.")],
    store: following.Store,
    options: WordOptions,
    keep: following.Keep = 10,
    min_count: Annotated[
        int, typer.Option(min=1, help="Leave out words seen less often, in what is new and what is kept for replay.")
    ] = 5,
    stop: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Tokens to drop, one a line, however frequent.")
    ] = None,
    memory: Annotated[int, typer.Option(min=1, help="How many words are kept beside a version for replay.")] = 10**6,
    vector_size: training.VectorSize = 100,
    window: training.Window = 5,
    epochs: training.Epochs = 5,
    workers: training.Workers = None,
    seed: training.Seed = 1,
) -> None:
    """Learn word vectors from a folder of text, and go on learning what it gets.

    The first version is fitted as `fit words` does it; new files, and new lines of those that grow, are learnt by an
    update of the current version, as `follow items` does it.
    """
    from nearfield.embed import Word2Vec
    from nearfield.follow import Text

    first = Word2Vec(vector_size=vector_size, window=window, epochs=epochs, workers=workers, seed=seed, verbose=False)
    stopped = read_lines(stop, options.encoding) if stop else ()
    read = dataclasses.asdict(part_of(options, TextOptions))
    subject = Text(first=first, min_count=min_count, memory=memory, stop=stopped, **read)
    following.follow(folder, store, subject, options, keep, checks_of(options), workers=workers)
