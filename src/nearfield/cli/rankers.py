"""Which ranker is fitted, and how: the options of the verbs that do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nearfield.cli import training
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.rank import Ranker

MODELS = {
    "lr": "LogisticRegression",
    "fm": "FactorizationMachine",
    "ffm": "FieldAwareFM",
    "wide-deep": "WideAndDeep",
    "deepfm": "DeepFM",
    "dcn": "DCNv2",
}


@dataclass(frozen=True)
class RankerOptions:
    """A ranker and its settings; what is None is as its class has it."""

    model: Annotated[
        Literal["lr", "fm", "ffm", "wide-deep", "deepfm", "dcn"],
        typer.Option(
            help="A weight a feature; pairs by vectors; by vectors a field; layers beside the weights; beside pairs;"
            " beside crosses.",
            rich_help_panel=training.MODEL,
        ),
    ] = "lr"
    loss: Annotated[
        Literal["logistic", "squared", "pairwise", "lambdarank"],
        typer.Option(
            help="For classes; for values; for the order of rows within each --group: of all pairs alike, or those most"
            " that change the NDCG.",
            rich_help_panel=training.MODEL,
        ),
    ] = "logistic"
    vector_size: Annotated[
        int | None, typer.Option(min=1, help="Numbers of a vector; not of lr.", rich_help_panel=training.MODEL)
    ] = None
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the rows.", rich_help_panel=training.TRAINING)
    ] = None
    alpha: Annotated[float | None, typer.Option(help="The learning rate.", rich_help_panel=training.TRAINING)] = None
    l1: Annotated[
        float | None, typer.Option(min=0, help="Prune weights; lr only.", rich_help_panel=training.TRAINING)
    ] = None
    l2: Annotated[float | None, typer.Option(min=0, help="Pull weights to 0.", rich_help_panel=training.TRAINING)] = (
        None
    )
    validation_fraction: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Put so many rows aside; stop where they are told worse.",
            rich_help_panel=training.TRAINING,
        ),
    ] = None
    workers: Annotated[int, typer.Option(min=1, help="Threads.", rich_help_panel=training.RUN)] = 1
    seed: training.Seed = 1

    def ranker(self) -> Ranker:
        """Return it, not fitted; `BadInput` names a setting that it has not."""
        from nearfield import rank

        kind = rank.MODELS[MODELS[self.model]]
        known = kind.parameter_names()
        given = {name: value for name, value in asdict(self).items() if name != "model" and value is not None}
        for setting in given:
            if setting not in known:
                raise BadInput(f"--{setting.replace('_', '-')} is given; the model {self.model} has none: leave it out")
        return kind(**given)
