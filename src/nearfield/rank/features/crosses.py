"""Crosses: each combination of the features that a row has in two or three fields becomes a feature of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nearfield.arrays import run_places
from nearfield.columns import SIGN, HashBits, check_bits
from nearfield.errors import BadInput
from nearfield.examples import Examples, check_examples
from nearfield.feature_space import Crossed, FeatureSpace
from nearfield.parameters import checks_arguments
from nearfield.rank.features.hashing import hash_names, hash_numbers, slots_of

Cross = Sequence[str]


class Combinations(NamedTuple):
    """The combinations of some fields that rows have, in the order of the rows.

    rows : int64, shape (c,); features : int32, shape (n_fields, c); values : float32, shape (c,), their products.
    """

    rows: np.ndarray
    features: np.ndarray
    values: np.ndarray


@checks_arguments
def cross(
    examples: Examples, crosses: Sequence[Cross], *, bits: HashBits | None = None, space: FeatureSpace | None = None
) -> Examples:
    """Return the rows with a field more for each cross, such as "education×occupation", behind those that they have.

    A linear model can then remember what single features cannot tell, such as a bachelor in sales. A feature of a cross
    has the product of the values of its parts; where a field has several features, each is combined with each.

    Parameters
    ----------
    examples : Examples
    crosses : sequence of sequence of str
        Two or three different names of fields each, such as `[("education", "occupation")]`.
    bits : int, optional
        Hash the combinations of all crosses to 2^bits slots behind the features that are there, so that rows of any
        time are crossed alike. Without it each combination has a number and a name, which needs features with names.
    space : FeatureSpace, optional
        That of rows crossed before, such as the training's: the rows are brought into the space that those had before,
        and combinations that it does not have are left out.

    Raises
    ------
    BadInput
        A cross of other than two or three fields, of unknown ones, or one that is there already; features without names
        and no bits; a space that is not that of such crosses.
    """
    check_examples(examples)
    if not isinstance(crosses, Sequence) or isinstance(crosses, str):
        raise BadInput(f"crosses is {crosses!r}; expected a list of crosses, such as [('user', 'genre')]")
    if space is not None and space.crossed is not None:
        examples = examples.in_space(space.crossed.space)
    known = examples.space
    names = tuple(_name(one, known) for one in crosses)
    taken = [name for i, name in enumerate(names) if name in (*known.fields, *names[:i])]
    if taken:
        raise BadInput(f"there is a field {taken[0]!r} already; cross the rows that are not crossed yet")
    parts = [combinations(examples, one) for one in crosses]
    if bits is None:
        found, grown = _numbered(parts, crosses, known, space)
    else:
        found = [known.size + hashed(part, name, bits) for part, name in zip(parts, names, strict=True)]
        grown = _grown(known, known.size + (1 << check_bits(bits)), crosses, None, bits)
        if space not in (None, grown):
            raise _other_space(grown)
    return _joined(examples, parts, found, grown)


def combinations(examples: Examples, fields: Cross) -> Combinations:
    """Return all combinations of the features that each row has in some fields."""
    of_entries = np.repeat(np.arange(len(examples)), np.diff(examples.indptr))
    rows, values = np.arange(len(examples)), np.ones(len(examples), np.float32)
    features = np.empty((0, len(examples)), np.int32)
    for name in fields:
        number = examples.space.fields.index(name)
        there = _entries_of(examples, number)
        counts = np.bincount(of_entries[there], minlength=len(examples))
        starts = np.cumsum(counts) - counts
        times = counts[rows]  # each combination so far goes with each entry that its row has here
        entries = there[run_places(starts[rows], times)]
        repeated = np.repeat(np.arange(len(rows)), times)
        rows = rows[repeated]
        features = np.vstack([features[:, repeated], examples.features[entries]])
        values = values[repeated] if examples.values is None else values[repeated] * examples.values[entries]
    return Combinations(rows, features, values)


def _entries_of(examples: Examples, field: int) -> np.ndarray:
    if examples.fields is not None:
        return np.flatnonzero(examples.fields == field)
    return np.arange(0 if field else len(examples.features))


def hashed(part: Combinations, name: str, bits: int) -> np.ndarray:
    """Return the slot of each combination, int32, shape (c,): XXH64 of the cross's name's hash and of the features."""
    of_name = np.full(len(part.rows), hash_names([name])[0].view(np.int64))
    return slots_of(hash_numbers(of_name, *part.features.astype(np.int64)), bits)


def _name(fields: Cross, space: FeatureSpace) -> str:
    if isinstance(fields, str) or not 2 <= len(fields) <= 3 or len(set(fields)) < len(fields):
        raise BadInput(f"a cross is {fields!r}; expected two or three different fields, such as ('user', 'genre')")
    unknown = [field for field in fields if field not in space.fields]
    if unknown:
        raise BadInput(f"there is no field {unknown[0]!r} to cross; the fields are {', '.join(space.fields)}")
    return SIGN.join(fields)


def _numbered(
    parts: Sequence[Combinations], crosses: Sequence[Cross], known: FeatureSpace, space: FeatureSpace | None
) -> tuple[list[np.ndarray], FeatureSpace]:
    """Return the number of each combination, -1 where a given space does not have it, and the space."""
    if known.names is None:
        raise BadInput("the features have no names, so that combinations cannot be named; give bits, such as bits=18")
    fields = (*known.fields, *map(SIGN.join, crosses))
    if space is not None and (
        space.names is None or space.fields != fields or space.names[: known.size] != known.names
    ):
        raise _other_space(FeatureSpace(known.size, fields))
    numbers = {name: i for i, name in enumerate(known.names if space is None else space.names or ())}
    found = []
    for part, one in zip(parts, crosses, strict=True):
        distinct, inverse = _distinct(part.features, known.size)
        labels = [_label(one, [known.names[feature] for feature in column]) for column in distinct.T.tolist()]
        if space is None:
            of_distinct = [numbers.setdefault(label, len(numbers)) for label in labels]
        else:
            of_distinct = [numbers.get(label, -1) for label in labels]
        found.append(np.array(of_distinct, np.int32)[inverse])
    return found, space or _grown(known, len(numbers), crosses, tuple(numbers))


def _grown(
    known: FeatureSpace, size: int, crosses: Sequence[Cross], names: tuple[str, ...] | None, bits: int | None = None
) -> FeatureSpace:
    """The space of rows that are crossed, from that of the rows before."""
    fields = (*known.fields, *map(SIGN.join, crosses))
    crossed = Crossed(known, tuple(tuple(fields) for fields in crosses), bits)
    return FeatureSpace(size, fields, names, None, known.schema, crossed)


def _label(fields: Cross, parts: Sequence[str]) -> str:
    """Call a combination as the reader of tables does: `age×city=[25, 32)×Rome`."""
    cells = (part.removeprefix(f"{field}=") for field, part in zip(fields, parts, strict=True))
    return f"{SIGN.join(fields)}={SIGN.join(cells)}"


def _distinct(features: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the different columns, and which of them each column is."""
    codes = np.zeros(features.shape[1], np.int64)
    for row in features:  # codes are dense before each step, so that the product stays far below 2^63
        first, codes = np.unique(codes * size + row, return_index=True, return_inverse=True)[1:]
    return features[:, first], codes


def _joined(
    examples: Examples, parts: Sequence[Combinations], found: Sequence[np.ndarray], space: FeatureSpace
) -> Examples:
    n = len(examples)
    kept = [numbers >= 0 for numbers in found]
    rows = [np.repeat(np.arange(n), np.diff(examples.indptr)), *(p.rows[k] for p, k in zip(parts, kept, strict=True))]
    order = np.argsort(np.concatenate(rows), kind="stable")  # of one row: its own entries first, then cross by cross
    own = len(examples.space.fields)
    columns = {
        "features": [examples.features, *(numbers[k] for numbers, k in zip(found, kept, strict=True))],
        "fields": [examples.entry_fields, *(np.full(k.sum(), own + i, np.int32) for i, k in enumerate(kept))],
        "values": [examples.entry_values, *(p.values[k] for p, k in zip(parts, kept, strict=True))],
    }
    indptr = np.concatenate([[0], np.cumsum(np.bincount(np.concatenate(rows), minlength=n))])
    entries = {name: np.concatenate(arrays)[order] for name, arrays in columns.items()}
    return examples.with_entries(indptr, **entries, space=space)


def _other_space(wanted: FeatureSpace) -> BadInput:
    return BadInput(
        f"the space is not that of these rows with these crosses; expected fields {', '.join(wanted.fields)} with the"
        " same features before them"
    )
