"""EGES and GES: items with side information (Wang et al., KDD 2018, arXiv:1803.02349)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from nearfield.embed.corpus import SequenceCorpus
from nearfield.embed.word2vec import Direction, Word2Vec
from nearfield.errors import BadInput, UnknownKey
from nearfield.parameters import Epochs, LearningRate, Negative, NoiseExponent, VectorSize, Window, Workers
from nearfield.sequences import Sequences
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from nearfield.embed.run import Run
    from nearfield.embed.slots import ItemSlots, Side
    from nearfield.vocabulary import Vocabulary

LEAST_SHARE = 1e-6


class EGES(Word2Vec):
    """Item vectors that are made of an item's own row and of those of its side information, such as genre and brand.

    Skip-gram with negative sampling, where the input vector of an item is a mean of its slots (itself, and each of its
    fields) with weights of its own: what is known of a rare item is learnt from others with the same values, and an
    item never seen has a vector from its values alone. `embed.kernels.side_information` has formulas and gradients.

    Parameters
    ----------
    attention : bool
        EGES: every item learns how much each of its slots counts (equation 6). False is GES (section 2.4): all the
        same.
    epochs : int
        Passes over the sequences: more than for `ItemEmbedding`, because rows of items move by their share only.
    direction, window, vector_size, min_count, sample, negative, ns_exponent, alpha, min_alpha, workers, seed
        As for `ItemEmbedding`.
    verbose : bool
        Tell the progress on standard error.

    Attributes
    ----------
    vectors_ : Vectors
        Of the items: H as input rows, output rows, counts. `similar` and `next` both answer.
    side_vectors_ : Vectors
        Of the values, as "field=value", in the same space.
    item_rows_ : ndarray of float32, shape (n_items, vector_size)
        Of the items' own slots.
    losses_ : list of float
        The mean loss of each epoch, sampled.
    """

    architecture: Literal["skipgram"] = field(default="skipgram", init=False)
    loss: Literal["negative"] = field(default="negative", init=False)
    cbow_mean: bool = field(default=True, init=False)
    checkpoint: None = field(default=None, init=False)
    checkpoint_minutes: float = field(default=10.0, init=False)
    attention: bool = True
    direction: Direction = "forward"
    window: Window = 10
    vector_size: VectorSize = 64
    negative: Negative = 20
    ns_exponent: NoiseExponent = 0.25
    alpha: LearningRate = 0.05
    epochs: Epochs = 40
    workers: Workers = 1

    UNIT = "items"

    def fit(  # type: ignore[override]  # a Word2Vec has sequences only
        self, sequences: Sequences | Iterable[Iterable[str]], *, side: Side
    ) -> Self:
        """Learn from sequences, or from lists of items, the oldest first; from walks over a graph as well.

        Parameters
        ----------
        sequences : Sequences, or iterable of lists of str
        side : mapping of field to mapping of item to value, or to a list of values
            Such as {"genre": {"film1": ["Comedy", "Drama"]}, "studio": {"film1": "A24"}}. An item without a value lacks
            the slot; several values share one.

        Raises
        ------
        BadInput
            A parameter out of range; side information of another shape; fewer than two items.
        KeyboardInterrupt
            On Ctrl-C: `vectors_` holds what has been learnt so far.
        """
        from nearfield.embed.slots import ItemSlots  # brings Numba, which takes a while

        self._check_parameters()
        if not isinstance(sequences, Sequences):
            sequences = Sequences.from_lists(sequences)
        n_keys = self._count_keys(sequences)
        self._slots = ItemSlots(sequences.vocabulary, n_keys, side)
        return self._fit(SequenceCorpus(sequences), n_keys, slots=self._slots)

    def attention_of(self, item: str) -> dict[str, float]:
        """Return the share of each slot of an item in its vector; the item's own is called "item"."""
        from nearfield.embed.slots import ITEM

        number, slots = self.vectors_.vocabulary[item], self._slots
        some = slice(*slots.offsets[number : number + 2])
        names = [ITEM if field < 0 else slots.fields[field] for field in slots.field_of[some]]
        return dict(zip(names, map(float, slots.shares()[some]), strict=True))

    def cold(
        self, side: Mapping[str, Mapping[str, str | Iterable[str]]], *, neighbours: int = 10, unknown: str = "raise"
    ) -> Vectors:
        """Return vectors for items that were never seen, from their side information alone.

        The input row is the mean of the rows of an item's fields, weighted by the mean attention of each field: the way
        to find new items is `similar`. The output row is the mean of those of the items nearest by cosine, weighted by
        it; being a mean, it hardly ever comes before theirs, so that `next` tells new items apart but hardly ever puts
        one before known ones.

        Parameters
        ----------
        side : mapping of item to mapping of field to value or list of values
        neighbours : int
            How many items the output row is averaged over.
        unknown : {"raise", "skip"}
            What becomes of an item none of whose values has been seen.

        Raises
        ------
        UnknownKey, BadInput
            An unknown field; an item none of whose values has been seen, unless `unknown` is "skip"; no item left.
        """
        warm = self.vectors_
        if unknown not in ("raise", "skip") or not isinstance(neighbours, int) or neighbours < 1:
            raise BadInput(f"unknown is {unknown!r}, neighbours {neighbours!r}; expected raise or skip, and 1 or more")
        if not isinstance(side, Mapping) or not all(isinstance(fields, Mapping) for fields in side.values()):
            raise BadInput(f"side is {side!r:.60}; expected a mapping of item to a mapping of field to value or values")
        rows = self.value_means(side)
        for item, row in rows.items():
            if row is None and unknown == "raise":
                raise UnknownKey(f"no value of item {item!r} has been seen in training; unknown='skip' leaves it out")
        found = {item: row for item, row in rows.items() if row is not None}
        if not found:
            raise BadInput(f"none of {len(side)} items has a value that was seen in training")
        input = np.stack(list(found.values()))
        assert warm.output is not None
        near = warm.similar_batch(input, k=min(neighbours, len(warm)))
        output = np.stack([_weighted_mean(warm, warm.output, one) for one in near])
        return Vectors(list(found), input, output, metadata=warm.metadata | {"cold": "side information"})

    def value_means(self, side: Mapping[str, Mapping[str, str | Iterable[str]]]) -> dict[str, np.ndarray | None]:
        """Return the input row that `cold` gives each item, float32, shape (dim,); None where it knows no value."""
        shares = dict(zip(self._slots.fields, self._slots.mean_shares(), strict=True))
        return {item: self._cold_row(item, fields, shares) for item, fields in side.items()}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder that `nearfield.load` opens as this model, to be asked and updated; whole or not at all."""
        from nearfield.embed.side_storage import save_model

        save_model(self, Path(path))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> EGES:
        """Read what `save` wrote; what is damaged, or something else, raises `BadInput`."""
        from nearfield.embed.side_storage import load_model

        return load_model(Path(path))

    def _cold_row(
        self, item: str, fields: Mapping[str, str | Iterable[str]], shares: Mapping[str, float]
    ) -> np.ndarray | None:
        from nearfield.embed.slots import values_of

        table = self.side_vectors_
        if absent := [field for field in fields if field not in shares]:
            raise UnknownKey(f"item {item!r} has the field {absent[0]!r}; known are {', '.join(shares)}")
        weights, means = [], []
        for name, given in fields.items():
            seen = [value for value in values_of(given, name, item) if value in table]
            if seen:
                weights.append(max(shares[name], LEAST_SHARE))  # no item may carry it any more
                means.append(table[seen].mean(axis=0))
        return np.average(means, axis=0, weights=weights).astype(np.float32) if means else None

    def _keep(self, run: Run, vocabulary: Vocabulary) -> None:
        table = np.array(run.model.input[:, : self.vector_size])  # before the run's tables are used up
        super()._keep(run, vocabulary)
        items = self.vectors_
        assert items.output is not None
        self.take_on(self._slots, table, items.output, items.vocabulary, items.metadata)

    def take_on(
        self, slots: ItemSlots, table: np.ndarray, output: np.ndarray, vocabulary: Vocabulary, metadata: dict[str, Any]
    ) -> None:
        """Be what was learnt: `table` has the rows of the items' own slots, then those of the values."""
        n_keys = slots.n_keys
        self._slots, self.item_rows_ = slots, table[:n_keys]
        self.vectors_ = Vectors(vocabulary.keys, slots.hidden(table), output, vocabulary.counts, metadata)
        self.side_vectors_ = Vectors(slots.values, table[n_keys:], metadata=metadata)


def _weighted_mean(vectors: Vectors, table: np.ndarray, neighbours: list[tuple[str, float]]) -> np.ndarray:
    rows = table[vectors.vocabulary.ids([key for key, _ in neighbours])]
    weights = np.maximum([score for _, score in neighbours], 1e-6)
    return np.average(rows, axis=0, weights=weights).astype(np.float32)
