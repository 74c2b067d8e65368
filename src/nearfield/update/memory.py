"""What is kept of old sequences or rows, to be replayed beside new ones."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.files import atomic_folder, read_config, reads_whole_folder, write_config
from nearfield.rank.features.translation import in_common_space
from nearfield.sequences import Sequences
from nearfield.update.joining import joined, joined_rows, over
from nearfield.vectors import Vectors

FORMAT_VERSION = 1
FADING = 5.0  # the age at which a sequence is replayed 1/e as often as the newest, as a multiple of the budget
CANDIDATES = 20_000  # sequences that herding chooses among, drawn evenly


Content = TypeVar("Content", Sequences, Examples)


class Sample(ABC, Generic[Content]):
    """A uniform sample of all that was seen so far, of a size of at most `budget`.

    Each sequence or row gets a random number once; those with the lowest ones stay, as many as fit (bottom-k sampling,
    which for those of equal size is what Vitter 1985, Random sampling with a reservoir, keeps). So the sample does not
    depend on how the stream was cut into portions.
    """

    KIND: ClassVar[str]
    FOLDER: ClassVar[str]  # of what is kept; also what a message calls it
    UNIT: ClassVar[str]

    def __init__(self, budget: int, seed: int) -> None:
        if isinstance(budget, bool) or not isinstance(budget, int | np.integer) or budget < 1:
            raise BadInput(f"the budget of a {self.KIND} is {budget!r}; expected a number of {self.UNIT}, at least 1")
        self.budget, self.seed = int(budget), int(seed)
        self.seen = 0
        self._kept: Content | None = None
        self._draws = np.empty(0)

    @abstractmethod
    def _sizes(self, content: Content) -> np.ndarray:
        """What each sequence or row takes of the budget, shape (n,)."""

    @abstractmethod
    def _joined(self, parts: list[Content]) -> Content:
        """All parts as one."""

    @staticmethod
    @abstractmethod
    def _opened(folder: Path) -> Content:
        """What was saved."""

    def add(self, content: Content) -> None:
        """Take in more, which is newer."""
        numbers = np.random.PCG64(self.seed)
        numbers.advance(self.seen)  # the same ones, however the stream is cut
        draws = np.concatenate([self._draws, np.random.Generator(numbers).random(len(content))])
        parts = [content] if self._kept is None else [self._kept, content]
        lowest = np.argsort(draws, kind="stable")
        fits = np.cumsum(np.concatenate([self._sizes(part) for part in parts])[lowest]) <= self.budget
        chosen = np.sort(lowest[fits])  # in the order in which they came
        n_old = len(draws) - len(content)
        places = [chosen] if self._kept is None else [chosen[chosen < n_old], chosen[chosen >= n_old] - n_old]
        self._kept = self._joined([part.take(order) for part, order in zip(parts, places, strict=True)])
        self._draws = draws[chosen]
        self.seen += len(content)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder, whole or not at all."""
        with atomic_folder(path) as folder:
            if self._kept is not None:
                self._kept.save(folder / self.FOLDER)
            np.save(folder / "draws.npy", self._draws)
            content = {"budget": self.budget, "seed": self.seed, "seen": self.seen}
            write_config(folder, self.KIND, FORMAT_VERSION, content)

    @classmethod
    @reads_whole_folder
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote."""
        folder = Path(path)
        config = read_config(folder, cls.KIND, FORMAT_VERSION)
        found = cls(config.get("budget", 0), config.get("seed", 1))
        found.seen = int(config.get("seen", 0))
        if (folder / cls.FOLDER).exists():
            found._kept = cls._opened(folder / cls.FOLDER)
        try:
            found._draws = np.load(folder / "draws.npy", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise BadInput(f"{folder / 'draws.npy'}: cannot be read ({error}); the {cls.KIND} is damaged") from error
        n = 0 if found._kept is None else len(found._kept)
        if found._draws.shape != (n,):
            raise BadInput(f"{folder}: {found._draws.size} draws for {n} {cls.FOLDER}; expected one each")
        return found


class Reservoir(Sample[Sequences]):
    """A uniform sample of all sequences seen so far, of at most `budget` tokens; see `Sample`.

    Parameters
    ----------
    budget : int
        Tokens.
    seed : int
    """

    KIND, FOLDER, UNIT = "reservoir", "sequences", "tokens"

    def __init__(self, budget: int = 1_000_000, seed: int = 1) -> None:
        super().__init__(budget, seed)

    def sequences(self) -> Sequences:
        """Return the sample, in the order in which it came."""
        return Sequences.from_lists([]) if self._kept is None else self._kept

    def _sizes(self, content: Sequences) -> np.ndarray:
        return np.diff(content.offsets)

    def _joined(self, parts: list[Sequences]) -> Sequences:
        return joined(parts)

    @staticmethod
    def _opened(folder: Path) -> Sequences:
        return Sequences.load(folder)


class RowReservoir(Sample[Examples]):
    """A uniform sample of all rows seen so far, of at most `budget` rows, without their groups and times; see `Sample`.

    Parameters
    ----------
    budget : int
        Rows.
    seed : int
    """

    KIND, FOLDER, UNIT = "row reservoir", "rows", "rows"

    def __init__(self, budget: int = 100_000, seed: int = 1) -> None:
        super().__init__(budget, seed)

    def rows(self) -> Examples | None:
        """Return the sample, in the order in which it came and the largest space so far; None before the first row."""
        return self._kept

    def forget(self) -> None:
        """Drop the sample, as where a model takes its place that numbers features otherwise."""
        self._kept, self._draws = None, np.empty(0)

    def _sizes(self, content: Examples) -> np.ndarray:
        return np.ones(len(content), np.int64)

    def _joined(self, parts: list[Examples]) -> Examples:
        together = in_common_space(parts[-1].space, parts)  # that of the model that reads now
        return joined_rows(together, together[0].space)

    @staticmethod
    def _opened(folder: Path) -> Examples:
        return Examples.load(folder)


def uniform(sequences: Sequences, budget: float, seed: int) -> np.ndarray:
    """Return the places of sequences drawn evenly until `budget` tokens are full, int64, in their order."""
    order = np.random.default_rng(seed).permutation(len(sequences))
    return np.sort(_filling(sequences, order, budget))


def recent(sequences: Sequences, budget: float, seed: int) -> np.ndarray:
    """Return the places of sequences that fill `budget` tokens, half drawn evenly, half newer ones, int64, in order.

    The further behind, the newer. The newer half is drawn without replacement by weights e^(-age / (FADING · budget))
    (Efraimidis & Spirakis 2006, Weighted random sampling with a reservoir), age in tokens from the end of a sequence to
    that of the last.
    """
    random = np.random.default_rng(seed)
    evenly = _filling(sequences, random.permutation(len(sequences)), budget / 2)
    ages = (sequences.n_tokens - sequences.offsets[1:]) / max(1.0, FADING * budget)
    # the logarithm of an exponentially distributed wait with the weight for a rate: the shortest waits are drawn
    waits = np.log(random.exponential(size=len(sequences))) + ages
    waits[evenly] = np.inf
    order = np.argsort(waits, kind="stable")[: len(sequences) - len(evenly)]
    left = budget - np.diff(sequences.offsets)[evenly].sum()
    return np.sort(np.concatenate([evenly, _filling(sequences, order, left)]))


def herded(sequences: Sequences, vectors: Vectors, budget: float, seed: int) -> np.ndarray:
    """Return the places of the sequences that herding picks until `budget` tokens are full, int64, in their order.

    A sequence is the mean of its keys' input rows, at length 1; each pick brings the mean of those picked nearest to
    that of all (Rebuffi et al. 2017, arXiv:1611.07725, algorithm 4). Chosen among CANDIDATES of them at most.
    """
    drawn = np.random.default_rng(seed).permutation(len(sequences))[:CANDIDATES]
    rows = _means(sequences.take(drawn), vectors)
    goal, total, left = rows.mean(axis=0), np.zeros(rows.shape[1]), np.ones(len(rows), bool)
    lengths, used = np.diff(sequences.offsets)[drawn], 0
    picked: list[int] = []
    while left.any():
        # ‖goal - (total + row) / n‖² without what is the same for all, as rows have length 1 or 0
        n = len(picked) + 1
        scores = np.where(left, rows @ (n * goal - total), -np.inf)
        best = int(np.argmax(scores))
        left[best] = False
        if used + lengths[best] > budget:
            break
        picked.append(best)
        total += rows[best]
        used += int(lengths[best])
    return np.sort(drawn[picked])


def _filling(sequences: Sequences, order: np.ndarray, budget: float) -> np.ndarray:
    lengths = np.diff(sequences.offsets)[order]
    return np.asarray(order[np.cumsum(lengths) <= budget], np.int64)


def _means(sequences: Sequences, vectors: Vectors) -> np.ndarray:
    """The mean of each sequence's input rows at length 1, float64, shape (n, dim); zeros where no key is known."""
    from scipy.sparse import csr_matrix

    tokens, lengths, *_ = over(sequences, vectors.vocabulary)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    mix = csr_matrix((np.ones(len(tokens)), tokens, offsets), shape=(len(sequences), len(vectors)))
    rows = mix @ vectors.input.astype(np.float64)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
