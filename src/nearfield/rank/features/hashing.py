"""The hashing trick (Weinberger et al., ICML 2009): features by what their name hashes to, and what collides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from nearfield.columns import check_bits
from nearfield.errors import BadInput
from nearfield.examples import Examples


def hash_names(names: Iterable[str]) -> np.ndarray:
    """Return XXH64 of the UTF-8 bytes of each name, uint64, shape (n,): the same on every machine and in every run."""
    from nearfield.rank.kernels.hashing import hash_pieces

    pieces = [name.encode("utf-8", "surrogatepass") for name in names]
    data = np.frombuffer(b"".join(pieces), np.uint8)
    offsets = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64)
    hashes = np.empty(len(pieces), np.uint64)
    hash_pieces(data, offsets, np.uint64(0), hashes)
    return hashes


def hash_numbers(*columns: np.ndarray) -> np.ndarray:
    """Return XXH64 of whole numbers side by side, 8 bytes each and the lowest first; uint64, shape (n,)."""
    from nearfield.rank.kernels.hashing import hash_pieces

    words = np.ascontiguousarray(np.stack(columns, axis=-1), "<i8")
    hashes = np.empty(len(words), np.uint64)
    offsets = np.arange(len(words) + 1) * (8 * len(columns))
    hash_pieces(words.reshape(-1).view(np.uint8), offsets, np.uint64(0), hashes)
    return hashes


def slots_of(hashes: np.ndarray, bits: int) -> np.ndarray:
    """Return the lowest `bits` of each hash, int32, shape (n,)."""
    return (hashes & np.uint64((1 << check_bits(bits)) - 1)).astype(np.int32)


class Collisions(NamedTuple):
    """How crowded a hashed space is.

    Attributes
    ----------
    slots : int
        2^bits.
    used : int
        Slots that at least one feature has hashed to.
    features : float
        Distinct features, estimated from the free slots: -slots · ln(free / slots), linear counting (Whang et al., ACM
        TODS 15(2), 1990). Infinite where none is free.
    collided : float
        Features that share their slot with one that came before: features - used.
    """

    slots: int
    used: int
    features: float
    collided: float


def collisions(examples: Examples) -> Collisions:
    """Return how many features collided, from what the examples use of a hashed space; no names are needed.

    Raises
    ------
    BadInput
        The space is not hashed.
    """
    if examples.space.bits is None:
        raise BadInput("the examples' features are not hashed; nothing collides")
    slots = examples.space.size
    used = len(np.unique(examples.features))
    with np.errstate(divide="ignore"):
        features = -slots * float(np.log1p(-used / slots))
    return Collisions(slots, used, features, features - used)


def expected_collisions(features: int, bits: int) -> float:
    """Return how many of so many distinct features are expected to share a slot with one that came before.

    With s = 2^bits slots: n - s · (1 - (1 - 1/s)^n).
    """
    slots = 1 << check_bits(bits)
    return float(features + slots * np.expm1(features * np.log1p(-1 / slots)))
