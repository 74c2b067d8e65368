"""What the deep rankers ask of fields that are named."""

from __future__ import annotations

from collections.abc import Iterable

from nearfield.errors import BadInput
from nearfield.examples import FeatureSpace

GLOROT = ("sigmoid", "tanh")  # whose layers start with Glorot's weights; the others with He's


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
