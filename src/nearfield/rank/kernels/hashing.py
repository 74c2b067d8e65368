"""XXH64 (Collet 2012, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md): stable, and alike everywhere."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel

PRIME_1, PRIME_2 = np.uint64(0x9E3779B185EBCA87), np.uint64(0xC2B2AE3D27D4EB4F)
PRIME_3, PRIME_4 = np.uint64(0x165667B19E3779F9), np.uint64(0x85EBCA77C2B2AE63)
PRIME_5 = np.uint64(0x27D4EB2F165667C5)
U64 = np.uint64


@inlined
def turned(x, bits):  # type: ignore[no-untyped-def]
    """The 64 bits turned to the left."""
    return (x << U64(bits)) | (x >> U64(64 - bits))


@inlined
def word_at(data, at, size):  # type: ignore[no-untyped-def]
    """The bytes from a place on as a number, the lowest first."""
    found = U64(0)
    for i in range(size):
        found |= U64(data[at + i]) << U64(8 * i)
    return found


@inlined
def mixed(lane, word):  # type: ignore[no-untyped-def]
    """A lane that has taken a word."""
    return turned(lane + word * PRIME_2, 31) * PRIME_1


@inlined
def merged(state, lane):  # type: ignore[no-untyped-def]
    """The state that has taken a lane."""
    return (state ^ mixed(U64(0), lane)) * PRIME_1 + PRIME_4


@inlined
def stirred(state):  # type: ignore[no-untyped-def]
    """The state with every bit depending on every other."""
    state = (state ^ (state >> U64(33))) * PRIME_2
    state = (state ^ (state >> U64(29))) * PRIME_3
    return state ^ (state >> U64(32))


@inlined
def in_stripes(data, start, stop, seed):  # type: ignore[no-untyped-def]
    """The state after all whole stripes of 32 bytes, of which there is one at least, and the place behind them."""
    a, b, c, d = seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed, seed - PRIME_1
    at = start
    while at + 32 <= stop:
        a, b = mixed(a, word_at(data, at, 8)), mixed(b, word_at(data, at + 8, 8))
        c, d = mixed(c, word_at(data, at + 16, 8)), mixed(d, word_at(data, at + 24, 8))
        at += 32
    state = turned(a, 1) + turned(b, 7) + turned(c, 12) + turned(d, 18)
    return merged(merged(merged(merged(state, a), b), c), d), at


@inlined
def xxh64(data, start, stop, seed):  # type: ignore[no-untyped-def]
    """The hash of the bytes from start to before stop."""
    at, state = start, seed + PRIME_5
    if stop - start >= 32:
        state, at = in_stripes(data, start, stop, seed)
    state += U64(stop - start)
    while at + 8 <= stop:
        state = turned(state ^ mixed(U64(0), word_at(data, at, 8)), 27) * PRIME_1 + PRIME_4
        at += 8
    if at + 4 <= stop:
        state = turned(state ^ (word_at(data, at, 4) * PRIME_1), 23) * PRIME_2 + PRIME_3
        at += 4
    while at < stop:
        state = turned(state ^ (U64(data[at]) * PRIME_5), 11) * PRIME_1
        at += 1
    return stirred(state)


@kernel
def hash_pieces(data, offsets, seed, hashes):  # type: ignore[no-untyped-def]
    """Hash pieces that lie one behind another.

    Parameters
    ----------
    data : uint8, shape (n_bytes,)
    offsets : int64, shape (n + 1,)
        Piece i is data[offsets[i]:offsets[i + 1]].
    seed : uint64
    hashes : uint64, shape (n,)
        Written to.
    """
    for i in range(len(hashes)):
        hashes[i] = xxh64(data, offsets[i], offsets[i + 1], seed)
