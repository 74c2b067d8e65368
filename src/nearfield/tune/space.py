"""What a search may choose from: for each setting a range of numbers, or a list of choices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np

from nearfield.errors import BadInput

# how a history is asked with; all other settings are the estimator's parameters
QUERY = ("last", "decay", "half_life")


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, both included.

    Parameters
    ----------
    low, high : int or float
        Where both are int, whole numbers.
    log : bool
        Each doubling is as likely as any other: for what counts by its order of magnitude.

    Raises
    ------
    BadInput
        Ends that are no finite numbers, high below low, a logarithmic range that does not begin above 0.
    """

    low: int | float
    high: int | float
    log: bool = False

    def __post_init__(self) -> None:
        if not (_is_number(self.low) and _is_number(self.high) and self.low <= self.high):
            raise BadInput(f"a range from {self.low!r} to {self.high!r}; expected two finite numbers, the lower first")
        if self.log and self.low <= 0:
            raise BadInput(f"a logarithmic range from {self.low}; expected more than 0, or log=False")

    @property
    def whole(self) -> bool:
        """Whether it is of whole numbers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def __contains__(self, value: object) -> bool:
        return _is_number(value) and self.low <= value <= self.high and not (self.whole and value != int(value))


Options = Range | Sequence[Any]
Space = Mapping[str, Options]


def checked_space(space: Space, parameters: Collection[str]) -> dict[str, Options]:
    """Return the space if an estimator with these parameters can be searched in it.

    Raises
    ------
    BadInput
        No setting; one that is neither a parameter nor asked with; what is neither a range nor a list with a choice;
        decay and half_life together.
    """
    if not isinstance(space, Mapping) or not space:
        raise BadInput(f"space is {space!r}; expected a mapping of settings to ranges or lists of choices")
    for name, options in space.items():
        if name not in parameters and name not in QUERY:
            raise BadInput(f"space names {name!r}; expected one of {', '.join([*parameters, *QUERY])}")
        if not isinstance(options, Range) and (not isinstance(options, list) or not options):
            raise BadInput(f"space has {name}: {options!r}; expected a Range or a list of choices")
    if "decay" in space and "half_life" in space:
        raise BadInput("space names both decay and half_life; expected one of them, the other is not asked with")
    return dict(space)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
