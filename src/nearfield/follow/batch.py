"""From parts of files, some of them bad, to what a subject reads."""

from __future__ import annotations

import re
import warnings
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.follow.looking import in_lines
from nearfield.follow.new_parts import BLOCK, Part, copy, lines_before
from nearfield.follow.subject import Reading, Subject
from nearfield.io import compression, read_chunks


@dataclass
class Batch:
    """What was read.

    Attributes
    ----------
    parts : list of Part
        Those that were read, and those that only have another name now.
    aside : dict of str to str
        Why a file could not be read, by name.
    warnings : list of str
        What was read over.
    """

    parts: list[Part] = field(default_factory=list)
    aside: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Copy:
    part: Part
    path: Path


class Reader:
    """Reads parts of the files of a folder.

    Parameters
    ----------
    folder : Path
    subject : Subject
    """

    def __init__(self, folder: Path, subject: Subject) -> None:
        self.folder, self.subject = folder, subject

    def read(self, parts: list[Part], reading: Reading, temporary: Path) -> Batch:
        """Read parts by copies of theirs in a temporary folder: what is learnt is what the offsets say, byte for byte.

        Files that are alike are read at once, and by halves where one of them is bad.
        """
        batch = Batch(parts=[part for part in parts if part.start == part.stop])
        groups: dict[Hashable, list[_Copy]] = {}
        for number, part in enumerate(parts):
            if part.start < part.stop:
                # a folder for each: a.csv and a.csv.gz have the same name when they are unpacked
                path = temporary / str(number) / Path(part.seen.name).name
                try:
                    if copied := self._copied(part, path):
                        groups.setdefault(self.subject.alike(part.seen.name, copied.path), []).append(copied)
                except BadInput as error:
                    batch.aside[part.seen.name] = self._named(str(error), _Copy(part, path))
        for copies in groups.values():
            self._add(copies, reading, batch)
        return batch

    def _copied(self, part: Part, path: Path) -> _Copy | None:
        if not copy(self.folder, part, path, self.subject):
            return None  # it is changed at this moment: the next look finds it again
        return _Copy(part, _unpacked(path) if compression(path) else path)

    def _add(self, copies: list[_Copy], reading: Reading, batch: Batch) -> None:
        """Read the files that can be read; set the others aside."""
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", UserWarning)
                reading.add([one.path for one in copies])
        except BadInput as error:
            if len(copies) == 1:
                batch.aside[copies[0].part.seen.name] = self._named(str(error), copies[0])
                return
            for half in (copies[: len(copies) // 2], copies[len(copies) // 2 :]):
                self._add(half, reading, batch)
            return
        batch.parts += [one.part for one in copies]
        told = [str(one.message) for one in caught if issubclass(one.category, UserWarning)]
        batch.warnings += [self._named(message, *copies) for message in told]

    def _named(self, message: str, *copies: _Copy) -> str:
        """Say of the files themselves what was said of copies of theirs, or of none."""
        if not any(str(one.path) in message for one in copies):
            return f"{self.folder / copies[0].part.seen.name}: {message}" if len(copies) == 1 else message
        for one in copies:
            name, path = one.part.seen.name, str(one.path)
            line = re.search(re.escape(path) + r":(\d+)(?: \(byte (\d+)\))?", message)
            if line and one.part.start and in_lines(name, self.subject):
                heading = self.subject.has_heading(name)
                place = f"{path}:{int(line[1]) + lines_before(self.folder, one.part) - heading}"
                message = message.replace(
                    line[0], place + (f" (byte {int(line[2]) + one.part.start})" if line[2] else "")
                )
            message = message.replace(path, str(self.folder / name))
        return message


def _unpacked(path: Path) -> Path:
    """Unpack a file beside itself: an engine would take the half of one for the whole."""
    target = path.with_suffix("")
    with target.open("wb") as file:
        for chunk in read_chunks(path, BLOCK):
            file.write(chunk)
    path.unlink()
    return target
