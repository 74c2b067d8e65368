"""The settings of an update that do not depend on its strategy."""

from __future__ import annotations

from typing import Annotated

from nearfield.base import Settings
from nearfield.parameters import Above, AtLeast, Epochs, Seed, Workers
from nearfield.update.growth import Initial


class Options(Settings):
    """See `nearfield.update.update`."""

    alpha: Annotated[float | None, Above(0)] = None
    min_alpha: Annotated[float | None, Above(0)] = None
    epochs: Epochs | None = None
    grow: bool = True
    initial: Initial = "neighbours"
    half_life: str | float | None = None
    drop_below: Annotated[int, AtLeast(0)] = 0
    workers: Workers = 1
    seed: Seed | None = None
    verbose: bool = False
    min_count: Annotated[int | None, AtLeast(1)] = None

    def of_training(self) -> dict[str, float]:
        """Return those settings of an estimator that are given."""
        settings = {name: getattr(self, name) for name in ("alpha", "min_alpha", "epochs", "seed", "min_count")}
        return {name: value for name, value in settings.items() if value is not None}
