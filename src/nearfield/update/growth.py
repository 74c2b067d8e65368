"""How a vocabulary and its tables take in new keys and let old ones fade; ids of all that stay do not change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from nearfield.errors import BadInput
from nearfield.sequences import Sequences
from nearfield.update.joining import over
from nearfield.update.popularity import Popularity, popularity_of
from nearfield.vectors import Vectors
from nearfield.vocabulary import Vocabulary

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Side = Mapping[str, Mapping[str, str | Iterable[str]]]
Initial = Literal["neighbours", "random"] | Side


@dataclass(frozen=True)
class Grown:
    """The state that training starts from.

    Attributes
    ----------
    vocabulary : Vocabulary
        Old keys in their order, then new ones, the most frequent first; counts say how often all have been seen.
    input, output : ndarray of float32, shape (n, dim)
        No output where the vectors have none.
    known : int
        How many of them, the first ones, are old.
    seen_before : ndarray of int64, shape (known,)
        The counts of the old ones, faded, without what is new.
    dropped : tuple of str
    kin : csr_matrix of float32, shape (n - known, known), or None
        The share of each old key in the start of each new one; a row without any is of a key without kin. None: no key
        is new.
    """

    vocabulary: Vocabulary
    input: np.ndarray
    output: np.ndarray | None
    known: int
    seen_before: np.ndarray
    dropped: tuple[str, ...] = ()
    kin: csr_matrix | None = None

    @property
    def has_outputs(self) -> bool:
        """Whether outputs have been learnt: those of other programs' vectors start at zero."""
        return self.output is not None and bool(self.output[: self.known].any())

    @cached_property
    def popularity(self) -> Popularity:
        """What popularity is among the old keys, where there are outputs."""
        assert self.output is not None
        return popularity_of(self.input[: self.known], self.output[: self.known], self.seen_before)


def unchanged(vectors: Vectors) -> Grown:
    """Return the state of vectors as they are: no key comes or goes, and counts stay."""
    return Grown(vectors.vocabulary, vectors.input, vectors.output, len(vectors), vectors.vocabulary.counts)


def grow(
    vectors: Vectors,
    new: Sequences,
    *,
    min_count: int = 1,
    fade: float = 1.0,
    drop_below: int = 0,
    initial: Initial = "neighbours",
    window: int = 5,
    seed: int = 1,
) -> Grown:
    """Count on, take in new keys, and drop those that have become rare.

    Parameters
    ----------
    vectors : Vectors
    new : Sequences
    min_count : int
        New keys seen less often are left out.
    fade : float
        What the old counts are multiplied by, in [0, 1]; rounded at random, so that rare keys fade as frequent ones do.
    drop_below : int
        Old keys whose faded and new counts together are below this are dropped.
    initial : "neighbours", "random" or side information
        Where new keys start: from the mean of the rows of old keys within `window` of theirs, nearer ones heavier
        (input rows from input rows, output rows from output rows, these as popular as their counts say); at random,
        with outputs of zero, as in a fit; or from the mean of the rows of old keys with the same values, field → key →
        value or values. A key that has no such old ones starts at random.
    """
    counted = np.bincount(new.tokens, minlength=len(new.vocabulary)) if new.n_tokens else np.zeros(0, np.int64)
    seen = dict(zip(new.vocabulary.keys, counted.tolist(), strict=False))
    faded = _faded(vectors.vocabulary.counts, fade, seed)
    total = faded + np.array([seen.get(key, 0) for key in vectors.keys], np.int64)
    stay = np.flatnonzero(total >= drop_below)
    gone = np.flatnonzero(total < drop_below)
    comers = [key for key, n in sorted(seen.items(), key=lambda pair: -pair[1]) if n >= max(1, min_count)]
    comers = [key for key in comers if key not in vectors]
    counts = np.concatenate([total[stay], np.array([seen[key] for key in comers], np.int64)])
    vocabulary = Vocabulary([*(vectors.keys[i] for i in stay), *comers], counts)
    input, output = vectors.input[stay], None if vectors.output is None else vectors.output[stay]
    dropped = tuple(vectors.keys[i] for i in gone)
    if not comers:
        return Grown(vocabulary, input, output, len(stay), faded[stay], dropped)
    kin = _mix(vocabulary, len(stay), new, initial, window)
    drawn = np.random.default_rng(seed).random((len(comers), vectors.dim), np.float32) - np.float32(0.5)
    input = _behind(input, kin, drawn / np.float32(vectors.dim))
    output = None if output is None else _behind(output, kin, np.zeros_like(drawn))
    grown = Grown(vocabulary, input, output, len(stay), faded[stay], dropped, kin)
    if output is not None:
        grown.popularity.bring_to_line(output, len(stay) + np.flatnonzero(np.diff(kin.indptr)), counts)
    return grown


def in_order_of(old: Vectors, fresh: Vectors) -> Vectors:
    """Return `fresh` with the keys that `old` has, too, in the order of `old`, and the others behind them."""
    order = [key for key in old.keys if key in fresh] + [key for key in fresh.keys if key not in old]
    return fresh.take(fresh.vocabulary.ids(order))


def _faded(counts: np.ndarray, fade: float, seed: int) -> np.ndarray:
    if fade == 1:
        return counts
    exact = counts * fade
    return np.floor(exact + np.random.default_rng([seed, 1]).random(len(counts))).astype(np.int64)


def _behind(table: np.ndarray, kin: csr_matrix, start: np.ndarray) -> np.ndarray:
    """A table with rows for the new keys behind it: mixes of old ones, or `start` where a key has no kin."""
    found = np.diff(kin.indptr) > 0
    return np.concatenate([table, np.where(found[:, None], kin @ table, start)])


def _mix(vocabulary: Vocabulary, known: int, new: Sequences, initial: Initial, window: int) -> csr_matrix:
    """The share of each old key in each new one, sparse, shape (new, known); rows sum to 1, or to 0 without any."""
    from scipy.sparse import csr_matrix

    n = len(vocabulary) - known
    if isinstance(initial, Mapping):
        mix = _by_side(vocabulary, known, initial)
    elif initial == "neighbours":
        mix = _by_neighbours(vocabulary, known, new, window)
    elif initial == "random":
        mix = csr_matrix((n, known))
    else:
        raise BadInput(f"initial is {initial!r}; expected 'neighbours', 'random' or side information")
    sums = np.asarray(mix.sum(axis=1)).ravel()
    return csr_matrix(mix.multiply(np.divide(1.0, sums, out=np.zeros(n), where=sums > 0)[:, None]), dtype=np.float32)


def _by_neighbours(vocabulary: Vocabulary, known: int, new: Sequences, window: int) -> csr_matrix:
    from scipy.sparse import csr_matrix

    tokens, lengths, *_ = over(new, vocabulary)
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    places = np.flatnonzero(tokens >= known)
    mix = csr_matrix((len(vocabulary) - known, known))
    for distance in range(1, min(window, int(lengths.max(initial=1)) - 1) + 1):
        for step in (-distance, distance):
            there = places + step
            inside = (there >= 0) & (there < len(tokens))
            here, there = places[inside], there[inside]
            near = (sequence[here] == sequence[there]) & (tokens[there] < known)
            pairs = tokens[here[near]] - known, tokens[there[near]]
            # as word2vec's window, whose reach is drawn, weighs them
            weights = np.full(len(pairs[0]), (window - distance + 1) / window)
            mix += csr_matrix((weights, pairs), shape=mix.shape)
    return mix


def _by_side(vocabulary: Vocabulary, known: int, side: Side) -> csr_matrix:
    """Keys that share a value are kin; each value's kin weigh 1 together."""
    from scipy.sparse import csr_matrix

    mix = csr_matrix((len(vocabulary) - known, known))
    for of_key in side.values():
        names: dict[str, int] = {}
        carried: list[tuple[int, int]] = []
        for number, key in enumerate(vocabulary.keys):
            given = of_key.get(key, ())
            values = [given] if isinstance(given, str) else list(given)
            carried += [(number, names.setdefault(value, len(names))) for value in values]
        if carried:
            keys, values = np.array(carried).T
            has = csr_matrix((np.ones(len(keys)), (keys, values)), shape=(len(vocabulary), len(names)))
            carriers = np.asarray(has[:known].sum(axis=0)).ravel()
            shares = np.divide(1.0, carriers, out=np.zeros(len(names)), where=carriers > 0)
            mix += has[known:].multiply(shares[None, :]) @ has[:known].T
    return mix
