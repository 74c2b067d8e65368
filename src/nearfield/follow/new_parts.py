"""Which bytes of which files are new, whatever the files are called now."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nearfield.errors import StorageError
from nearfield.files import storage_errors
from nearfield.follow.looking import Kinds, Seen, in_lines
from nearfield.follow.offsets import Learnt, Offsets

BLOCK = 1 << 22

Digests = dict[int, str]  # the number of bytes from the beginning of a file → their SHA-256


@dataclass(frozen=True)
class Part:
    """The bytes of a file from `start` to `stop`.

    Attributes
    ----------
    seen : Seen
    start, stop : int
        Equal where a file that is all learnt has another name, which is only to be remembered.
    sha256 : str
        Of all bytes before `stop`.
    replaces : frozenset of str
        Names under which the beginning was learnt and which it has no more.
    """

    seen: Seen
    start: int
    stop: int
    sha256: str
    replaces: frozenset[str] = frozenset()

    @property
    def learnt(self) -> Learnt:
        """What there is to remember of the file when this part has been learnt."""
        return Learnt(self.stop, self.sha256, self.seen.mtime)


def after(offsets: Offsets, parts: Iterable[Part]) -> Offsets:
    """Return the offsets when parts have been learnt."""
    taken = list(parts)
    gone = {name for part in taken for name in part.replaces}
    left = {name: one for name, one in offsets.items() if name not in gone}
    return left | {part.seen.name: part.learnt for part in taken}


def new_parts(
    folder: Path, files: list[Seen], present: Iterable[str], offsets: Offsets, kinds: Kinds
) -> tuple[list[Part], dict[str, str]]:
    """Return what of some files has not been learnt yet, and of each file that cannot be used why not.

    Files are recognised by content. One that begins as another was learnt goes on from there, so that what was renamed,
    such as a log that is rotated, or copied is not learnt twice. Of text whole lines are taken. A file that does not
    begin any more as it was learnt is set aside, unless its name was given on.

    Parameters
    ----------
    folder : Path
    files : list of Seen
        Those to read.
    present : iterable of str
        The names of all files in the folder.
    offsets : mapping of name to Learnt
    kinds : Kinds
    """
    sizes = sorted({one.size for one in offsets.values()})
    stops, digests, aside = _read(folder, files, sizes, kinds)
    known = _Known(offsets, digests, set(present))
    parts = [part for seen in files if seen.name in stops and (part := known.part(seen, stops[seen.name]))]
    parts = _each_once(parts)
    moved = {name for part in parts for name in part.replaces}
    changed = {part.seen.name for part in parts if not part.start and known.is_lost(part.seen.name, moved)}
    for name in changed:
        aside[name] = (
            f"{folder / name}: its first {offsets[name].size:,} bytes are not those that were learnt from;"
            " lines may be added at its end only: give what is new a name of its own"
        )
    return [part for part in parts if part.seen.name not in changed], aside


class _Known:
    """What was learnt, by content."""

    def __init__(self, offsets: Offsets, digests: Mapping[str, Digests], present: set[str]) -> None:
        self.offsets, self.digests, self.present = offsets, digests, present
        self.names: dict[tuple[int, str], set[str]] = {}
        for name, one in offsets.items():
            self.names.setdefault((one.size, one.sha256), set()).add(name)

    def part(self, seen: Seen, stop: int) -> Part | None:
        """What there is to learn of a file, or to remember where it has another name; None if there is neither."""
        contents = [content for content in self.digests[seen.name].items() if content in self.names]
        begins_as = {name for content in contents for name in self.names[content]}
        start = max((size for size, _ in contents), default=0)
        stop = max(start, stop)
        if stop == start and (seen.name in begins_as or not begins_as):
            return None
        replaces = frozenset(name for name in begins_as - {seen.name} if self._is_other(name))
        return Part(seen, start, stop, self.digests[seen.name][stop], replaces)

    def is_lost(self, name: str, moved: set[str]) -> bool:
        """Whether what was learnt under a name is nowhere any more, though the name is there."""
        if name not in self.offsets or name in moved or not self._is_other(name):
            return False
        one = self.offsets[name]
        return self.names[one.size, one.sha256] == {name}

    def _is_other(self, name: str) -> bool:
        """Whether a name stands for another content now, or none."""
        one = self.offsets[name]
        read = self.digests.get(name, {one.size: one.sha256})  # what was not read is as it was
        return name not in self.present or read.get(one.size) != one.sha256


def _each_once(parts: list[Part]) -> list[Part]:
    """Of files with the same content all but the first are only remembered."""
    first: dict[str, Part] = {}
    for part in parts:
        first.setdefault(part.sha256, part)
    return [part if first[part.sha256] is part else replace(part, start=part.stop) for part in parts]


def _read(
    folder: Path, files: list[Seen], sizes: list[int], kinds: Kinds
) -> tuple[dict[str, int], dict[str, Digests], dict[str, str]]:
    """Return how much of each file can be taken, its digests, and why some cannot be read."""
    stops, digests, aside = {}, {}, {}
    for seen in files:
        try:
            stops[seen.name], digests[seen.name] = _digests(folder, seen, sizes, kinds)
        except StorageError as error:
            if not isinstance(error.__cause__, FileNotFoundError):  # else it went after the look
                aside[seen.name] = str(error)
    return stops, digests, aside


def _digests(folder: Path, seen: Seen, sizes: list[int], kinds: Kinds) -> tuple[int, Digests]:
    """Return where the last whole line ends (0: of the heading; no text: the file), and digests there and at sizes."""
    sha256, at, stop, digests = hashlib.sha256(), 0, 0, {}
    path, lines = folder / seen.name, in_lines(seen.name, kinds)
    with storage_errors(path), path.open("rb") as file:
        first = len(file.readline()) if kinds.has_heading(seen.name) else 0
        file.seek(0)
        while block := file.read(min(BLOCK, seen.size - at)):
            begin, at = at, at + len(block)
            stop = max(stop, begin + block.rfind(b"\n") + 1 if b"\n" in block else 0) if lines else at
            marks = {
                *sizes[bisect_right(sizes, begin) : bisect_right(sizes, at)],
                at,
                *([stop] if stop > begin else []),
            }
            done = begin
            for mark in sorted(marks):
                sha256.update(block[done - begin : mark - begin])
                digests[mark], done = sha256.hexdigest(), mark
    return (0 if lines and stop <= first else stop), digests


def copy(folder: Path, part: Part, target: Path, kinds: Kinds) -> bool:
    """Write the bytes of a part to `target`, behind the first line of the file if that is a heading.

    Returns False where the file is not any more what it was when the part was found.
    """
    path, sha256, at = folder / part.seen.name, hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with storage_errors(path), path.open("rb") as file, target.open("wb") as copied:
        if part.start and kinds.has_heading(part.seen.name):
            copied.write(file.readline())
            file.seek(0)
        while block := file.read(min(BLOCK, part.stop - at)):
            sha256.update(block)
            copied.write(block[max(0, part.start - at) :])
            at += len(block)
    return sha256.hexdigest() == part.sha256


def lines_before(folder: Path, part: Part) -> int:
    """Return how many lines of a file come before a part."""
    n, left = 0, part.start
    with (folder / part.seen.name).open("rb") as file:
        while block := file.read(min(BLOCK, left)):
            n += block.count(b"\n")
            left -= len(block)
    return n
