"""Item vectors from a behaviour log, as `fit items` trains them and `evaluate items` measures them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearfield.cli.arguments import part_of
from nearfield.cli.logs import Behaviour, LogOptions
from nearfield.cli.training import ItemTraining
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.cli.side import Side
    from nearfield.embed import EGES, ItemEmbedding
    from nearfield.vectors import Vectors


@dataclass(frozen=True)
class ItemOptions(LogOptions, ItemTraining):
    """How a log is read, and how item vectors are trained."""


def read_known(options: ItemOptions) -> Side | None:
    """Read what is known of the items, before the log, which takes longer."""
    from nearfield.cli import side

    if options.side is not None and options.group is not None:
        raise BadInput("--side and --group are given; EGES draws its noise from all items: leave one out")
    return side.read_known(options.side, options.side_encoding)


def train_items(
    behaviour: Behaviour, options: ItemOptions, known: Side | None, *, verbose: bool
) -> tuple[ItemEmbedding | EGES, Vectors]:
    """Train; return the model, and the vectors of its items, with those that only `known` names."""
    from nearfield.embed import EGES, ItemEmbedding

    settings: dict[str, Any] = part_of(options, ItemTraining).settings() | {"verbose": verbose}
    if known is None:
        items = ItemEmbedding(**settings).fit(behaviour.sequences, groups=behaviour.groups, users=behaviour.users)
        return items, items.vectors_
    from nearfield.cli.side import check_side, with_cold_items

    check_side(known, behaviour.sequences.vocabulary, "items of the log", options.side)
    model = EGES(attention=options.attention, **settings).fit(behaviour.sequences, side=known)
    return model, with_cold_items(model, known)
