"""Which trial to believe: the best of many is partly the luckiest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nearfield.evaluate.figures import difference
from nearfield.tune.result import Trial, best_of


def believed(trials: Sequence[Trial], values: Mapping[int, np.ndarray], known: Callable[[Trial], bool]) -> Trial:
    """Return the best trial, or the best of the known settings where it is not clearly better than they are.

    Clearly: the 95 % interval of their difference, over the same sequences, lies above zero.

    Parameters
    ----------
    trials : sequence of Trial
    values : mapping of a trial's number to ndarray of float64, shape (sequences,)
        The figures that its value is the mean of.
    known : function of Trial to bool
        Whether its settings needed no search.
    """
    best = best_of(trials)
    starts = [one for one in trials if one.failure is None and known(one)]
    if not starts:
        return best
    start = best_of(starts)
    return best if difference(values[best.number], values[start.number]).interval[0] > 0 else start
