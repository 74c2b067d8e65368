"""From a sequence to its windows: subsampling of frequent tokens, dynamic window, context rows."""

from __future__ import annotations

import numpy as np

from nearfield.embed.kernels.layout import input_row
from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import (
    load_float,
    load_int32,
    load_int64,
    load_uint32,
    store_float,
    store_int32,
    store_int64,
)
from nearfield.kernels.randomness import advance, below, bits, upper


@inlined
def sequence_at(block, sequence):  # type: ignore[no-untyped-def]
    """Where the tokens of a block's sequence stand, where their weights do, or 0, and how many there are."""
    start = load_int64(block.offsets + 8 * sequence)
    n_tokens = load_int64(block.offsets + 8 * (sequence + 1)) - start
    return block.tokens + 4 * start, block.weights + 4 * start if block.weights != 0 else 0, n_tokens


@inlined
def alpha_at(rate, done):  # type: ignore[no-untyped-def]
    """The learning rate after `done` tokens."""
    return np.float32(max(rate.min_alpha, rate.alpha - (rate.alpha - rate.min_alpha) * done / rate.total))


@inlined
def subsample(tokens, weights, n_tokens, keep, sentence, sentence_weights, random):  # type: ignore[no-untyped-def]
    """Copy the tokens that survive (see `layout.Windows`), and weights if any; return how many, and random."""
    n = 0
    for position in range(n_tokens):
        token = load_int32(tokens + 4 * position)
        threshold = load_uint32(keep + 4 * token)
        random = advance(random)
        if threshold != 0 and upper(bits(random)) <= threshold:
            store_int32(sentence + 4 * n, token)
            if weights != 0:
                store_float(sentence_weights + 4 * n, load_float(weights + 4 * position))
            n += 1
    return n, random


@inlined
def reach_of(random, size):  # type: ignore[no-untyped-def]
    """word2vec's dynamic window: uniform in 1 … size, so that a token at distance d counts (size - d + 1) / size."""
    return 1 + below(random, size)


@inlined
def context_rows(sentence, n, centre, reach, forward, tables, contexts):  # type: ignore[no-untyped-def]
    """List the rows of the tokens up to `reach` before and, unless `forward`, after the centre; return how many."""
    last = centre if forward else min(n - 1, centre + reach)
    m = 0
    for position in range(max(0, centre - reach), last + 1):
        if position != centre:
            store_int64(contexts + 8 * m, input_row(tables, np.int64(load_int32(sentence + 4 * position))))
            m += 1
    return m


@inlined
def context_ids(sentence, n, centre, reach, forward, contexts):  # type: ignore[no-untyped-def]
    """List the ids, int32, of the same tokens as `context_rows`; return how many."""
    last = centre if forward else min(n - 1, centre + reach)
    m = 0
    for position in range(max(0, centre - reach), last + 1):
        if position != centre:
            store_int32(contexts + 4 * m, load_int32(sentence + 4 * position))
            m += 1
    return m
