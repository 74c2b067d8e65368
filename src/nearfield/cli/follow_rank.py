"""`nearfield follow rank`: what a folder of rows gets becomes versions of a ranker."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli import following, rows
from nearfield.cli.arguments import part_of, spread
from nearfield.cli.gate import CHECKS
from nearfield.cli.rankers import RankerOptions

if TYPE_CHECKING:
    from nearfield.rank import Ranker
    from nearfield.store.gate import Check


@dataclass(frozen=True)
class RankOptions(following.FollowOptions, RankerOptions, rows.FirstOptions):
    """How rows are read, and how the first model is fitted."""


@spread(RankOptions)
def follow_rank(
    folder: Annotated[Path, typer.Argument(metavar="ROWDIR", help="The folder that gets rows with labels.")],
    store: following.Store,
    options: RankOptions,
    keep: following.Keep = 10,
    memory: Annotated[int, typer.Option(min=1, help="How many rows are kept beside a version for replay.")] = 100_000,
    probe: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            help="Rows of what was learnt before; may be repeated.",
            rich_help_panel=CHECKS,
        ),
    ] = None,
    forgetting: Annotated[
        float,
        typer.Option(min=0, help="Refuse if the loss on a --probe is so much more than now.", rich_help_panel=CHECKS),
    ] = 0.01,
) -> None:
    """Learn a ranker from a folder of rows, and go on learning what it gets.

    The first version is fitted as `rank fit` does it; new files, and new lines of those that grow, are learnt by an
    update of the current version, as `follow items` does it. How well new rows were foretold before they were learnt is
    told with it. How rows are read is kept beside the model: later runs need not say it again.
    """
    from nearfield.follow import Rows

    read = _kept(part_of(options, rows.RowOptions), store)
    first: dict[str, Any] = part_of(options, rows.FirstOptions).of_first()
    subject = Rows(part_of(options, RankerOptions).ranker(), memory=memory, beside=read.keep, **first, **read.of_all())
    checks = _checks(probe or [], forgetting, read)
    following.follow(folder, store, subject, options, keep, checks)


def _kept(given: rows.RowOptions, store: Path) -> rows.RowOptions:
    """How the rows of the current version were read, unless it is said otherwise."""
    from nearfield.store import Store

    opened = Store(store)
    return given if opened.current() is None else given.over(opened.folder())


def _checks(probes: list[Path], most: float, read: rows.RowOptions) -> list[Check]:
    from nearfield.rank.features.reading import read_examples
    from nearfield.rank.metrics import mean_loss
    from nearfield.store import Finite, Forgetting

    def score(path: Path, model: Ranker) -> float:
        with rows.as_typed():
            classes = model.loss != "squared"
            examples = read_examples(path, space=model.space_, classes=classes, **read.of_all())
        return -mean_loss(model.foretell(examples), examples, model.loss)

    checks: list[Check] = [Finite()]
    if probes:
        checks.append(Forgetting({str(path): partial(score, path) for path in probes}, most))
    return checks
