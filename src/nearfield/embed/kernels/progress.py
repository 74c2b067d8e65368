"""What kernels tell of a run: the sampled loss, and how much was trained on."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined

LOSS_EVERY = 64  # windows between two samples of the running loss, on average
JITTER = np.uint64(LOSS_EVERY - 1)
SHIFT = np.uint64(17)

# the places in the array `loss`, float64, shape (N_FACTS,), which every kernel that goes over sequences is given
LOSS, ROWS, PAIRS, WAIT = 0, 1, 2, 3
N_FACTS = 4


@inlined
def begin_window(m, random, loss):  # type: ignore[no-untyped-def]
    """Count a window with m context tokens that is trained on; return whether its loss is sampled.

    The first window is, so that the shortest run has a loss. Then the gap is drawn, evenly from LOSS_EVERY / 2 on, by
    bits of the state that are there anyway: windows of sequences of equal length would be sampled at the same places.
    """
    loss[PAIRS] += m
    sampled = loss[WAIT] <= 0
    if sampled:
        loss[WAIT] = LOSS_EVERY // 2 + np.int64((random >> SHIFT) & JITTER)
    loss[WAIT] -= 1
    return sampled
