"""`nearfield follow words`: what a folder of text gets becomes versions of word vectors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli import following, training
from nearfield.cli.arguments import part_of, read_lines, spread, typed
from nearfield.cli.gate import GateOptions, checks_of
from nearfield.cli.reading import of_text, say_differences
from nearfield.cli.text import TextOptions
from nearfield.defaults import MIN_COUNT

if TYPE_CHECKING:
    from nearfield.reading import Reading


@dataclass(frozen=True)
class WordOptions(following.FollowOptions, GateOptions, TextOptions):
    """How the text is read, and what an update is refused for."""

    min_count: Annotated[
        int,
        typer.Option(min=1, help="Leave out words seen less often, in what is new and what is kept for replay."),
    ] = MIN_COUNT
    stop: Annotated[Path | None, typer.Option(metavar="FILE", help="Tokens to drop, one a line, however frequent.")] = (
        None
    )


@spread(WordOptions)
def follow_words(
    folder: Annotated[Path, typer.Argument(metavar="TEXTDIR", help="The folder that gets text, a sentence a line.")],
    store: following.Store,
    options: WordOptions,
    keep: following.Keep = 10,
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
    kept = following.reading_of_current(store)
    reading = of_text(part_of(options, TextOptions), kept, **_selection(options, kept))
    say_differences(kept, reading)
    subject = Text.of(reading, first=first, memory=memory)
    following.follow(folder, store, subject, options, keep, checks_of(options), workers=workers)


def _selection(options: WordOptions, kept: Reading) -> dict[str, Any]:
    """The options of the vocabulary that were typed, or all of them where nothing is kept."""
    stopped = read_lines(options.stop, options.encoding) if options.stop else ()
    given = {"min_count": options.min_count, "stop": stopped}
    return {name: value for name, value in given.items() if name in typed(options) or "read_text" not in kept}
