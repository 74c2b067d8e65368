"""A folder as it is at a moment, and which of its files are whole."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nearfield.errors import BadInput
from nearfield.io import compression
from nearfield.logs.sources import is_aside

SETTLE = 1.0  # seconds between two looks at a file that may be growing
LOOKS = 3  # after so many, lines are taken from a file that goes on growing

Wait = Callable[[float], object]  # waits for seconds; returns True where it was interrupted


class Kinds(Protocol):
    """What is told by the names of files; see `nearfield.follow.subject.Subject`."""

    def kind_of(self, name: str) -> str | None:
        """Return "parquet", another kind, or None for what is not meant."""

    def has_heading(self, name: str) -> bool:
        """Whether the first line names the columns."""


@dataclass(frozen=True, order=True)
class Seen:
    """A file at a look: its path within the folder, its bytes, and when it was changed, in nanoseconds since 1970."""

    name: str
    size: int
    mtime: int


def look(folder: Path, kinds: Kinds) -> dict[str, Seen]:
    """Return the files in a folder that are meant, by name."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: is no folder; expected one that files are written to")
    found = {}
    for file in sorted(folder.rglob("*")):
        if is_aside(file, folder) or kinds.kind_of(file.relative_to(folder).as_posix()) is None:
            continue
        try:
            facts = file.stat()
        except FileNotFoundError:
            continue  # it went between two looks
        if stat.S_ISREG(facts.st_mode) and facts.st_size:
            name = file.relative_to(folder).as_posix()
            found[name] = Seen(name, facts.st_size, facts.st_mtime_ns)
    return found


@dataclass(frozen=True)
class Looked:
    """What was found in a folder.

    Attributes
    ----------
    present : set of Seen
        All that is there.
    files : list of Seen
        Those that are unknown and whole, in the order of their names.
    growing : set of Seen
        Those that are unknown and may be half.
    """

    present: set[Seen]
    files: list[Seen]
    growing: set[Seen]

    @property
    def names(self) -> set[str]:
        """The names of all that is there."""
        return {seen.name for seen in self.present}


def whole(folder: Path, kinds: Kinds, known: Callable[[Seen], bool], wait: Wait) -> Looked:
    """Look until the unknown files are ones that nobody is writing any more.

    A file is whole when two looks have found it the same. From one that is never the same, such as the log of a server,
    lines can be taken: after LOOKS looks it counts as whole if it is plain text.
    """
    before = look(folder, kinds)
    unknown = growing = {seen for seen in before.values() if not known(seen)}
    for number in range(1, LOOKS):
        if not growing:
            break
        if wait(SETTLE):
            return Looked(set(before.values()), [], unknown)
        now = look(folder, kinds)
        unknown = {seen for seen in now.values() if not known(seen)}
        growing = {seen for seen in unknown if before.get(seen.name) != seen}
        before = now
        if number == LOOKS - 1:
            growing = {seen for seen in growing if not in_lines(seen.name, kinds)}
    return Looked(set(before.values()), sorted(unknown - growing), growing)


def in_lines(name: str, kinds: Kinds) -> bool:
    """Whether a file is plain text, to which lines may be added."""
    return compression(Path(name)) is None and kinds.kind_of(name) != "parquet"
