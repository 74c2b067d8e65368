"""New and old data, as they are given to an update."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.graph import Graph
from nearfield.sequences import Sequences
from nearfield.update.memory import Reservoir, RowReservoir


def as_sequences(given: Any) -> Sequences:
    """Return sequences, made of lists of keys where they are none yet."""
    if isinstance(given, Sequences):
        return given
    if isinstance(given, str | Graph | Examples) or not isinstance(given, Iterable):
        raise BadInput(f"new data are {given!r:.60}; expected Sequences or lists of keys")
    return Sequences.from_lists(given)


def as_past(given: Any) -> Sequences | Reservoir | None:
    """Return old sequences, a reservoir of them, or None."""
    return given if given is None or isinstance(given, Reservoir) else as_sequences(given)


def as_past_rows(given: Any, new: Examples) -> Examples | None:
    """Return old rows, those of a reservoir, too; none of the kind of `new` where it is empty."""
    if isinstance(given, RowReservoir):
        return new[:0] if given.rows() is None else given.rows()
    found: Examples | None = of_kind(given, Examples, none=True)
    return found


def of_kind(given: Any, kind: type, *, none: bool = False) -> Any:
    """Return what is given, where it is of a kind, or None and may be."""
    if isinstance(given, kind) or (none and given is None):
        return given
    raise BadInput(f"new or old data are a {type(given).__name__}; expected {kind.__name__} for this model")
