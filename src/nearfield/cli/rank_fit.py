"""`nearfield rank fit`: from rows with labels to a model that foretells them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli import rows, training
from nearfield.cli.arguments import part_of, spread
from nearfield.cli.output import say
from nearfield.cli.rankers import RankerOptions

if TYPE_CHECKING:
    from nearfield.examples import Examples


@dataclass(frozen=True)
class FitOptions(RankerOptions, rows.FirstOptions):
    """How rows are read, and what is fitted to them."""


@spread(FitOptions)
def rank_fit(
    files: rows.Files,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="MODEL", help="The folder to save the model to.")],
    options: FitOptions,
    quiet: training.Quiet = False,
) -> None:
    """Learn from rows with labels and save the model; what is not given is as the model's class has it."""
    from nearfield.columns import described
    from nearfield.files import check_folder_target
    from nearfield.rank.features.reading import read_examples

    check_folder_target(output, "ranker")
    ranker = part_of(options, RankerOptions).ranker()
    with rows.as_typed(skippable=True):
        classes = options.loss != "squared"
        examples = read_examples(files, classes=classes, **options.of_all(), **options.of_first())
    if not quiet:
        space = examples.space
        say(f"read {len(examples):,} rows, {space.size:,} features of {len(space.fields)} fields")
        for line in described(space.schema):
            say(f"  {line}")
    with rows.as_typed():
        ranker.fit(examples).save(output)
    part_of(options, rows.RowOptions).keep(output)
    if not quiet:
        for line in (*_losses(ranker), _baseline(ranker, examples)):
            say(line)
        say(f"saved {output}: {type(ranker).__name__}; try: nearfield rank evaluate {output} FILE")


def _losses(ranker: Any) -> list[str]:
    """What each pass brought: the log loss, or the root of the mean squared error."""
    validation = [_shown(ranker, loss) for loss in ranker.validation_losses_]
    return [
        f"pass {i + 1}: {_shown(ranker, loss)}"
        + (f", on the validation {validation[i]}" if i < len(validation) else "")
        for i, loss in enumerate(ranker.losses_)
    ]


def _baseline(ranker: Any, examples: Examples) -> str:
    """What a constant prediction has on the rows that were read."""
    from nearfield.rank.metrics import baseline_loss, mean_loss
    from nearfield.rank.ranker import OF_GROUPS

    if ranker.loss in OF_GROUPS:
        return (
            f"baseline: scores that are all alike have loss {mean_loss(0 * examples.labels, examples, ranker.loss):.4f}"
        )
    mean, loss = baseline_loss(examples, ranker.loss)
    return f"baseline: predicting {mean:.6g}, the mean, has {_shown(ranker, loss)}"


def _shown(ranker: Any, loss: float) -> str:
    return f"RMSE {loss**0.5:.5g}" if ranker.loss == "squared" else f"loss {loss:.4f}"
