"""Interest that cools: weights of events by their age and kind (Newton's law of cooling).

An event of age t weighs exp(−λ·t) with λ = ln 2 / half-life: a half after one half-life. Two half-lives, a short one
for what is wanted now and a long one for what was always liked, give the mean of their weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from nearfield.errors import BadInput
from nearfield.logs.clock import newest
from nearfield.logs.engine import load_ibis
from nearfield.parameters import Described, NotEmpty
from nearfield.recency import HalfLife, microseconds

HalfLives = HalfLife | Annotated[Mapping[str, HalfLife], NotEmpty(), Described("a mapping of events to such")]


def weighed(log: Any, event_weights: Mapping[str, float] | None, half_life: HalfLives | None, now: int | None) -> Any:
    """Return the log with what each event counts, float64, as `weight`; as it is where all count 1.

    `now` is by default the time of the newest event that is not of a clock that runs ahead.
    """
    if not event_weights and half_life is None:
        return log
    weight = by_event(log, event_weights or {})
    if half_life is not None:
        weight = weight * cooling(log, half_life, newest(log) if now is None else now)
    return log.mutate(weight=weight.cast("float64"))


def cooling(log: Any, half_life: HalfLives, now: int) -> Any:
    """Return the weight of each event at the moment `now`, float64; events after it weigh 1.

    A mapping gives each kind of event half-lives of its own; kinds that it does not name do not cool.
    """
    ibis = load_ibis()
    age = ibis.greatest(ibis.literal(now, "int64") - log.time, ibis.literal(0, "int64")).cast("float64")
    if not isinstance(half_life, Mapping):
        return _cooled(age, half_life)
    branches = [(log.event == kind, _cooled(age, one)) for kind, one in half_life.items()]
    return ibis.cases(*branches, else_=ibis.literal(1.0))


def by_event(log: Any, weights: Mapping[str, float]) -> Any:
    """Return the weight of each event by its kind, float64; kinds that are not named weigh 1."""
    ibis = load_ibis()
    if not weights:
        return ibis.literal(1.0)
    for kind, weight in weights.items():
        if not 0 <= weight < math.inf:
            raise BadInput(f"event_weights has {weight} for {kind!r}; expected 0 or more")
    branches = [(log.event == kind, ibis.literal(float(weight))) for kind, weight in weights.items()]
    return ibis.cases(*branches, else_=ibis.literal(1.0))


def _cooled(age: Any, half_life: HalfLife) -> Any:
    several = [half_life] if isinstance(half_life, str | int | float) else list(half_life)
    if not several:
        raise BadInput("half_life is empty; expected one or more durations such as '2d'")
    total = sum((age * (-math.log(2) / microseconds(one))).exp() for one in several)
    return total / len(several)
