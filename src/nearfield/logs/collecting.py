"""From the engine's rows, batch by batch, to `Sequences`: what Python holds is one batch and the result."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import GrowingArray
from nearfield.logs.engine import batches
from nearfield.reading import Reading
from nearfield.sequences import Sequences, renumber, sequence_blocks
from nearfield.vocabulary import Vocabulary

ROWS_AT_ONCE = 1 << 18


class SessionDetails(NamedTuple):
    """Sessions and what they bring beside their items, one entry a session in each; `ItemEmbedding.fit` takes all.

    sequences : Sequences; users : list of str, whose session it is;
    goals : list of str or None, the last item of the session with the goal event;
    rejected : list of lists of str, the items with the rejected event, which are no part of the sequence.
    """

    sequences: Sequences
    users: list[str]
    goals: list[str | None]
    rejected: list[list[str]]


class Details:
    """What the rows tell of sessions beside their items, by the number of the session among all that begin."""

    def __init__(self) -> None:
        self.users: list[str] = []
        self.goals: dict[int, str] = {}
        self.rejected: dict[int, list[str]] = {}

    def take(self, batch: Any, begins: np.ndarray) -> None:
        """Take what a batch tells; `begins` is where in it sessions begin."""
        session = len(self.users) - 1 + np.cumsum(begins)
        # one object for all sessions of a user
        self.users += map(sys.intern, batch.column("user").filter(batch.column("begins")).to_pylist())
        shown = batch.column("shown")
        for row in np.flatnonzero(_flags(batch, "is_goal")).tolist():
            self.goals[int(session[row])] = shown[row].as_py()
        for row in np.flatnonzero(_flags(batch, "is_rejected")).tolist():
            self.rejected.setdefault(int(session[row]), []).append(shown[row].as_py())

    def of(self, sequences: Sequences, numbers: np.ndarray) -> SessionDetails:
        """Return what was told of these sessions."""
        chosen = numbers.tolist()
        users, goals = [self.users[i] for i in chosen], [self.goals.get(i) for i in chosen]
        return SessionDetails(sequences, users, goals, [self.rejected.get(i, []) for i in chosen])


def collect(
    rows: Any,
    items: Any,
    min_length: int,
    max_length: int | None,
    details: Details | None = None,
    reading: Reading | None = None,
) -> tuple[Sequences, np.ndarray]:
    """Return the sequences, and of each the number of its session among all that begin, int64.

    Sessions shorter than `min_length` are left out, longer ones than `max_length` are cut into pieces.
    """
    tokens, weights, times = GrowingArray(np.int32), GrowingArray(np.float32), GrowingArray(np.int64)
    starts = GrowingArray(np.int64)
    for batch in batches(rows, ROWS_AT_ONCE):
        ids, begins = _array(batch, "id", "int64"), _flags(batch, "begins")
        kept = ids >= 0
        starts.append((len(tokens) + np.cumsum(kept) - kept)[begins])
        tokens.append(ids[kept])
        times.append(_array(batch, "time", "int64")[kept])
        weights.append(
            _array(batch, "weight", "float64")[kept] if "weight" in batch.schema.names else np.ones(kept.sum())
        )
        if details is not None:
            details.take(batch, begins)
    arrays = {"tokens": tokens.array(), "weights": weights.array(), "times": times.array()}
    offsets = np.concatenate([starts.array(), [len(tokens)]])
    long_enough = np.diff(offsets) >= min_length
    if not long_enough.any():
        raise BadInput("no session is left; expected events: clean less, or lower min_count or min_length")
    arrays, offsets = _selected(arrays, offsets, long_enough)
    vocabulary, final = _vocabulary(items, arrays["tokens"])
    ids, _ = renumber(arrays["tokens"], np.diff(offsets), final)
    offsets, pieces = _in_pieces(offsets, max_length)
    numbers = np.repeat(np.flatnonzero(long_enough), pieces)
    return Sequences(vocabulary, ids, offsets, arrays["weights"], arrays["times"], reading), numbers


def _array(batch: Any, name: str, kind: str) -> np.ndarray:
    """A column without nulls as an array of this Arrow type; not by `to_numpy`, for which Arrow imports pandas.

    Engines have types of their own for what Ibis takes for another: DuckDB a decimal for a literal such as 5.0.
    """
    return np.from_dlpack(batch.column(name).cast(kind))


def _flags(batch: Any, name: str) -> np.ndarray:
    return _array(batch, name, "uint8").view(bool)


def _selected(
    arrays: dict[str, np.ndarray], offsets: np.ndarray, chosen: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Move the chosen sessions together, in place and block by block; return what they fill, and their offsets."""
    written = 0
    for first, stop in sequence_blocks(offsets):
        kept = np.repeat(chosen[first:stop], np.diff(offsets[first : stop + 1]))
        n = int(kept.sum())
        for array in arrays.values():
            array[written : written + n] = array[offsets[first] : offsets[stop]][kept]
        written += n
    lengths = np.diff(offsets)[chosen]
    return {name: array[:written] for name, array in arrays.items()}, np.concatenate([[0], np.cumsum(lengths)])


def _in_pieces(offsets: np.ndarray, longest: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the offsets with longer sessions cut into pieces, and the number of pieces of each session."""
    lengths = np.diff(offsets)
    if longest is None:
        return offsets, np.ones(len(lengths), np.int64)
    pieces = -(-lengths // longest)
    first = np.cumsum(pieces) - pieces
    within = np.arange(pieces.sum()) - np.repeat(first, pieces)
    return np.concatenate([np.repeat(offsets[:-1], pieces) + within * longest, offsets[-1:]]), pieces


def _vocabulary(items: Any, tokens: np.ndarray) -> tuple[Vocabulary, np.ndarray]:
    """The vocabulary of what was collected, most frequent first, equal counts by key; and each provisional id's own."""
    keys = [key for batch in batches(items.order_by("id")) for key in batch.column("listed").to_pylist()]
    counts = np.bincount(tokens, minlength=len(keys))
    by_key = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
    order = by_key[np.argsort(-counts[by_key], kind="stable")][: np.count_nonzero(counts)]
    final = np.full(len(keys), -1, np.int32)
    final[order] = np.arange(len(order))
    return Vocabulary([keys[i] for i in order.tolist()], counts[order]), final
