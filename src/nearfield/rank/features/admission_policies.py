"""The policies of admission: by count, by a Bloom filter, or by chance (McMahan et al., KDD 2013, table 2)."""

from __future__ import annotations

import math
from dataclasses import field
from typing import Annotated

import numpy as np

from nearfield.columns import HashBits
from nearfield.examples import Examples
from nearfield.parameters import Between, Interval, Seed
from nearfield.rank.features.admission import Admission
from nearfield.rank.features.hashing import hash_numbers


class MinimumCount(Admission):
    """Let a feature in from its n-th time on. Takes 4 bytes for each feature of the space.

    Parameters
    ----------
    n : int
    """

    n: Annotated[int, Between(1, 2**32 - 1)] = field(kw_only=False)

    def _new_memory(self) -> np.ndarray:
        return np.zeros(0, np.uint32)

    def _see(self, examples: Examples, kept: np.ndarray) -> None:
        from nearfield.rank.kernels.admission import admit_by_count  # brings Numba, which takes a while

        self._memory = _as_long(self._memory, examples.space.size)
        admit_by_count(np.ascontiguousarray(examples.features), self._memory, np.uint32(self.n), kept)

    def _known(self, examples: Examples) -> np.ndarray:
        return _as_long(self._memory, examples.space.size)[examples.features] >= self.n


class BloomFilter(Admission):
    """Let a feature in once it has come more than n times, as a counting Bloom filter remembers it.

    It never lets one in later than that, but now and then earlier, where others share its cells; see
    `false_positive_rate`. Takes 2^bits bytes, however many features come.

    Parameters
    ----------
    n : int
        1 and 2 are the paper's (table 2).
    bits : int
        The filter has 2^bits cells.
    n_hashes : int
        Cells of a feature.
    """

    n: Annotated[int, Between(1, 254)] = field(default=1, kw_only=False)  # a cell is a byte
    bits: HashBits = 20
    n_hashes: Annotated[int, Between(1, 32)] = 4

    def _new_memory(self) -> np.ndarray:
        return np.zeros(1 << self.bits, np.uint8)

    def false_positive_rate(self, n_features: int) -> float:
        """Return a bound of the chance that a feature never seen is let in at once, after so many different ones.

        (1 - (1 - 1/m)^(k · n_features))^k with m cells and k hashes: that all its cells are taken, which is as good as
        exact for n = 1 and more than enough above (Bloom, CACM 13(7), 1970).
        """
        taken = -math.expm1(self.n_hashes * n_features * math.log1p(-1 / len(self._memory)))
        return taken**self.n_hashes

    def _see(self, examples: Examples, kept: np.ndarray) -> None:
        from nearfield.rank.kernels.admission import admit_by_bloom

        admit_by_bloom(*self._hashes(examples), self._memory, self.n_hashes, self.n, kept)

    def _known(self, examples: Examples) -> np.ndarray:
        first, step = self._hashes(examples)
        least = np.full(len(first), self.n + 1, np.uint8)
        for i in range(self.n_hashes):
            np.minimum(least, self._memory[(first + i * step) & (len(self._memory) - 1)], out=least)
        return least > self.n

    def _hashes(self, examples: Examples) -> tuple[np.ndarray, np.ndarray]:
        """Two hashes make all (Kirsch & Mitzenmacher, ESA 2006); the second is odd, so that the cells differ."""
        hashes = hash_numbers(examples.features.astype(np.int64))
        low, high = hashes & np.uint64(0xFFFFFFFF), hashes >> np.uint64(32)
        return low.astype(np.int64), high.astype(np.int64) | 1


class Poisson(Admission):
    """Let a feature in, for good, with chance p each time that it comes: after 1/p times on average.

    Takes 1 byte for each feature of the space. What is let in does not depend on how rows are cut into blocks.

    Parameters
    ----------
    p : float
        Above 0, up to 1; the paper has 0.03 and 0.1.
    seed : int
    """

    p: Annotated[float, Interval(0, 1, low_open=True)] = field(kw_only=False)
    seed: Seed = 1

    def __post_init__(self) -> None:
        """Begin to draw."""
        super().__post_init__()
        self._random = np.random.default_rng(self.seed)

    def _new_memory(self) -> np.ndarray:
        return np.zeros(0, bool)

    def _resume(self, memory: np.ndarray, seen: int) -> None:
        super()._resume(memory, seen)
        self._random = np.random.Generator(np.random.PCG64(self.seed).advance(seen))  # one draw an entry

    def _see(self, examples: Examples, kept: np.ndarray) -> None:
        from nearfield.rank.kernels.admission import admit_by_chance

        self._memory = _as_long(self._memory, examples.space.size)
        features = np.ascontiguousarray(examples.features)
        admit_by_chance(features, self._random.random(len(features)), float(self.p), self._memory, kept)

    def _known(self, examples: Examples) -> np.ndarray:
        return _as_long(self._memory, examples.space.size)[examples.features]


POLICIES: dict[str, type[Admission]] = {policy.__name__: policy for policy in (MinimumCount, BloomFilter, Poisson)}


def _as_long(array: np.ndarray, size: int) -> np.ndarray:
    return array if len(array) >= size else np.concatenate([array, np.zeros(size - len(array), array.dtype)])
