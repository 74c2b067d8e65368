"""Where an update starts: a version, what it was learnt from, and what is kept of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nearfield.follow.new_parts import Part, after
from nearfield.follow.offsets import Offsets, read_offsets, write_offsets
from nearfield.follow.subject import Subject
from nearfield.store import Finding, Store, Version
from nearfield.store.gate import Check
from nearfield.update.memory import Sample

MEMORY = "memory"


@dataclass(frozen=True)
class Origin:
    """What an update goes on from.

    Attributes
    ----------
    version : Version or None
        The current one; None before the first.
    offsets : mapping of str to Learnt
        How far each file was learnt from.
    memory : Reservoir or RowReservoir
        A sample of what was learnt.
    """

    version: Version | None
    offsets: Offsets
    memory: Sample[Any]

    @property
    def number(self) -> int | None:
        """The number of the version."""
        return None if self.version is None else self.version.number

    def write_next(self, folder: Path, parts: Iterable[Part], aside: Mapping[str, str], unit: str) -> None:
        """Write what lies beside the version that has learnt these parts, too; `memory` has them already."""
        write_offsets(folder, after(self.offsets, parts), aside, unit)
        self.memory.save(folder / MEMORY)

    def still_current(self, store: Store) -> Check:
        """A check that refuses what began from a version that is not current any more.

        Else it would undo a rollback, or learn again what another program has learnt meanwhile.
        """

        def check(new: Any, old: Any) -> Finding:
            now = store.current()
            number = None if now is None else now.number
            return Finding("the current version", number == self.number, number, f"{self.number}, as when it began")

        return check


def origin_of(store: Store, version: Version | None, subject: Subject) -> Origin:
    """Read what lies beside a version, or beside the nearest before it if another program has published it."""
    there = {one.number: one for one in store.versions()}
    ours = version
    while ours is not None:
        beside = store.beside(ours.number)
        if beside.exists():
            return Origin(version, read_offsets(beside, subject.UNIT), subject.MEMORY.load(beside / MEMORY))
        ours = there.get(ours.previous or 0)
    return Origin(version, {}, subject.MEMORY(subject.memory, 1))
