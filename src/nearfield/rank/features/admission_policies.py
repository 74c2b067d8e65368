"""The policies of admission: by count, by a Bloom filter, or by chance (McMahan et al., KDD 2013, table 2)."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from nearfield.columns import check_bits
from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.rank.features.admission import Admission
from nearfield.rank.features.hashing import hash_numbers

MOST_TIMES = 254  # a cell of a Bloom filter is a byte


class MinimumCount(Admission):
    """Let a feature in from its n-th time on. Takes 4 bytes for each feature of the space.

    Parameters
    ----------
    n : int
    """

    PARAMETERS: ClassVar[tuple[str, ...]] = ("n",)

    def __init__(self, n: int) -> None:
        self.n = _at_least_1("n", n, 2**32 - 1)
        self._memory = np.zeros(0, np.uint32)

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

    PARAMETERS: ClassVar[tuple[str, ...]] = ("n", "bits", "n_hashes")

    def __init__(self, n: int = 1, *, bits: int = 20, n_hashes: int = 4) -> None:
        self.n = _at_least_1("n", n, MOST_TIMES)
        self.bits, self.n_hashes = check_bits(bits), _at_least_1("n_hashes", n_hashes, 32)
        self._memory = np.zeros(1 << bits, np.uint8)

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

    PARAMETERS: ClassVar[tuple[str, ...]] = ("p", "seed")

    def __init__(self, p: float, *, seed: int = 1) -> None:
        if not isinstance(p, int | float) or not 0 < p <= 1:
            raise BadInput(f"p is {p!r}; expected a number above 0, up to 1")
        self.p, self.seed = p, seed
        self._random = np.random.default_rng(seed)
        self._memory = np.zeros(0, bool)

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


def _at_least_1(name: str, value: int, most: int) -> int:
    if not isinstance(value, int) or not 1 <= value <= most:
        raise BadInput(f"{name} is {value!r}; expected a whole number of 1 to {most}")
    return value
