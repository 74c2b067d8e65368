"""`nearfield fit items`: from a behaviour log to item vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from nearfield.cli import logs, training
from nearfield.cli.arguments import spread
from nearfield.cli.output import say
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.cli.side import Side


@spread(logs.LogOptions, min_count=5)
def fit_items(
    files: logs.Files,
    output: training.Output,
    options: logs.LogOptions,
    direction: training.Direction = "forward",
    vector_size: training.VectorSize = 64,
    window: training.Window = 10,
    sample: training.Sample = 1e-3,
    negative: training.Negative = 20,
    ns_exponent: training.NsExponent = 0.25,
    alpha: training.Alpha = 0.05,
    epochs: training.Epochs = 20,
    workers: training.ItemWorkers = 1,
    seed: training.Seed = 1,
    side: Annotated[
        Path | None,
        Option(help='What is known of the items (EGES): a table, items first, then a field a column, "|" in between.'),
    ] = None,
    attention: Annotated[
        bool, Option(help="With --side: learn for each item how much each field counts; else all the same (GES).")
    ] = True,
    users: Annotated[
        bool, Option("--users", help="Learn a row for each user as well, and save them within: OUTPUT/users.")
    ] = False,
    quiet: training.Quiet = False,
) -> None:
    """Learn item vectors from a behaviour log and save them."""
    from nearfield.cli import saving
    from nearfield.embed import EGES, ItemEmbedding
    from nearfield.formats import check_target

    check_target(output)
    if users or side is not None:
        saving.check_room(output)
    if users and side is not None:
        raise BadInput("--users and --side are given; EGES learns no users: leave one out")
    settings: dict[str, Any] = {
        "direction": direction,
        "window": window,
        "vector_size": vector_size,
        "sample": sample,
        "negative": negative,
        "ns_exponent": ns_exponent,
        "alpha": alpha,
        "epochs": epochs,
        "workers": workers,
        "seed": seed,
        "verbose": not quiet,
    }
    known = None if side is None else _known(side, options)
    behaviour = logs.read_behaviour(files, options, verbose=not quiet, users=users)
    if known is None:
        items = ItemEmbedding(**settings).fit(behaviour.sequences, groups=behaviour.groups, users=behaviour.users)
        vectors = items.vectors_
        saving.save(vectors, output, {saving.USERS: items.users_} if users else {})
    else:
        from nearfield.cli.side import with_cold_items

        model = EGES(attention=attention, **settings).fit(behaviour.sequences, side=known)
        vectors = with_cold_items(model, known)
        saving.save(vectors, output, {saving.MODEL: model})
    if not quiet:
        say(f"saved {output}: {len(vectors):,} items × {vectors.dim} dimensions; try: nearfield next {output} ITEM")


def _known(side: Path, options: logs.LogOptions) -> Side:
    """Read what is known of the items, before the log, which takes longer."""
    from nearfield.cli.side import read_side

    if options.group is not None:
        raise BadInput("--side and --group are given; EGES draws its noise from all items: leave one out")
    return read_side(side)
