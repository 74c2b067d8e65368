"""Do rows number their features as a model does?"""

from __future__ import annotations

from nearfield.errors import BadInput
from nearfield.examples import FeatureSpace


def largest_space(known: FeatureSpace, *others: FeatureSpace) -> FeatureSpace:
    """Return the largest of the space of a model and those of rows, of which all others are a beginning.

    A ranker itself looks at sizes only: rows that were read by themselves, where feature 7 is another one, would be
    learnt from without a word.

    Raises
    ------
    BadInput
        The fields differ, the columns that they were read from, the hashing, or the name of a feature.
    """
    largest = max((known, *others), key=lambda space: space.size)
    for one in (known, *others):
        if (found := _difference(one, largest)) is not None:
            raise BadInput(f"{found}: rows and model do not agree; read the rows with space=model.space_")
    return largest


def _difference(one: FeatureSpace, largest: FeatureSpace) -> str | None:
    """Say why a space is no beginning of another."""
    if one.fields != largest.fields:
        return f"the fields are {', '.join(one.fields):.80} and {', '.join(largest.fields):.80}"
    if one.bits != largest.bits:
        return f"features are hashed to {one.bits} and to {largest.bits} bits"
    for (field, column), (_, other) in zip(one.schema, largest.schema, strict=False):
        if column != other:  # such as numbers scaled by the mean of other rows
            return f"column {column.source or field!r} became features in two ways"
    if one.names and largest.names and one.names != largest.names[: one.size]:
        place = next(i for i, name in enumerate(one.names) if name != largest.names[i])
        return f"feature {place:,} is {one.names[place]!r} and {largest.names[place]!r}"
    return None
