"""The settings of an update that do not depend on its strategy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.update.growth import Initial


@dataclass(frozen=True)
class Options:
    """See `nearfield.update.update`."""

    alpha: float | None = None
    min_alpha: float | None = None
    epochs: int | None = None
    grow: bool = True
    initial: Initial = "neighbours"
    half_life: str | float | None = None
    drop_below: int = 0
    workers: int | None = 1
    seed: int | None = None
    verbose: bool = False
    min_count: int | None = None

    def __post_init__(self) -> None:
        if (
            isinstance(self.drop_below, bool)
            or not isinstance(self.drop_below, int | np.integer)
            or self.drop_below < 0
        ):
            raise BadInput(f"drop_below is {self.drop_below!r}; expected a count of at least 0")
        for name in ("alpha", "min_alpha"):
            value = getattr(self, name)
            if value is not None and not 0 < value < np.inf:
                raise BadInput(f"{name} is {value!r}; expected a number above 0, or None for the default")

    def of_training(self) -> dict[str, float]:
        """Return those settings of an estimator that are given."""
        settings = {name: getattr(self, name) for name in ("alpha", "min_alpha", "epochs", "seed", "min_count")}
        return {name: value for name, value in settings.items() if value is not None}
