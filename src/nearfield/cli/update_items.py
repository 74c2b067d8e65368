"""`nearfield update` for items that have more beside them: rows of users, or the model that made their vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearfield.cli import logs, saving

if TYPE_CHECKING:
    from nearfield.cli.side import Side
    from nearfield.sequences import Sequences
    from nearfield.update import Update
    from nearfield.vectors import Vectors


class UserLogs:
    """Reads logs, and remembers whose each sequence is."""

    def __init__(self, options: logs.LogOptions, *, verbose: bool) -> None:
        self._options, self._verbose = options, verbose
        self._read: list[logs.Behaviour] = []

    def __call__(self, files: list[str]) -> Sequences:
        """Return the sequences of a log."""
        self._read.append(logs.read_behaviour(files, self._options, verbose=self._verbose, users=True))
        return self._read[-1].sequences

    def rows(self, before: Vectors, report: Update, **settings: Any) -> Vectors:
        """Return the rows of users after an update of their items, whose new log was read first.

        After "retrain" rows of before mean nothing: all are learnt anew, from old and new.
        """
        from nearfield.update import update_users
        from nearfield.update.joining import joined

        anew = report.strategy == "retrain"
        parts = self._read[::-1] if anew else self._read[:1]
        users = [user for part in parts for user in part.users or ()]
        sequences = joined([part.sequences for part in parts])
        return update_users(None if anew else before, report.vectors, sequences, users, **settings)


def save_with_model(report: Update, before: Vectors, known: Side | None, output: Path) -> None:
    """Save the vectors of an updated EGES, those of items that nobody has touched among them, and the model within."""
    from nearfield.cli.side import with_cold_items

    vectors = with_cold_items(report.content, known or {}, before, report.dropped_keys)
    saving.save(vectors, output, {saving.MODEL: report.content})
