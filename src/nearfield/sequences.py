"""Sequences: sentences, sessions or walks as ids, in one flat array that may be larger than memory."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.arrays import mapped, run_places, typed
from nearfield.errors import BadInput
from nearfield.files import (
    GrowingArray,
    atomic_folder,
    read_config,
    read_keys,
    reads_whole_folder,
    release,
    write_config,
    write_keys,
)
from nearfield.parameters import Count, checks_arguments
from nearfield.reading import checked_reading, step
from nearfield.vocabulary import Vocabulary

KIND = "sequences"
FORMAT_VERSION = 1
BLOCK_TOKENS = 1 << 18  # tokens looked at in one go
DTYPES = {"tokens": np.int32, "offsets": np.int64, "weights": np.float32, "times": np.int64}


class Sequences:
    """A vocabulary and the sequences of its ids.

    Parameters
    ----------
    vocabulary : Vocabulary
    tokens : ndarray of int32, shape (n_tokens,)
        The ids of all sequences, one behind the other; may be memory-mapped.
    offsets : ndarray of int64, shape (n + 1,)
        Sequence `i` is `tokens[offsets[i]:offsets[i + 1]]`.
    weights : ndarray of float32, shape (n_tokens,), optional
        How much each token counts.
    times : ndarray of int64, shape (n_tokens,), optional
        When each token happened, in microseconds since 1970-01-01 UTC.
    reading : dict of str to dict, optional
        How the tokens were read, as JSON holds it: the name of each function that read them, with its options. Empty
        where nothing is known of it. What is fitted to the sequences keeps it; see `nearfield.reading`.

    Raises
    ------
    BadInput
        Arrays whose lengths, order or ids do not fit together.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        tokens: np.ndarray,
        offsets: np.ndarray,
        weights: np.ndarray | None = None,
        times: np.ndarray | None = None,
        reading: dict[str, Any] | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.reading = checked_reading(reading)
        self.tokens = typed("tokens", tokens, DTYPES["tokens"])
        self.offsets = typed("offsets", offsets, DTYPES["offsets"])
        self.weights = None if weights is None else typed("weights", weights, DTYPES["weights"])
        self.times = None if times is None else typed("times", times, DTYPES["times"])
        self._check()

    @classmethod
    @checks_arguments
    def from_lists(cls, lists: Iterable[Iterable[str]], *, min_count: Count = 1) -> Sequences:
        """Build from lists of keys (what gensim calls sentences); keys seen fewer than `min_count` times are dropped.

        The lists are read once and kept on disk, so a generator larger than memory works.
        """
        counts: Counter[str] = Counter()
        seen: dict[str, int] = {}
        tokens, lengths = GrowingArray(np.int32), GrowingArray(np.int64)
        for one in lists:
            if isinstance(one, str):
                raise BadInput(f"a sequence is the string {one[:40]!r}; expected a list of keys (split it first)")
            keys = list(one)
            counts.update(keys)
            tokens.append(np.array([seen.setdefault(key, len(seen)) for key in keys], np.int32))
            lengths.append(np.array([len(keys)], np.int64))
        vocabulary = Vocabulary.from_counts(counts, min_count=min_count)
        final = np.array([vocabulary.get(key, -1) for key in seen], np.int32)
        reading = step("from_lists", {"min_count": min_count})
        return cls(vocabulary, *renumber(tokens.array(), lengths.array(), final), reading=reading)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, i: int) -> np.ndarray:
        """Return the ids of sequence `i`, int32, without a copy."""
        if not -len(self) <= i < len(self):
            raise IndexError(f"sequence {i} of {len(self)}")
        i %= len(self)
        return self.tokens[self.offsets[i] : self.offsets[i + 1]]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        extras = [name for name in ("weights", "times") if getattr(self, name) is not None]
        with_extras = f", with {' and '.join(extras)}" if extras else ""
        return f"Sequences({len(self):,} of {self.n_tokens:,} tokens, {len(self.vocabulary):,} keys{with_extras})"

    @property
    def n_tokens(self) -> int:
        """How many tokens all sequences hold."""
        return len(self.tokens)

    def keys(self, i: int) -> list[str]:
        """Return sequence `i` as keys."""
        return [self.vocabulary.keys[token] for token in self[i]]

    def take(self, order: np.ndarray) -> Sequences:
        """Return the sequences at these places, int, shape (m,), in this order; one may be taken several times.

        The vocabulary, and with it its counts, stays as it is.
        """
        order = np.asarray(order, np.int64)
        if order.ndim != 1 or (len(order) and not -len(self) <= order.min() <= order.max() < len(self)):
            raise BadInput(f"order names sequences outside of 0 to {len(self) - 1}")
        starts, lengths = self.offsets[:-1][order], np.diff(self.offsets)[order]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = run_places(starts, lengths)
        taken = {name: array[places] for name, array in self._arrays().items() if name != "offsets"}
        return Sequences(self.vocabulary, offsets=offsets, reading=self.reading, **taken)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder: `keys.txt`, `counts.npy`, one `.npy` an array, `config.json`; whole or not at all."""
        with atomic_folder(path) as folder:
            write_keys(folder / "keys.txt", self.vocabulary.keys)
            np.save(folder / "counts.npy", self.vocabulary.counts)
            for name, array in self._arrays().items():
                np.save(folder / f"{name}.npy", array)
            write_config(folder, KIND, FORMAT_VERSION, {"arrays": sorted(self._arrays()), "reading": self.reading})

    @classmethod
    @reads_whole_folder
    def load(cls, path: str | os.PathLike[str]) -> Sequences:
        """Read what `save` wrote; the arrays stay on disk and are memory-mapped."""
        folder = Path(path)
        config = read_config(folder, KIND, FORMAT_VERSION)
        names = config.get("arrays")
        if not isinstance(names, list) or not {"tokens", "offsets"} <= set(names) <= set(DTYPES):
            raise BadInput(f"{folder / 'config.json'}: arrays are {names!r}; expected tokens, offsets and known others")
        vocabulary = Vocabulary(read_keys(folder / "keys.txt"), mapped(folder / "counts.npy"))
        arrays = {name: mapped(folder / f"{name}.npy") for name in names}
        return cls(vocabulary, **arrays, reading=config.get("reading"))

    def _arrays(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in DTYPES if getattr(self, name) is not None}

    def _check(self) -> None:
        if self.offsets.size == 0 or self.offsets[0] != 0 or self.offsets[-1] != self.n_tokens:
            raise BadInput(f"offsets must run from 0 to the number of tokens, {self.n_tokens}")
        if np.any(np.diff(self.offsets) < 0):
            raise BadInput("offsets fall; expected each at least the one before")
        for name in ("weights", "times"):
            array = getattr(self, name)
            if array is not None and len(array) != self.n_tokens:
                raise BadInput(f"{len(array)} {name} for {self.n_tokens} tokens; expected one each")
        for start in range(0, self.n_tokens, BLOCK_TOKENS):
            block = self.tokens[start : start + BLOCK_TOKENS]
            if block.min() < 0 or block.max() >= len(self.vocabulary):
                raise BadInput(f"a token is outside of the vocabulary's ids, 0 to {len(self.vocabulary) - 1}")
            release(self.tokens, start, min(start + BLOCK_TOKENS, self.n_tokens))


def renumber(tokens: np.ndarray, lengths: np.ndarray, final: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn provisional ids into the vocabulary's, in place and block by block.

    Parameters
    ----------
    tokens : ndarray of int32, shape (n_tokens,)
        Provisional ids; overwritten.
    lengths : ndarray of int64, shape (n,)
        The length of each sequence.
    final : ndarray of int32
        The id of each provisional id, or -1 for tokens that drop out.

    Returns
    -------
    tokens : ndarray of int32
    offsets : ndarray of int64, shape (n + 1,)
    """
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    kept_before = np.zeros(len(starts), np.int64)
    written = 0
    for first, stop in sequence_blocks(starts):
        block = final[tokens[starts[first] : starts[stop]]]
        ends = starts[first + 1 : stop + 1] - starts[first]
        dropped = np.flatnonzero(block < 0)
        kept_before[first + 1 : stop + 1] = written + ends - np.searchsorted(dropped, ends)
        block = block[block >= 0]
        tokens[written : written + len(block)] = block
        release(tokens, written, starts[stop])
        written += len(block)
    return tokens[:written], kept_before


def sequence_blocks(offsets: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield (first, stop) of runs of whole sequences that hold about 260,000 tokens, or of one longer sequence."""
    first = 0
    while first < len(offsets) - 1:
        stop = max(first + 1, int(np.searchsorted(offsets, offsets[first] + BLOCK_TOKENS, side="right")) - 1)
        yield first, stop
        first = stop
