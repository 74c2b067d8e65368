"""Histories as weighted means, in which recent entries count more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, get_args

import numpy as np

from nearfield.errors import BadInput
from nearfield.moments import DAY, HOUR, SECOND, Moment, moments
from nearfield.parameters import Described, shown
from nearfield.tables import Table
from nearfield.vocabulary import Keys, Vocabulary, as_list

Unknown = Literal["refuse", "skip"]
HalfLife = Annotated[str | float | Sequence[str | float], Described("a duration such as '2d' or seconds, or several")]

LONGEST = float(2**63)  # microseconds, which are int64
UNITS = {
    "us": 1,
    "ms": SECOND // 1000,
    "s": SECOND,
    "min": 60 * SECOND,
    "h": HOUR,
    "d": DAY,
    "w": 7 * DAY,
}


def microseconds(duration: str | float) -> float:
    """Return a duration in microseconds: "2d", "10min", "1.5h", "90s", or a number of seconds.

    Units are us, ms, s, min, h, d, w. What is no duration, or not longer than nothing, raises `BadInput`.
    """
    if isinstance(duration, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", duration)
        unit = UNITS.get(match[2]) if match else None
        length = float(match[1]) * unit if match and unit else None
    else:
        is_number = isinstance(duration, int | float | np.number) and not isinstance(duration, bool)
        length = float(duration) * SECOND if is_number and duration < LONGEST else None
    if length is None or not 0 < length < LONGEST:
        raise BadInput(
            f"{shown(duration)} is no duration; expected such as '2d', '10min' or seconds ({', '.join(UNITS)})"
        )
    return length


def history_means(
    vocabulary: Vocabulary,
    table: Table,
    histories: Sequence[Keys],
    half_life: HalfLife | None,
    times: Sequence[Sequence[Moment] | np.ndarray] | None,
    decay: float | None,
    unknown: Unknown,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted mean of each history's rows, (m, dim) float32, and whether it has a known key, (m,) bool."""
    if unknown not in get_args(Unknown):
        raise BadInput(f"unknown is {unknown!r}; expected one of {', '.join(get_args(Unknown))}")
    if times is not None and len(times) != len(histories):
        raise BadInput(f"times has {len(times)} lists for {len(histories)} histories; expected one each")
    means = np.zeros((len(histories), table.shape[1]), np.float32)
    answerable = np.zeros(len(histories), bool)
    for i, history in enumerate(histories):
        keys, when = as_list(history), None if times is None else np.atleast_1d(np.asarray(times[i]))
        if not keys and unknown == "refuse":
            raise BadInput(f"history {i} is empty; expected at least one key")
        if when is not None and len(when) != len(keys):
            raise BadInput(f"{len(when)} times for history {i} of {len(keys)} keys; expected one each")
        if unknown == "skip":
            known = [j for j, key in enumerate(keys) if key in vocabulary]
            keys, when = [keys[j] for j in known], None if when is None else when[known]
        ids = vocabulary.ids(keys)
        means[i], answerable[i] = recency_weights(len(ids), half_life, when, decay) @ table[ids], len(ids) > 0
    return means, answerable


def recency_weights(
    n: int,
    half_life: HalfLife | None = None,
    times: Sequence[Moment] | np.ndarray | None = None,
    decay: float | None = None,
) -> np.ndarray:
    """Return the weights of n entries, the oldest first, that sum to 1; float32, shape (n,).

    With `half_life` an entry weighs 2^(−age / half_life), which is Newton's law of cooling, exp(−λ·age), with
    λ = ln 2 / half_life. Its age is counted from the newest entry (counting from any later moment would scale all
    weights alike). Several half-lives, such as one for what somebody wants now and one for what they always liked, give
    the mean of their weights. With `decay` the entry that is followed by i others weighs decay^i. With neither all
    weigh the same.

    Raises
    ------
    BadInput
        Both are given, `half_life` without `times` or the other way round, times that are none (see
        `nearfield.moments.moments`) or not one for each entry, a decay outside of (0, 1].
    """
    if half_life is not None and decay is not None:
        raise BadInput("half_life and decay are both given; expected one of them")
    if (half_life is None) != (times is None):
        absent, given = ("times", "half_life") if times is None else ("half_life", "times")
        raise BadInput(f"{given} without {absent}; expected both")
    if half_life is not None and times is not None:
        ages = _ages(times, n)
        several = [half_life] if isinstance(half_life, str | float | int) else half_life
        cooled = [0.5 ** (ages / microseconds(one)) for one in several]
        weights = np.sum([one / one.sum() for one in cooled], axis=0) if n else np.empty(0)
    elif decay is not None:
        if not 0 < decay <= 1:
            raise BadInput(f"decay is {decay}; expected more than 0 and at most 1")
        weights = decay ** np.arange(n - 1, -1, -1, dtype=np.float64)
    else:
        weights = np.ones(n)
    return (weights / weights.sum()).astype(np.float32) if n else np.empty(0, np.float32)


def _ages(times: Sequence[Moment] | np.ndarray, n: int) -> np.ndarray:
    """Return how much older than the newest each entry is, in microseconds, float64."""
    array = np.asarray(times)
    if array.shape != (n,):
        raise BadInput(f"{array.size} times for a history of {n}; expected one each")
    if n == 0:
        return np.empty(0)
    array = moments(array, "times")
    # the difference of two int64 may need the 64th bit, which is there if it is read without a sign
    return (array.max() - array).view(np.uint64).astype(np.float64)
