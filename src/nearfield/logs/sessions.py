"""Where one session ends and the next begins, and from the engine's rows to `Sequences`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import GrowingArray
from nearfield.logs.engine import load_ibis
from nearfield.logs.schema import SECOND, in_time, local_time
from nearfield.recency import microseconds
from nearfield.sequences import Sequences, renumber
from nearfield.vocabulary import Vocabulary

DAY = 86_400 * SECOND
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


def in_sessions(log: Any, gap: str | float | None, start_event: str | None, timezone: str) -> Any:
    """Return the log with the number of each event's session within its user, int64, as `session`.

    A session ends where the user is idle for longer than `gap` (a pause of exactly the gap does not end it), on another
    day for "day", nowhere for None; and before each event of the kind `start_event`.
    """
    ibis = load_ibis()
    if gap == "day":
        log = log.mutate(day=(local_time(log, timezone) / DAY).floor().cast("int64"))
    in_order = ibis.window(group_by=log.user, order_by=in_time(log))
    before = log.time.lag().over(in_order)
    begins = before.isnull()
    if gap == "day":
        begins = begins | (log.day != log.day.lag().over(in_order))
    elif gap is not None:
        begins = begins | (log.time - before > int(microseconds(gap)))
    if start_event is not None:
        if "event" not in log.columns:
            raise BadInput("start_event, but the log has no events; name their column: read_log(event=…)")
        begins = begins | (log.event == start_event).fill_null(False)
    flagged = log.mutate(begins=begins.fill_null(False).cast("int64"))
    so_far = ibis.cumulative_window(group_by=flagged.user, order_by=in_time(flagged))
    return flagged.mutate(session=flagged.begins.sum().over(so_far).cast("int64")).drop("begins")


def rows_of(
    sessions: Any, min_count: int, min_length: int, kept: Callable[[Any], Any] = lambda table: table
) -> tuple[Any, Any]:
    """Return the rows to collect, and the table of items with their provisional ids.

    A row has `id`, `weight`, `time`, and its `position` within its session; items seen fewer than `min_count` times
    have been left out, and then sessions shorter than `min_length`. `kept` has the engine write down what is read
    twice.
    """
    ibis = load_ibis()
    counts = sessions.group_by("item").aggregate(n=sessions.count()).filter(lambda t: t.n >= min_count)
    items = kept(counts.mutate(id=ibis.row_number().over(ibis.window(order_by=counts.item)).cast("int64")).drop("n"))
    known = sessions.inner_join(items, "item")
    of_session = ibis.window(group_by=[known.user, known.session])
    in_order = ibis.window(group_by=[known.user, known.session], order_by=in_time(known))
    placed = known.mutate(position=ibis.row_number().over(in_order).cast("int64"), n=known.id.count().over(of_session))
    return placed.filter(placed.n >= min_length).order_by([placed.user, *in_time(placed)]), items


def collect(rows: Any, items: Any, max_length: int | None) -> Sequences:
    """Bring rows from the engine batch by batch; what Python holds at a time is one batch and the vocabulary."""
    tokens, weights, times = GrowingArray(np.int32), GrowingArray(np.float32), GrowingArray(np.int64)
    begins = GrowingArray(np.int64)
    for batch in rows.select("id", "weight", "time", "position").to_pyarrow_batches(chunk_size=ROWS_AT_ONCE):
        columns = {name: batch.column(name).to_numpy(zero_copy_only=False) for name in batch.schema.names}
        position = columns["position"] if max_length is None else columns["position"] % max_length
        begins.append(len(tokens) + np.flatnonzero(position == 0))
        for array, name in ((tokens, "id"), (weights, "weight"), (times, "time")):
            array.append(columns[name])
    if not len(tokens):
        raise BadInput("no session is left; expected events: clean less, or lower min_count or min_length")
    offsets = np.concatenate([begins.array(), [len(tokens)]])
    vocabulary, final = _vocabulary(items, tokens.array())
    ids, _ = renumber(tokens.array(), np.diff(offsets), final)
    return Sequences(vocabulary, ids, offsets, weights.array(), times.array())


def _vocabulary(items: Any, tokens: np.ndarray) -> tuple[Vocabulary, np.ndarray]:
    """The vocabulary of what was collected, most frequent first, equal counts by key; and each provisional id's own."""
    table = items.order_by("id").to_pyarrow()
    keys = table.column("item").to_pylist()
    counts = np.bincount(tokens, minlength=len(keys))
    by_key = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
    order = by_key[np.argsort(-counts[by_key], kind="stable")][: np.count_nonzero(counts)]
    final = np.full(len(keys), -1, np.int32)
    final[order] = np.arange(len(order))
    return Vocabulary([keys[i] for i in order.tolist()], counts[order]), final
