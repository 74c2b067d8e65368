"""Functions of each lane, without a branch: the logistic function, the exponential, one over the root."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import fma, larger, root_estimate, smaller, spread

TANH_LIMIT = np.float32(5.5)  # beyond it tanh is 1 to 3e-5, the approximation's own error
EXP_LIMIT = np.float32(-80.0)


@inlined
def sigmoid(x):  # type: ignore[no-untyped-def]
    """1 / (1 + e⁻ˣ) = (1 + tanh(x/2)) / 2; absolute error below 3e-5, and exactly ½ at 0.

    tanh by the eighth convergent of Lambert's continued fraction x / (1 + x² / (3 + x² / (5 + …))).
    """
    half = spread(np.float32(0.5))
    t = smaller(larger(x * half, spread(-TANH_LIMIT)), spread(TANH_LIMIT))
    s = t * t
    above = fma(spread(np.float32(36)), s, spread(np.float32(6930)))
    above = fma(above, s, spread(np.float32(270270)))
    above = fma(above, s, spread(np.float32(2027025)))
    below = fma(s + spread(np.float32(630)), s, spread(np.float32(51975)))
    below = fma(below, s, spread(np.float32(945945)))
    below = fma(below, s, spread(np.float32(2027025)))
    return fma(half, t * above / below, half)


@inlined
def exponential(x):  # type: ignore[no-untyped-def]
    """eˣ for x ≤ 0, as (e^{x/256})²⁵⁶ with four terms of the series; relative error below 5e-5 down to e⁻²⁰."""
    t = larger(x, spread(EXP_LIMIT)) * spread(np.float32(1 / 256))
    power = fma(t, spread(np.float32(1 / 24)), spread(np.float32(1 / 6)))
    power = fma(power, t, spread(np.float32(0.5)))
    power = fma(power, t, spread(np.float32(1)))
    power = fma(power, t, spread(np.float32(1)))
    for _ in range(8):
        power = power * power
    return power


@inlined
def inverse_root(x):  # type: ignore[no-untyped-def]
    """1 / √x for x > 0; relative error below 1e-6; no root, no division, and the same on every processor.

    Two of Newton's steps from an estimate, the first with the constants of Jan Kadlec (2010), which halve its error.
    """
    estimate = root_estimate(x)
    estimate = spread(np.float32(0.703952253)) * estimate * (spread(np.float32(2.38924456)) - x * estimate * estimate)
    half = spread(np.float32(-0.5)) * x * estimate
    return fma(fma(half, estimate, spread(np.float32(0.5))), estimate, estimate)
