"""`nearfield rank fit`: from rows with labels to a model that foretells them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nearfield.cli import rows, training
from nearfield.cli.arguments import spread
from nearfield.cli.output import say
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.rank import Ranker
    from nearfield.rank.features.bad_rows import OnBadRow

MODELS = {
    "lr": "LogisticRegression",
    "fm": "FactorizationMachine",
    "ffm": "FieldAwareFM",
    "wide-deep": "WideAndDeep",
    "deepfm": "DeepFM",
    "dcn": "DCNv2",
}


@spread(rows.RowOptions)
def rank_fit(
    files: rows.Files,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="MODEL", help="The folder to save the model to.")],
    options: rows.RowOptions,
    model: Annotated[
        Literal["lr", "fm", "ffm", "wide-deep", "deepfm", "dcn"],
        typer.Option(
            help="A weight a feature; pairs by vectors; by vectors a field; layers beside the weights; beside pairs;"
            " beside crosses.",
            rich_help_panel=training.MODEL,
        ),
    ] = "lr",
    loss: Annotated[
        Literal["logistic", "squared"],
        typer.Option(help="For classes, or for values.", rich_help_panel=training.MODEL),
    ] = "logistic",
    schema: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help='JSON: {"age": "bucketed", "genres": "multi", …}; else told by the first rows.',
            rich_help_panel=rows.ROWS,
        ),
    ] = None,
    bits: Annotated[
        int | None, typer.Option(min=1, max=30, help="Hash features to 2^bits.", rich_help_panel=rows.ROWS)
    ] = None,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave out, count and report them.", rich_help_panel=rows.ROWS)
    ] = False,
    vector_size: Annotated[
        int | None, typer.Option(min=1, help="Numbers of a vector; not of lr.", rich_help_panel=training.MODEL)
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the rows.", rich_help_panel=training.TRAINING)
    ] = None,
    alpha: Annotated[float | None, typer.Option(help="The learning rate.", rich_help_panel=training.TRAINING)] = None,
    l1: Annotated[
        float | None, typer.Option(min=0, help="Prune weights; lr only.", rich_help_panel=training.TRAINING)
    ] = None,
    l2: Annotated[
        float | None, typer.Option(min=0, help="Pull weights to 0.", rich_help_panel=training.TRAINING)
    ] = None,
    validation_fraction: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Put so many rows aside; stop where they are told worse.",
            rich_help_panel=training.TRAINING,
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Threads.", rich_help_panel=training.RUN)] = 1,
    seed: training.Seed = 1,
    quiet: training.Quiet = False,
) -> None:
    """Learn from rows with labels and save the model; what is not given is as the model's class has it."""
    from nearfield.files import check_folder_target
    from nearfield.rank.features.reading import read_examples

    check_folder_target(output)
    settings: dict[str, Any] = {"vector_size": vector_size, "epochs": epochs, "alpha": alpha, "l1": l1, "l2": l2}
    settings |= {"validation_fraction": validation_fraction, "loss": loss, "workers": workers, "seed": seed}
    ranker = _make(model, {name: value for name, value in settings.items() if value is not None})
    known = rows.read_schema(schema)
    with rows.told_of_bad_rows(skippable=True):
        policy: OnBadRow = "skip" if skip_bad_rows else "raise"
        examples = read_examples(files, **options.of_all(), schema=known, bits=bits, on_bad_row=policy)
    if not quiet:
        space = examples.space
        say(f"read {len(examples):,} rows, {space.size:,} features of {len(space.fields)} fields")
    ranker.fit(examples).save(output)
    options.keep(output)
    if not quiet:
        for line in _losses(ranker):
            say(line)
        say(f"saved {output}: {type(ranker).__name__}; try: nearfield rank evaluate {output} FILE")


def _make(name: str, settings: dict[str, Any]) -> Ranker:
    from nearfield import rank

    kind = rank.MODELS[MODELS[name]]
    known = kind._parameters()
    for setting in settings:
        if setting not in known:
            raise BadInput(f"--{setting.replace('_', '-')} is given; the model {name} has none: leave it out")
    return kind(**settings)


def _losses(ranker: Any) -> list[str]:
    aside = ranker.validation_losses_
    return [
        f"pass {i + 1}: loss {loss:.4f}" + (f", of the rows put aside {aside[i]:.4f}" if i < len(aside) else "")
        for i, loss in enumerate(ranker.losses_)
    ]
