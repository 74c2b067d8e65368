"""How sure the old rows are: the diagonal of their Fisher information, for elastic weight consolidation."""

from __future__ import annotations

import numpy as np

SAMPLES = 256  # keys that stand for all others
BLOCK_ROWS = 8_192


def fisher_diagonals(
    input: np.ndarray, output: np.ndarray, counts: np.ndarray, noise: np.ndarray, negative: int, reach: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Fisher information that one step gives of each number of the input and of the output rows.

    The loss of a pair with score s = u·v is logistic, so that its information is σ(s)(1 - σ(s)) v_d² of u_d, and
    σ(s)(1 - σ(s)) u_d² of v_d. A step of u sees `negative` keys of the noise distribution and one that belongs to it,
    which is drawn in proportion to noise · e^s, as negative sampling has it at its optimum (Levy & Goldberg 2014,
    equation 7); a step of v sees `reach` inputs, drawn by how often they are seen. SAMPLES keys stand for all.

    Parameters
    ----------
    input, output : ndarray of float32, shape (n, dim)
    counts : ndarray of int64, shape (n,)
    noise : ndarray of float64, shape (n,)
    negative : int
    reach : float
        Contexts that a centre has on average.
    seed : int

    Returns
    -------
    by_input, by_output : ndarray of float32, shape (n, dim)
    """
    random = np.random.default_rng(seed)
    drawn = random.choice(len(noise), SAMPLES, p=noise / noise.sum())
    frequent = random.choice(len(counts), SAMPLES, p=np.maximum(counts, 1) / np.maximum(counts, 1).sum())
    by_input, by_output = np.empty_like(input), np.empty_like(output)
    for start in range(0, len(input), BLOCK_ROWS):
        some = slice(start, start + BLOCK_ROWS)
        scores = input[some] @ output[drawn].T
        own = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights = negative / SAMPLES + own / own.sum(axis=1, keepdims=True)
        by_input[some] = (weights * _variance(scores)) @ output[drawn] ** 2
        scores = output[some] @ input[frequent].T
        by_output[some] = reach / SAMPLES * _variance(scores) @ input[frequent] ** 2
    return by_input, by_output


def _variance(scores: np.ndarray) -> np.ndarray:
    """σ(s)(1 - σ(s)), without overflow."""
    power = np.exp(-np.abs(scores))
    return np.asarray(power / (1 + power) ** 2)
