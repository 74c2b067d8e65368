"""How `nearfield update` reads new data: as those of the fit were read, but for what is typed.

Rare keys are not dropped while reading, as known keys count however rare they are in the new data. `min_count` is how
often a new key must be seen there to come in; None where neither the command line nor the metadata say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearfield.cli import logs, text
from nearfield.cli.arguments import typed
from nearfield.cli.reading import of_log, of_text, say_differences

if TYPE_CHECKING:
    from nearfield.logs import UnknownEvents
    from nearfield.reading import Reading
    from nearfield.sequences import Sequences
    from nearfield.update import Update
    from nearfield.vectors import Vectors

EVENT_OPTIONS = {"event_weight", "half_life", "start_event", "rule"}  # those that may name kinds of events


class LogReader:
    """Reads logs, and with `users` remembers whose each sequence is."""

    def __init__(self, options: logs.LogOptions, kept: Reading, *, users: bool, verbose: bool) -> None:
        self.min_count = least_count(options, kept)
        self._users, self._verbose = users, verbose
        self._reading = of_log(options, kept)
        say_differences(kept, self._reading)
        self._reading["sessions"]["min_count"] = 1
        # a new log may lack a kind of event that mattered to the fit, but not one that was typed for it
        self._unknown: UnknownEvents = "refuse" if typed(options) & EVENT_OPTIONS else "skip"
        self._read: list[logs.Behaviour] = []

    def __call__(self, files: list[str]) -> Sequences:
        """Return the sequences of a log."""
        options: dict[str, Any] = {"users": self._users, "unknown_events": self._unknown}
        self._read.append(logs.read_behaviour(files, self._reading, verbose=self._verbose, **options))
        return self._read[-1].sequences

    def rows(self, before: Vectors, report: Update, **settings: Any) -> Vectors:
        """Return the rows of users after an update of their items, whose new log was read first.

        After "retrain" rows of before mean nothing: all are trained from scratch, on old and new.
        """
        from nearfield.update import update_users
        from nearfield.update.joining import joined

        retrained = report.strategy == "retrain"
        parts = self._read[::-1] if retrained else self._read[:1]
        users = [user for part in parts for user in part.users or ()]
        sequences = joined([part.sequences for part in parts])
        return update_users(None if retrained else before, report.vectors, sequences, users, **settings)


class TextReader:
    """Reads text."""

    def __init__(self, options: text.TextOptions, kept: Reading, min_count: int | None) -> None:
        self.min_count = min_count
        say_differences(kept, of_text(options, kept, **({} if min_count is None else {"min_count": min_count})))
        self._reading = of_text(options, kept, min_count=1, max_vocab_size=None)

    def __call__(self, files: list[str]) -> Sequences:
        """Return the sentences of text."""
        from nearfield.text import read_text

        return read_text(files, **self._reading["read_text"])


def least_count(options: Any, kept: Reading) -> int | None:
    """How often a new key must be seen: what was typed, or else what holds for the fit."""
    from nearfield.reading import min_count_of

    if "min_count" in typed(options):
        return int(options.min_count)
    return min_count_of(kept) if kept else None
