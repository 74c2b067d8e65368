"""What one look at a folder has led to."""

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
    n : int
        How many events, words or rows were learnt.
    unit : str
        Which.
    update : Update or None
        What has changed; None for the first version. Of rankers its figures say how well the new rows were foretold
        before they were learnt: progressive validation.
    aside : dict of str to str
        Why a file could not be read, by name; each is told once, and read again when it changes.
    warnings : tuple of str
        What was read over in the files that were read, such as bytes that are no UTF-8.
    refused : str or None
        Why no version was published: what a check has found, or that nothing is left to learn from. The files are kept
        for the next update.
    """

    version: int | None = None
    files: tuple[str, ...] = ()
    n: int = 0
    unit: str = "events"
    update: Update | None = None
    aside: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    refused: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return all as JSON holds it."""
        return {
            "version": self.version,
            "files": list(self.files),
            self.unit: self.n,
            "update": None if self.update is None else self.update.as_dict(),
            "aside": dict(self.aside),
            "warnings": list(self.warnings),
            "refused": self.refused,
        }

    def __str__(self) -> str:
        lines = [f"set aside: {message}" for message in self.aside.values()]
        lines += [f"warning: {message}" for message in self.warnings]
        n_files = f"{len(self.files):,} file{'' if len(self.files) == 1 else 's'}"
        if self.refused:
            lines.append(f"{n_files} kept for the next update: {self.refused}")
        if self.version is not None:
            lines.append(f"version {self.version} is current: {self.n:,} {self.unit} of {n_files}")
        return "\n".join([*lines, *([str(self.update)] if self.update else [])])
