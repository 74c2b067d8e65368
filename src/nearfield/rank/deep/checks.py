"""What the deep rankers ask of their parameters, and of fields that are named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import FeatureSpace

GLOROT = ("sigmoid", "tanh")  # whose layers start with Glorot's weights; the others with He's
ACTIVATIONS = (*GLOROT, "relu", "leaky_relu", "elu", "gelu", "silu")
OPTIMIZERS = ("adagrad", "adam")
POOLINGS = ("mean", "attention", "gru", "lstm")
STRUCTURES = ("stacked", "parallel")


def check_sizes(sizes: Any) -> None:
    """Refuse sizes of layers that are no whole numbers above 0."""
    if not isinstance(sizes, tuple | list) or any(
        isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1 for size in sizes
    ):
        raise BadInput(
            f"hidden_layer_sizes is {sizes!r}; expected a whole number above 0 for each layer, such as (128, 64)"
        )


def check_shares(settings: Any, *names: str) -> None:
    """Refuse parameters that are no numbers of at least 0 and below 1."""
    for name in names:
        value = getattr(settings, name)
        if not isinstance(value, int | float) or not 0 <= value < 1:
            raise BadInput(f"{name} is {value!r}; expected at least 0 and less than 1")


def places_of(names: Iterable[str] | None, space: FeatureSpace, what: str) -> list[int]:
    """Return the numbers of fields by their names, without names of all; ascending.

    Raises
    ------
    BadInput
        A name that is no field of the space.
    """
    if names is None:
        return list(range(len(space.fields)))
    if isinstance(names, str):
        raise BadInput(f"{what} is {names!r}; expected several fields, such as [{names!r}]")
    unknown = [name for name in names if name not in space.fields]
    if unknown:
        raise BadInput(f"{what} names {unknown[0]!r}, which is no field; expected some of {', '.join(space.fields)}")
    return sorted({space.fields.index(name) for name in names})
