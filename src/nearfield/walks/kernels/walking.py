"""Walks, each from a random state of its own, so that it is the same whoever makes it and whatever was made before."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.randomness import GOLDEN, advance, bits
from nearfield.walks.kernels.bias import step_from
from nearfield.walks.kernels.edges import NOWHERE, draw_place, neighbour, row_of

ROUNDS = 4
LEAST_HALF = 4  # bits: over fewer the orders would be few and uneven


@kernel
def walk_block(links, bias, seed, first, n_walks, length, tokens, offsets):  # type: ignore[no-untyped-def]
    """Make the walks first … first + n_walks - 1.

    Walk w is in pass w // n, and starts at a node of its own among the n walks of the pass, in an order of the pass's.

    Parameters
    ----------
    links, bias
        See `layout`.
    seed : uint64
    length : int
        Nodes in a walk, the start included; a walk ends earlier at a node that no edge leaves.
    tokens : int32, shape (n_walks · length,)
        Written to, walks one behind the other.
    offsets : int64, shape (n_walks + 1,)
        Written to: where each walk starts and stops.
    """
    offsets[0] = 0
    for i in range(n_walks):
        walk = np.int64(first + i)
        node = shuffled(walk % links.n, links.n, bits(seed - GOLDEN * np.uint64(walk // links.n + 1)))
        offsets[i + 1] = walk_from(NOWHERE, node, walk, links, bias, seed, length, tokens, offsets[i])


@kernel
def walk_block_from(links, bias, seed, first, begins, length, tokens, offsets):  # type: ignore[no-untyped-def]
    """Make the walks first … first + len(begins) - 1, which begin as they are told; the rest as for `walk_block`.

    `begins`, int32, shape (n_walks, 2): the first node of each, or NOWHERE, and the next.
    """
    offsets[0] = 0
    for i in range(len(begins)):
        walk, before, node = np.int64(first + i), np.int64(begins[i, 0]), np.int64(begins[i, 1])
        offsets[i + 1] = walk_from(before, node, walk, links, bias, seed, length, tokens, offsets[i])


@inlined
def walk_from(before, node, walk, links, bias, seed, length, tokens, written):  # type: ignore[no-untyped-def]
    """Write a walk behind what is written, and return how much is written then; `walk` is its number.

    It has gone from `before` to `node`, or starts at `node` where that is NOWHERE.
    """
    random = bits(seed + GOLDEN * np.uint64(walk + 1))
    if before != NOWHERE:
        tokens[written] = before
        written += 1
        length -= 1
    for step in range(length):
        tokens[written] = node
        written += 1
        start, stop = row_of(links, node)
        if step == length - 1 or start == stop:
            break
        if bias.second_order and before != NOWHERE:
            to, random = step_from(before, node, start, stop - start, links, bias, random)
        else:
            random = advance(random)
            to = neighbour(links, draw_place(links, start, stop - start, bits(random)))
        before, node = node, to
    return written


@inlined
def shuffled(i, n, key):  # type: ignore[no-untyped-def]
    """Where i stands in an order of 0 … n-1 that `key` chooses, without a list of it.

    A Feistel network over an even number of bits that hold n, walked on until the number is below n (Black & Rogaway
    2002, sections 3 and 4).
    """
    half = LEAST_HALF
    while (np.int64(1) << (2 * half)) < n:
        half += 1
    mask = np.uint64((np.int64(1) << half) - 1)
    place = i
    while True:
        left, right = np.uint64(place >> half), np.uint64(place) & mask
        for turn in range(ROUNDS):
            left, right = (
                right,
                left ^ (bits(key + GOLDEN * (right + np.uint64(turn + 1) * (mask + np.uint64(1)))) & mask),
            )
        place = np.int64(left << np.uint64(half) | right)
        if place < n:
            return place
