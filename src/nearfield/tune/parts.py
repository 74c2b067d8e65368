"""What trials learn from and are judged by, and what the comparison is of: both parts of one kind."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate import Split, leave_last_out, rolling_by_time
from nearfield.sequences import Sequences


class Parts(NamedTuple):
    """For the trials, and for the comparison, which no trial sees."""

    trials: Split
    comparison: Split


def by_time(sequences: Sequences, sample: int | float | None, seed: int) -> Parts:
    """Put the last tenth of the time aside, and the last tenth of what is left, or of a sample of it, for the trials.

    Every token put aside is foretold from all before it in its sequence: one token a sequence would be too few to tell
    settings apart.
    """
    comparison = rolling_by_time(sequences)
    train = comparison.train
    return Parts(rolling_by_time(train.take(_drawn(len(train), sample, seed))), comparison)


def by_last(sequences: Sequences, sample: int | float | None, seed: int) -> Parts:
    """Put the last token of each sequence aside: half of them, drawn at random, are for the trials.

    So trials learn from as much as the comparison does, and are judged by tokens of the same kind; the last token but
    one, which is mostly in the middle of something, need not be.
    """
    sequences = sequences.take(np.flatnonzero(np.diff(sequences.offsets) >= 2))
    if len(sequences) < 2:
        raise BadInput(f"{len(sequences)} sequences of two tokens or more; expected at least 2, one for the trials")
    order = np.random.default_rng(seed).permutation(len(sequences))
    compared = np.zeros(len(sequences), bool)
    compared[order[len(order) // 2 :]] = True
    drawn = _drawn(len(sequences), sample, seed + 1)
    if compared[drawn].all():
        raise BadInput(f"sample is {sample!r}, which leaves nothing to judge trials by; expected more")
    trials, comparison = leave_last_out(sequences.take(drawn)), leave_last_out(sequences)
    return Parts(
        trials._replace(cases=trials.cases.take(np.flatnonzero(~compared[drawn]))),
        comparison._replace(cases=comparison.cases.take(np.flatnonzero(compared))),
    )


def _drawn(n: int, sample: int | float | None, seed: int) -> np.ndarray:
    """Return the places of a random sample of n sequences, in their order; int64."""
    if sample is None:
        return np.arange(n)
    is_number = isinstance(sample, int) and not isinstance(sample, bool) and sample >= 1
    if not is_number and not (isinstance(sample, float) and 0 < sample <= 1):
        raise BadInput(f"sample is {sample!r}; expected a share such as 0.1, or a number of sequences such as 10_000")
    size = sample if is_number else max(1, round(sample * n))
    return np.sort(np.random.default_rng(seed).permutation(n)[:size])
