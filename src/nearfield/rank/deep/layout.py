"""Which fields a network sees, which of them are histories, and which row of the table each feature has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import FeatureSpace
from nearfield.rank.deep.checks import places_of


@dataclass(frozen=True)
class Layout:
    """Where the entries of rows go.

    Attributes
    ----------
    deep : ndarray of int64, shape (n_fields,)
        Of each field, its place among those that the network sees; -1: it does not.
    wide : ndarray of bool, shape (n_fields,)
        Whether the linear part sees it.
    rows : ndarray of int64, shape (n_features,), or None
        The row of each feature in the table of embeddings; None where each has its own.
    histories : tuple of (int, int)
        Places of fields that are no mean but a history, each with that of its candidate.
    """

    deep: np.ndarray
    wide: np.ndarray
    rows: np.ndarray | None
    histories: tuple[tuple[int, int], ...]

    @property
    def n_deep(self) -> int:
        """How many fields the network sees."""
        return int(self.deep.max(initial=-1)) + 1


def layout_of(settings: Any, space: FeatureSpace) -> Layout:
    """Return where the entries of a space go, by a ranker's parameters.

    Raises
    ------
    BadInput
        A name that is no field, or a history whose candidate is no field of the network.
    """
    deep = np.full(len(space.fields), -1, np.int64)
    seen = places_of(settings.seen_by_network(), space, "deep_fields")
    deep[seen] = np.arange(len(seen))
    wide = np.zeros(len(space.fields), bool)
    wide[places_of(settings.seen_by_linear(), space, "wide_fields")] = True
    pairs = pairs_of(settings.histories, space)
    for name, place in ((name, deep[space.fields.index(name)]) for pair in pairs.items() for name in pair):
        if place < 0:
            raise BadInput(f"histories names {name!r}, which deep_fields leaves out; expected fields of the network")
    places = [tuple(int(deep[space.fields.index(name)]) for name in pair) for pair in pairs.items()]
    pooled = () if settings.pooling == "mean" else tuple((first, second) for first, second in places)
    return Layout(deep, wide, rows_of(space, pairs), pooled)


def pairs_of(histories: Mapping[str, str] | None, space: FeatureSpace) -> dict[str, str]:
    """Return the histories with their candidates; raise `BadInput` for what is no field, or its own candidate."""
    pairs = dict(histories or {})
    places_of([name for pair in pairs.items() for name in pair], space, "histories")
    chained = [name for name, candidate in pairs.items() if candidate in pairs]
    if chained:
        raise BadInput(f"the candidate of history {chained[0]!r} is a history; expected a field with what is ranked")
    return pairs


def rows_of(space: FeatureSpace, pairs: Mapping[str, str]) -> np.ndarray | None:
    """Give features of a history the row of the same key in its candidate's field: "seen=42" that of "item=42".

    Of several features that share a row, it is that of the first, so that it stays when the space grows. Without names
    features are what they are: a history has the ids of its candidates.
    """
    if not pairs or space.names is None:
        return None
    rows, first = np.arange(space.size), dict[tuple[str, str], int]()
    for feature, name in enumerate(space.names):
        field, _, key = name.partition("=")
        if field in pairs or field in pairs.values():
            rows[feature] = first.setdefault((pairs.get(field, field), key), feature)
    return rows
