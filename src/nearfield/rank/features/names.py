"""Numbers for features: a vocabulary that grows, one that is known already, or slots of a hash."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nearfield.columns import Column, check_bits
from nearfield.errors import BadInput
from nearfield.feature_space import FeatureSpace
from nearfield.rank.features.hashing import hash_names, hash_numbers, slots_of

UNKNOWN = -1  # of a feature that the space does not have, and that may not come in


class Names:
    """Features by name; `example` is an unknown one of those that were asked for last.

    Parameters
    ----------
    space : FeatureSpace or None
        What is known already.
    bits : int or None
        Without a space: hash to 2^bits slots.
    grow : bool
        Whether features that a known space does not have come in.
    """

    def __init__(self, space: FeatureSpace | None, bits: int | None, *, grow: bool) -> None:
        self._known, self._bits = space, space.bits if space is not None else bits
        self.example: str | None = None
        if self._bits is not None:
            check_bits(self._bits)
        elif space is not None and space.names is None:
            raise BadInput(
                "the space has no names of features; a table needs one that was read from a table, or hashed"
            )
        self._grow = grow or space is None
        self._numbers: dict[str, int] = {}
        if space is not None:  # its own table is shared as long as nothing comes in
            self._numbers = dict(space.numbers) if grow else space.numbers

    def numbers(self, names: Sequence[str]) -> np.ndarray:
        """Return the number of each feature, int32, shape (n,); -1 where it is unknown and stays so."""
        if self._bits is not None:
            return slots_of(hash_names(names), self._bits)
        if self._grow:
            found = [self._numbers.setdefault(name, len(self._numbers)) for name in names]
        else:
            found = [self._numbers.get(name, UNKNOWN) for name in names]
            self.example = names[found.index(UNKNOWN)] if UNKNOWN in found else None
        return np.array(found, np.int32)

    def space(self, fields: tuple[str, ...], schema: tuple[tuple[str, Column], ...]) -> FeatureSpace:
        """The space as it is now."""
        if self._bits is not None:
            return self._known or FeatureSpace(1 << self._bits, fields, None, self._bits, schema)
        if self._known is not None and len(self._numbers) == self._known.size:
            return self._known
        return FeatureSpace(len(self._numbers), fields, tuple(self._numbers), None, schema)


class Ids:
    """Features that have numbers already, as in libsvm; the parameters are those of `Names`."""

    def __init__(self, space: FeatureSpace | None, bits: int | None, *, grow: bool) -> None:
        self._known, self._bits = space, space.bits if space is not None else bits
        if self._bits is not None:
            check_bits(self._bits)
        self._grow = grow or space is None
        self._size = 0 if space is None else space.size

    def numbers(self, ids: np.ndarray) -> np.ndarray:
        """Return the number of each feature, int32, shape (n,); -1 where it is unknown and stays so."""
        if self._bits is not None:
            return slots_of(hash_numbers(ids), self._bits)
        if self._grow:
            self._size = max(self._size, int(ids.max(initial=-1)) + 1)
            return ids
        return np.where(ids < self._size, ids, UNKNOWN).astype(np.int32)

    def space(self, fields: tuple[str, ...]) -> FeatureSpace:
        """The space as it is now."""
        if self._bits is not None:
            return self._known or FeatureSpace(1 << self._bits, fields, None, self._bits)
        if self._known is not None and self._size == self._known.size:
            return self._known
        return FeatureSpace(self._size, fields, self._longer_names())

    def _longer_names(self) -> tuple[str, ...] | None:
        names = None if self._known is None else self._known.names
        return None if names is None else (*names, *map(str, range(len(names), self._size)))


class Slots:
    """Features that the reader has hashed already, in a space of 2^bits that is known or not."""

    def __init__(self, space: FeatureSpace | None, bits: int) -> None:
        if space is not None and space.bits is None:
            raise BadInput("the space is not hashed; Vowpal Wabbit's text needs one that is")
        self._known = space
        self.bits = check_bits(bits if space is None or space.bits is None else space.bits)

    def numbers(self, slots: np.ndarray) -> np.ndarray:
        """Return them as they are."""
        return slots

    def space(self, fields: tuple[str, ...]) -> FeatureSpace:
        """The space as it is now."""
        return self._known or FeatureSpace(1 << self.bits, fields, None, self.bits)
