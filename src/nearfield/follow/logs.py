"""Behaviour logs: events become sequences, and these item vectors."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from nearfield.embed import ItemEmbedding
from nearfield.follow.sequences import SequenceSubject
from nearfield.follow.subject import Reading, checked
from nearfield.io import ending
from nearfield.logs import Log, UnknownEvents, read_log
from nearfield.logs.sources import KINDS, TEXTS
from nearfield.reading import Reading as Readings
from nearfield.reading import step
from nearfield.rereading import cleaned_alike, sessions_alike
from nearfield.sequences import Sequences
from nearfield.vectors import Vectors

ROLES = ("user", "item", "time", "event", "value", "dwell", "group")
Sessions = Callable[[Log], Sequences]


class Logs(SequenceSubject):
    """CSV, TSV, JSON lines or Parquet, plain or compressed, of which item vectors are learnt.

    Parameters
    ----------
    sessions : callable, optional
        From a `Log` to `Sequences`; by default cleaned, one sequence a user. It sees the new events of one step at a
        time: a session that goes on in the next step is two.
    first : ItemEmbedding, optional
        How the first version is fitted.
    min_count : int
        Items seen less often are left out. A new item comes in when it was seen so often in what is new and in what is
        kept for replay, together.
    memory : int
        Events that are kept for replay.
    **read
        Options of `nearfield.read_log`.
    """

    UNIT = "events"

    def __init__(
        self,
        *,
        sessions: Sessions | None = None,
        first: ItemEmbedding | None = None,
        min_count: int = 1,
        memory: int = 1_000_000,
        **read: Any,
    ) -> None:
        super().__init__(first or ItemEmbedding(verbose=False), min_count, memory)
        self.sessions = sessions or _users
        self.read = checked(read_log, read, without=("source",))

    @classmethod
    def of(cls, reading: Readings, unknown_events: UnknownEvents = "skip", **settings: Any) -> Logs:
        """Return logs that are read, cleaned and split by a reading, such as that of vectors; see `reading`.

        `unknown_events` is for the first step: later events may lack a kind that the reading names.
        """
        sessions = reading.get("sessions", {})
        of_steps: Iterator[UnknownEvents] = chain([unknown_events], repeat("skip"))

        def split(log: Log) -> Sequences:
            unknown = next(of_steps)
            return sessions_alike(all_items, cleaned_alike(reading, log, unknown), unknown)

        all_items = reading | {"sessions": sessions | {"min_count": 1}}
        return cls(
            sessions=split,
            min_count=sessions.get("min_count", 1),
            **settings,
            **reading["read_log"],
        )

    def kind_of(self, name: str) -> str | None:
        """By the ending; others are no part of a log."""
        return KINDS.get(ending(Path(name)))

    def has_heading(self, name: str) -> bool:
        """That of a CSV, unless `columns` are given."""
        return self.kind_of(name) in TEXTS and self.read.get("columns") is None

    def alike(self, name: str, file: Path) -> Hashable:
        """The kind, and the heading: columns may be in another order elsewhere."""
        if not self.has_heading(name):
            return self.kind_of(name)
        with file.open("rb") as opened:
            return self.kind_of(name), opened.readline().rstrip(b"\r\n")

    def reading(self, content: Vectors | None, temporary: Path) -> Reading:
        """Read whatever was learnt before."""
        return _LogReading(self.read, self.sessions, temporary)


class _LogReading(Reading):
    def __init__(self, options: Mapping[str, Any], sessions: Sessions, temporary: Path) -> None:
        self.options, self.sessions, self.temporary = options, sessions, temporary
        self.tables: list[Path] = []

    def add(self, files: list[Path]) -> None:
        """Write a table with our columns; files may have their own."""
        log = read_log(files, **self.options)
        if len(log):
            table = self.temporary / f"{len(self.tables)}.parquet"
            log.table.order_by("place").drop("place").to_parquet(table)
            self.tables.append(table)

    def data(self) -> Sequences | None:
        """Split all events into sessions."""
        if not self.tables:
            return None
        columns = {name for name in ROLES if name in ("user", "item", "time") or self.options.get(name)}
        names = {name: name for name in columns}
        zone = self.options.get("timezone", "UTC")
        # ids and times are those of our own tables
        sequences = self.sessions(read_log(self.tables, **names, time_unit="us", timezone=zone, nulls=[]))
        if sequences.reading:  # of the files, not of the tables between
            sequences.reading |= step("read_log", self.options)
        return sequences


def _users(log: Log) -> Sequences:
    return log.clean().sessions(None)
