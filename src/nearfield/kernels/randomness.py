"""Random numbers in kernels: SplitMix64 (Steele, Lea & Flood, OOPSLA 2014), one 64-bit word of state."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import load_uint32

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
LOWER = np.uint64(0xFFFFFFFF)
S11, S27, S30, S31, S32 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
UNIT = 2.0**-53


@inlined
def advance(state):  # type: ignore[no-untyped-def]
    """The next state, uint64."""
    return state + GOLDEN


@inlined
def bits(state):  # type: ignore[no-untyped-def]
    """The 64 random bits of a state, uint64."""
    z = (state ^ (state >> S30)) * MIX_1
    z = (z ^ (z >> S27)) * MIX_2
    return z ^ (z >> S31)


@inlined
def upper(random):  # type: ignore[no-untyped-def]
    """The upper 32 of 64 random bits, uint32."""
    return np.uint32(random >> S32)


@inlined
def below(random, n):  # type: ignore[no-untyped-def]
    """A whole number in 0 … n-1 from the upper 32 bits (Lemire 2019, without the rejection: n is far below 2³²)."""
    return np.int64(((random >> S32) * np.uint64(n)) >> S32)


@inlined
def uniform(random):  # type: ignore[no-untyped-def]
    """A number in [0, 1) from the upper 53 bits, float64."""
    return np.float64(np.int64(random >> S11)) * UNIT


@inlined
def draw_alias(random, alias, n):  # type: ignore[no-untyped-def]
    """A draw from a discrete distribution over 0 … n-1 by the alias method (Vose 1991).

    `alias` is the address of n pairs of uint32: the threshold of column i, scaled to 2³², and what stands above it. The
    upper half of `random` chooses the column, the lower half the side.
    """
    column = below(random, n)
    threshold, other = load_uint32(alias + 8 * column), np.int64(load_uint32(alias + 8 * column + 4))
    below_threshold = np.int64(np.uint32(random & LOWER) < threshold)
    # no branch: half of all would be foretold wrongly, and each wait for the table
    return other + below_threshold * (column - other)
