"""What one look at a folder of logs has led to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nearfield.update.report import Update


@dataclass(frozen=True)
class Step:
    """What was learnt, and what was not.

    Attributes
    ----------
    version : int or None
        The number of the version that was published, if one was.
    files : tuple of str
        Those that were learnt from, or would have been.
    events : int
        How many were learnt.
    update : Update or None
        What has changed; None for the first version.
    aside : dict of str to str
        Why a file could not be read, by name; each is told once, and read again when it changes.
    refused : str or None
        Why no version was published: what a check has found, or that nothing is left of the events. The files are kept
        for the next update.
    """

    version: int | None = None
    files: tuple[str, ...] = ()
    events: int = 0
    update: Update | None = None
    aside: Mapping[str, str] = field(default_factory=dict)
    refused: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return all as JSON holds it."""
        return {
            "version": self.version,
            "files": list(self.files),
            "events": self.events,
            "update": None if self.update is None else self.update.as_dict(),
            "aside": dict(self.aside),
            "refused": self.refused,
        }

    def __str__(self) -> str:
        lines = [f"set aside: {message}" for message in self.aside.values()]
        n_files = f"{len(self.files):,} file{'' if len(self.files) == 1 else 's'}"
        if self.refused:
            lines.append(f"{n_files} kept for the next update: {self.refused}")
        if self.version is not None:
            lines.append(f"version {self.version} is current: {self.events:,} events of {n_files}")
        return "\n".join([*lines, *([str(self.update)] if self.update else [])])
