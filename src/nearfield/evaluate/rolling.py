"""Many cases of each sequence: every token held out is foretold from all that came before it in its sequence.

What is learnt stays that of before the split; a history grows on, as it does where recommendations are made. A split
that foretells one token of each sequence has few cases where sequences are few or short-lived, too few to tell settings
apart: of MovieLens 100k's 943 people 90 are on both sides of its last tenth.
"""

from __future__ import annotations

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.splits import Cases, Moment, Split, counted_anew, happened_before
from nearfield.parameters import Count, Proportion, Seed, checks_arguments
from nearfield.sequences import Sequences

MOST = 5_000  # cases: enough for NDCG within a hundredth, ranked in a moment


@checks_arguments
def rolling_by_time(
    sequences: Sequences,
    *,
    moment: Moment | None = None,
    quantile: Proportion = 0.9,
    most: Count | None = MOST,
    seed: Seed = 1,
) -> Split:
    """Learn from all that happened before a moment, and foretell every token since, also of sequences begun since.

    Parameters
    ----------
    sequences : Sequences
        With times.
    moment, quantile
        As for `split_by_time`.
    most : int or None
        So many cases are drawn at random; None: all, with a history each, which large logs have no memory for.
    seed : int
        Of the draw.

    Raises
    ------
    BadInput
        There are no times; a moment that is none or before or after everything; nothing came before any of the tokens.
    """
    before = happened_before(sequences, moment, quantile)
    return rolling(sequences, before, ~before, most, seed)


@checks_arguments
def rolling_last(sequences: Sequences, *, share: Proportion = 0.1, most: Count | None = MOST, seed: Seed = 1) -> Split:
    """Hold out a share of each sequence, its last tokens, but at least one; foretell each of them.

    Sequences of fewer than two tokens have nothing to foretell and are left out.

    Raises
    ------
    BadInput
        A share outside of (0, 1); no sequence has two tokens.
    """
    if not 0 < share < 1:
        raise BadInput(f"share is {share}; expected more than 0 and less than 1")
    lengths = np.diff(sequences.offsets)
    held = np.where(lengths >= 2, np.maximum(1, (share * lengths).astype(np.int64)), lengths)
    kept = np.repeat(sequences.offsets[1:] - held, lengths)
    before = np.arange(sequences.n_tokens) < kept
    return rolling(sequences, before, ~before, most, seed)


def rolling(sequences: Sequences, kept: np.ndarray, held: np.ndarray, most: int | None, seed: int) -> Split:
    """Learn from the tokens that are kept, and foretell each one held, from all that its sequence had before it.

    Parameters
    ----------
    sequences : Sequences
    kept, held : ndarray of bool, shape (n_tokens,)
    most, seed
        As for `rolling_by_time`.
    """
    if most is not None and most < 1:
        raise BadInput(f"most is {most}; expected at least 1, or None for all")
    owner = np.repeat(np.arange(len(sequences)), np.diff(sequences.offsets))
    first = sequences.offsets[:-1][owner]
    judged = np.flatnonzero(held & (first < np.arange(sequences.n_tokens)))
    if not len(judged):
        raise BadInput("nothing came before what is held out; expected sequences of two tokens or more")
    drawn = np.sort(np.random.default_rng(seed).permutation(judged)[:most])
    train = counted_anew(sequences, kept)
    left_out = int(held.sum()) - len(judged)
    return Split(train, _cases(sequences, drawn, owner[drawn], train, left_out))


def per_owner(values: np.ndarray, owners: np.ndarray | None) -> np.ndarray:
    """Return the mean of the cases of each sequence, float64: these are independent, as intervals need.

    Examples
    --------
    >>> per_owner(np.array([1.0, 0.0, 1.0]), np.array([4, 4, 7]))
    array([0.5, 1. ])
    """
    if owners is None:
        return values
    _, number = np.unique(owners, return_inverse=True)
    return np.bincount(number, values) / np.bincount(number)


def _cases(sequences: Sequences, places: np.ndarray, owners: np.ndarray, train: Sequences, left_out: int) -> Cases:
    starts = sequences.offsets[:-1][owners]
    spans = [slice(start, place) for start, place in zip(starts.tolist(), places.tolist(), strict=True)]
    keys, tokens, times = sequences.vocabulary.keys, sequences.tokens, sequences.times
    return Cases(
        [[keys[token] for token in tokens[span]] for span in spans],
        [[keys[token]] for token in tokens[places].tolist()],
        train.vocabulary,
        None if times is None else [times[span] for span in spans],
        left_out,
        owners,
    )
