"""`nearfield fit items`: from a behaviour log to item vectors."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from nearfield.cli import logs, training
from nearfield.cli.arguments import spread
from nearfield.cli.item_model import ItemOptions, read_known, train_items
from nearfield.cli.output import say
from nearfield.cli.reading import of_log
from nearfield.errors import BadInput


@spread(ItemOptions)
def fit_items(
    files: logs.Files,
    output: training.Output,
    options: ItemOptions,
    users: Annotated[
        bool, Option("--users", help="Learn a row for each user as well, and save them within: OUTPUT/users.")
    ] = False,
    quiet: training.Quiet = False,
) -> None:
    """Learn item vectors from a behaviour log and save them."""
    from nearfield.cli import saving
    from nearfield.embed import ItemEmbedding
    from nearfield.formats import check_target

    check_target(output)
    if users or options.side is not None:
        saving.check_room(output)
    if users and options.side is not None:
        raise BadInput("--users and --side are given; EGES learns no users: leave one out")
    reading = of_log(options)
    known = read_known(options)
    behaviour = logs.read_behaviour(files, reading, verbose=not quiet, users=users)
    model, vectors = train_items(behaviour, options, known, verbose=not quiet)
    if isinstance(model, ItemEmbedding):
        saving.save(vectors, output, {saving.USERS: model.users_} if users else {})
    else:
        saving.save(vectors, output, {saving.MODEL: model})
    if not quiet:
        say(f"saved {output}: {len(vectors):,} items × {vectors.dim} dimensions; try: nearfield next {output} ITEM")
