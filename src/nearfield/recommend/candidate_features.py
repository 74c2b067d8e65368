"""Features of a history and a candidate, made from vectors and what is known of items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank.features.similarities import NumberColumns, with_numbers
from nearfield.recency import history_means
from nearfield.vectors import Vectors
from nearfield.vocabulary import Keys

Attributes = Mapping[str, Mapping[str, Sequence[str]]]


class CandidateFeatures:
    """Makes a row for each candidate: which item it is, what is known of it, and how near it is to the history.

    The fields are `item`, of one feature a key; one for each kind of attribute; and one number each: for each decay d
    `next d`, the dot product of the candidate's output row with the history's mean, by which `Vectors.next` orders, and
    `similarity d`, the cosine of its input row with it; and `log count`, ln(1 + how often the key was seen), where the
    vectors have counts. A number of what is not known is 0.

    Parameters
    ----------
    vectors : Vectors
        With an output matrix.
    attributes : dict of str to (dict of str to sequence of str), optional
        A kind → a key → what it has of it: `{"genre": {"42": ["Comedy", "Crime"]}}`.
    decays : sequence of float
        In (0, 1]: an entry of a history that is followed by i others weighs decay^i. With 1 all weigh the same.

    Attributes
    ----------
    space : FeatureSpace
        The same for the same vectors, attributes and decays.

    Raises
    ------
    BadInput
        No output matrix; an attribute called as another field; decays out of range, twice or none.
    """

    def __init__(
        self, vectors: Vectors, *, attributes: Attributes | None = None, decays: Sequence[float] = (1.0, 0.8)
    ) -> None:
        if vectors.output_table is None:
            raise BadInput("these vectors have no output matrix, which candidates need; save them in the native format")
        if not decays or len(set(decays)) < len(decays) or not all(0 < decay <= 1 for decay in decays):
            raise BadInput(f"decays are {tuple(decays)!r}; expected different numbers above 0, up to 1")
        self.vectors, self._output, self.decays = vectors, vectors.output_table, tuple(map(float, decays))
        self.attributes = {
            kind: {key: list(dict.fromkeys(values)) for key, values in of_keys.items()}
            for kind, of_keys in (attributes or {}).items()
        }
        if "item" in self.attributes:
            raise BadInput("an attribute is called 'item', which is the field of the keys; give it another name")
        cells = ((kind, value) for kind, of in self.attributes.items() for values in of.values() for value in values)
        names = [f"item={key}" for key in vectors.keys] + list(
            dict.fromkeys(f"{kind}={value}" for kind, value in cells)
        )
        self._numbers = {name: i for i, name in enumerate(names)}
        self._plain = FeatureSpace(len(names), ("item", *self.attributes), tuple(names))
        self.space = self([], []).space

    def __call__(self, histories: Sequence[Keys], candidates: Sequence[Sequence[str]]) -> Examples:
        """Return the rows of each history's candidates, history by history, with label 0."""
        keys = [key for one in candidates for key in one]
        named = [self._features(key) for key in keys]
        flat = np.array([pair for row in named for pair in row], np.int32).reshape(-1, 2)
        labels, indptr = np.zeros(len(keys), np.float32), np.cumsum([0, *map(len, named)])
        plain = Examples(labels, indptr, flat[:, 0], flat[:, 1], space=self._plain)
        owners = np.repeat(np.arange(len(histories)), [len(one) for one in candidates])
        return with_numbers(plain, self._columns(histories, owners, keys))

    def to_dict(self) -> dict[str, Any]:
        """Return what makes the same features of the same vectors, as JSON holds it."""
        return {"attributes": self.attributes, "decays": list(self.decays)}

    def _features(self, key: str) -> list[tuple[int, int]]:
        """Return the features of a candidate with their fields."""
        names = [(f"item={key}", 0)]
        for field, (kind, of_keys) in enumerate(self.attributes.items(), 1):
            names += [(f"{kind}={value}", field) for value in of_keys.get(key, ())]
        return [(self._numbers[name], field) for name, field in names if name in self._numbers]

    def _columns(self, histories: Sequence[Keys], owners: np.ndarray, keys: Sequence[str]) -> NumberColumns:
        vectors = self.vectors
        known = np.flatnonzero([key in vectors for key in keys])
        ids, owners = vectors.vocabulary.known(keys), owners[known]
        output, unit = self._output[ids], vectors.input_table.unit(ids)
        columns: dict[str, np.ndarray] = {}
        for decay in self.decays:
            given = None if decay == 1 else decay
            means = history_means(vectors.vocabulary, vectors.input_table, histories, None, None, given, "skip")[0]
            lengths = np.linalg.norm(means, axis=1, keepdims=True)
            of_rows = means[owners]
            columns[f"next {decay:g}"] = np.einsum("ij,ij->i", of_rows, output)
            columns[f"similarity {decay:g}"] = (
                np.einsum("ij,ij->i", of_rows, unit) / np.where(lengths, lengths, 1)[owners, 0]
            )
        if vectors.counts is not None:
            columns["log count"] = np.log1p(vectors.counts[ids])
        values = np.zeros((len(keys), len(columns)), np.float32)
        values[known] = np.stack(list(columns.values()), axis=1)
        return NumberColumns(tuple(columns), values)
