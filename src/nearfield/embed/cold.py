"""Cold start: vectors for items that nobody has touched yet, from those of their nearest kin (Grbovic & Cheng 2018).

Section 4.3: "we … find 3 geographically closest listings that have embeddings, are of same listing type as the new
listing …, and calculate a mean vector of their embeddings".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.vectors import Vectors

Attributes = Mapping[str, Any]


def cold_items(
    vectors: Vectors,
    new: Mapping[str, Attributes],
    known: Mapping[str, Attributes],
    *,
    same: Sequence[str] = (),
    near: Sequence[str] = (),
    n: int = 3,
) -> Vectors:
    """Return vectors for new items: each the mean of the n nearest known items of the same kind.

    Parameters
    ----------
    vectors : Vectors
        Of known items, with or without output rows.
    new, known : mapping of item to mapping of attribute to value
        Known items without a vector are left out.
    same : names of attributes
        That must be equal, such as the type or the category.
    near : names of attributes
        Numbers whose Euclidean distance says how near two items are, such as place or price, in units that can be added
        up. Without them all items of the same kind are equally near.
    n : int
        How many known items are averaged; where `near` is empty, all of the kind are.

    Returns
    -------
    Vectors
        Of the new items that have at least one kin, in the order of `new`; the others stay unknown.

    Raises
    ------
    BadInput
        An attribute is missing or, in `near`, no finite number; n below 1; neither `same` nor `near`.
    """
    if not same and not near:
        raise BadInput("neither same nor near is given; expected attributes that say which items are kin")
    if n < 1:
        raise BadInput(f"n is {n}; expected at least 1")
    kin: dict[tuple[Any, ...], list[str]] = {}
    for item, attributes in known.items():
        if item in vectors:
            kin.setdefault(_values(item, attributes, same), []).append(item)
    places = {kind: np.array([_place(item, known[item], near) for item in items]) for kind, items in kin.items()}
    rows: dict[str, np.ndarray] = {}
    for item, attributes in new.items():
        kind = _values(item, attributes, same)
        if kind in kin:
            chosen = _nearest(places[kind], _place(item, attributes, near), n) if near else slice(None)
            rows[item] = vectors.vocabulary.ids(np.array(kin[kind], object)[chosen])
    if not rows:
        raise BadInput(f"none of {len(new)} new items has a known item of the same {', '.join(same) or 'kind'}")
    tables = (vectors.input, vectors.output)
    means = [
        None if table is None else np.stack([table[ids].mean(axis=0) for ids in rows.values()]) for table in tables
    ]
    assert means[0] is not None
    return Vectors(
        list(rows), means[0], means[1], metadata=vectors.metadata | {"cold": {"same": [*same], "near": [*near]}}
    )


def _nearest(places: np.ndarray, place: np.ndarray, n: int) -> np.ndarray:
    distances = np.linalg.norm(places - place, axis=1)
    return np.argsort(distances, kind="stable")[:n]


def _values(item: str, attributes: Attributes, names: Sequence[str]) -> tuple[Any, ...]:
    if absent := [name for name in names if name not in attributes]:
        raise BadInput(f"item {item!r} has no {absent[0]!r}; it has {', '.join(attributes) or 'no attributes'}")
    return tuple(attributes[name] for name in names)


def _place(item: str, attributes: Attributes, names: Sequence[str]) -> np.ndarray:
    values = _values(item, attributes, names)
    try:
        place = np.array(values, np.float64)
    except (TypeError, ValueError):
        place = np.array([np.nan])
    if not np.isfinite(place).all():
        raise BadInput(f"item {item!r}: {', '.join(names)} are {values!r}; expected finite numbers")
    return place
