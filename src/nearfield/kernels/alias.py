"""Alias tables (Vose 1991) of many discrete distributions at once, one for each row; drawn from by `randomness`."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import kernel

SCALE = 2.0**32


@kernel
def fill_alias_rows(indptr, weights, table):  # type: ignore[no-untyped-def]
    """Write the alias table of each row: column i answers i below its threshold, else its alias; met to 2⁻³².

    Parameters
    ----------
    indptr : int64, shape (n + 1,)
        Row i is weights[indptr[i]:indptr[i + 1]], of at most 2³² entries; there may be but one.
    weights : float32, shape (m,)
        Finite and above 0.
    table : uint32, shape (m, 2)
        Thresholds, scaled to 2³², and aliases, counted from the row's start.
    """
    longest = 0
    for row in range(len(indptr) - 1):
        longest = max(longest, indptr[row + 1] - indptr[row])
    shares = np.empty(longest, np.float64)
    waiting = np.empty(longest, np.int64)  # columns below 1 from the front, the others from the back
    for row in range(len(indptr) - 1):
        start, n = indptr[row], indptr[row + 1] - indptr[row]
        total = 0.0
        for i in range(n):
            total += weights[start + i]
        small, large = 0, longest
        for i in range(n):
            shares[i] = weights[start + i] / total * n
            table[start + i, 0], table[start + i, 1] = np.uint32(SCALE - 1), i
            if shares[i] < 1.0:
                waiting[small] = i
                small += 1
            else:
                large -= 1
                waiting[large] = i
        while small > 0 and large < longest:
            small -= 1
            i, j = waiting[small], waiting[large]
            table[start + i, 0] = np.uint32(min(np.round(shares[i] * SCALE), SCALE - 1))
            table[start + i, 1] = j
            shares[j] -= 1.0 - shares[i]
            if shares[j] < 1.0:
                large += 1
                waiting[small] = j
                small += 1
