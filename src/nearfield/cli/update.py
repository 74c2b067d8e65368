"""`nearfield update`: new data for saved vectors or a saved model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nearfield.cli import graphs, logs, rows, saving, text, training
from nearfield.cli.arguments import part_of, spread
from nearfield.cli.output import AsJson, print_json, say, show
from nearfield.cli.update_input import LogReader, TextReader, least_count
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.examples import Examples
    from nearfield.update import Update

STRATEGY = "Strategy"


@dataclass(frozen=True)
class NewData(logs.LogOptions, graphs.EdgeOptions, text.TextOptions):
    """How new data are read, whichever kind they are of."""


@spread(NewData)
def update(
    path: Annotated[Path, typer.Argument(metavar="DIR", help="Saved vectors, or what `rank fit` saved.")],
    new: Annotated[
        list[str],
        typer.Argument(metavar="NEW", help="Text, a log or rows that are new; of a graph, all edges that hold now."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to save the update to.")],
    options: NewData,
    strategy: Annotated[
        str | None,
        typer.Option(
            help="retrain, fine_tune, replay, lwf, ewc, freeze, settle, or a mix such as replay+lwf.",
            rich_help_panel=STRATEGY,
        ),
    ] = None,
    old: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="What came before: for retrain and replay; of a graph, the edges that were learnt from.",
            rich_help_panel=STRATEGY,
        ),
    ] = None,
    side: Annotated[
        Path | None,
        typer.Option(help="What is known of the items (EGES), as for `fit items`.", rich_help_panel=logs.LOG),
    ] = None,
    side_encoding: training.SideEncoding = None,
    alpha: Annotated[
        float | None, typer.Option(help="The first learning rate.", rich_help_panel=training.TRAINING)
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the data.", rich_help_panel=training.TRAINING)
    ] = None,
    fade: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Old counts fade by half in that time.", rich_help_panel=STRATEGY),
    ] = None,
    drop_below: Annotated[
        int, typer.Option(min=0, help="Drop keys whose counts have faded below this.", rich_help_panel=STRATEGY)
    ] = 0,
    workers: training.ItemWorkers = 1,
    seed: Annotated[
        int | None, typer.Option(help="That of the fit if not given.", rich_help_panel=training.RUN)
    ] = None,
    quiet: training.Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Bring DIR up to new data, keep what it knew, and save the update elsewhere; DIR stays as it is.

    New data are read as those of the fit were, which DIR knows: language, phrases, cleaning, sessions, and so on.
    Options that are typed take the place of those. Known keys count however rare they are in the new data;
    --min-count, by default that of the fit, is how often a new one must be seen there to come in.
    """
    import nearfield
    from nearfield.cli.side import read_known
    from nearfield.files import check_folder_target
    from nearfield.formats import check_target
    from nearfield.rank import Ranker
    from nearfield.vectors import Vectors

    vectors = nearfield.load(path)
    model, users = (saving.within(vectors, path, name) for name in (saving.MODEL, saving.USERS))
    content = vectors if model is None else model
    (check_target if isinstance(content, Vectors) else check_folder_target)(output)
    if model is not None or users is not None:
        saving.check_room(output)
    known = read_known(side, side_encoding)
    is_ranker = isinstance(content, Ranker)
    if is_ranker:  # both growing, old rows and new ones would number features apart
        read_new, read_old = _rows_reader(path, content, "grow"), _rows_reader(path, content, "drop")
    else:
        read_new = read_old = _reader(path, content, options, users=users is not None, verbose=not quiet)
    settings: dict[str, Any] = {} if is_ranker else {"half_life": fade, "drop_below": drop_below, "workers": workers}
    if getattr(read_new, "min_count", None) is not None:
        settings["min_count"] = read_new.min_count
    settings |= {} if known is None else {"side": known}
    report = nearfield.update(
        content,
        read_new(new),
        strategy=strategy,
        old=read_old(old) if old else None,
        alpha=alpha,
        epochs=epochs,
        seed=seed,
        verbose=not quiet,
        **settings,
    )
    if users is not None:
        learnt = read_new.rows(users, report, workers=workers, seed=seed, verbose=not quiet)
        saving.save(report.content, output, {saving.USERS: learnt})
    elif model is not None:
        saving.save_with_model(report, vectors, known, output)
    else:
        report.content.save(output)
    if is_ranker:
        rows.RowOptions().over(path).keep(output)
    _tell(report, output, quiet=quiet, as_json=as_json)


def _reader(path: Path, content: Any, options: NewData, *, users: bool, verbose: bool) -> Any:
    """What reads files of the kind that the vectors were fitted to, as those were read."""
    from nearfield.embed import EGES
    from nearfield.reading import reading_of
    from nearfield.update.estimators import training_of
    from nearfield.vectors import Vectors

    name = training_of(content).get("estimator") if isinstance(content, Vectors) else None
    kept = reading_of(content)
    if users or name == "ItemEmbedding" or isinstance(content, EGES):
        return LogReader(part_of(options, logs.LogOptions), kept, users=users, verbose=verbose)
    if name == "Word2Vec":
        return TextReader(part_of(options, text.TextOptions), kept, least_count(options, kept))
    if name in ("DeepWalk", "Node2Vec", "Line", "ProNE"):
        return lambda files: graphs.read_graph(files, part_of(options, graphs.EdgeOptions), kept=kept)
    raise BadInput(
        f"{path}: was made by {name or type(content).__name__}; expected what fit words, fit items, fit nodes by"
        " deepwalk, node2vec, line or prone, or rank fit has saved"
    )


def _rows_reader(path: Path, model: Any, unknown: Literal["grow", "drop"]) -> Any:
    """What reads rows as the model has learnt to; new features get numbers behind the others, or are left out."""
    from nearfield.rank.features.reading import read_examples

    kept = rows.RowOptions().over(path).of_all() | {"classes": model.loss != "squared"}

    def read(files: list[str]) -> Examples:
        with rows.as_typed():
            return read_examples(files, space=model.space_, unknown=unknown, **kept)

    return read


def _tell(report: Update, output: Path, *, quiet: bool, as_json: bool) -> None:
    if as_json:
        print_json(report.as_dict())
        return
    show(report)
    if not quiet:
        say(f"saved {output}")
