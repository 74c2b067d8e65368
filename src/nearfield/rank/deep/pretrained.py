"""Embeddings that start from vectors learnt elsewhere: "item=42" from the vector of 42."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import FeatureSpace
from nearfield.rank.deep.checks import places_of
from nearfield.rank.deep.layout import pairs_of, rows_of
from nearfield.vectors import Vectors


class Pretrained(NamedTuple):
    """Rows of the table of embeddings, int64, shape (k,), and what they start as, float32, shape (k, dim)."""

    rows: np.ndarray
    vectors: np.ndarray


def pretrained_rows(
    pretrained: Mapping[str, Vectors],
    space: FeatureSpace,
    histories: Mapping[str, str] | None,
    vector_size: int,
) -> Pretrained:
    """Find the vector of each feature whose name is "field=key"; a history and its candidate share them.

    Raises
    ------
    BadInput
        A name that is no field, vectors of another size, features without names, or not one key that is known.
    """
    places_of(pretrained, space, "pretrained")
    pairs = pairs_of(histories, space)
    if space.names is None:
        raise BadInput("the features have no names, so that no vector can be found for them; expected such as item=42")
    table, keys = rows_of(space, pairs), [name.partition("=")[::2] for name in space.names]
    found: dict[int, np.ndarray] = {}
    for field, vectors in pretrained.items():
        if vectors.dim != vector_size:
            raise BadInput(
                f"the vectors of field {field!r} have {vectors.dim} numbers; expected vector_size, {vector_size}"
            )
        known = {
            feature if table is None else int(table[feature]): key
            for feature, (of, key) in enumerate(keys)
            if pairs.get(of, of) == pairs.get(field, field) and key in vectors
        }
        if not known:
            raise BadInput(
                f"not one feature of field {field!r} is a key of its vectors; expected names like {field}=key"
            )
        found |= dict(zip(known, vectors[list(known.values())], strict=True))
    rows = np.fromiter(found, np.int64, len(found))
    return Pretrained(rows, np.array(list(found.values()), np.float32).reshape(len(found), vector_size))
