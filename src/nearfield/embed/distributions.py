"""The two distributions that training draws from: noise for negative sampling, survival of subsampling."""

from __future__ import annotations

import numpy as np

SCALE = 2.0**32


def noise_distribution(counts: np.ndarray, exponent: float) -> np.ndarray:
    """Return P(key) ∝ count^exponent as float64, shape (n,).

    Mikolov et al. 2013 (arXiv:1310.4546, section 2.2) use 0.75; 0 is uniform; below 0 rare keys are drawn more often
    (Caselles-Dupré et al. 2018, arXiv:1804.04212). A count of 0 is taken for 1.
    """
    logs = exponent * np.log(np.maximum(counts, 1).astype(np.float64))
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def alias_table(probabilities: np.ndarray) -> np.ndarray:
    """Return Vose's alias table: uint32, shape (n, 2), thresholds scaled to 2³² and aliases.

    Column i answers i when a uniform number is below its threshold, else its alias. Probabilities are met to 2⁻³².
    """
    n = len(probabilities)
    scaled = (probabilities * n).tolist()
    thresholds, aliases = [1.0] * n, list(range(n))
    small = [i for i, p in enumerate(scaled) if p < 1.0]
    large = [i for i, p in enumerate(scaled) if p >= 1.0]
    while small and large:
        i, j = small.pop(), large[-1]
        thresholds[i], aliases[i] = scaled[i], j
        scaled[j] -= 1.0 - scaled[i]
        if scaled[j] < 1.0:
            small.append(large.pop())
    table = np.empty((n, 2), np.uint32)
    table[:, 0] = np.minimum(np.round(np.array(thresholds) * SCALE), SCALE - 1)
    table[:, 1] = aliases
    return table


def survival(counts: np.ndarray, sample: float | None) -> np.ndarray:
    """Return the probability that a token survives subsampling, float64, shape (n,).

    √(t/f) + t/f, at most 1, where f is the key's share of all tokens and t is `sample`: what word2vec.c and gensim
    compute (Mikolov et al. 2013, section 2.3, print 1 - √(t/f) as the probability to drop). None or 0 keeps all.
    """
    if not sample:
        return np.ones(len(counts))
    ratio = sample * counts.sum() / np.maximum(counts, 1)
    return np.minimum(1.0, np.sqrt(ratio) + ratio)


def survival_thresholds(counts: np.ndarray, sample: float | None, n_keys: int) -> np.ndarray:
    """Return `layout.Windows.keep`: uint32, shape (n,); 0, never, from id `n_keys` on."""
    thresholds = np.zeros(len(counts), np.uint32)
    probabilities = survival(counts[:n_keys], sample)
    thresholds[:n_keys] = np.clip(np.round(probabilities * SCALE) - 1, 1, SCALE - 1)
    return thresholds
