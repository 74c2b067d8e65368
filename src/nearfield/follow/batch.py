"""From parts of files, of several kinds and some of them bad, to one log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.follow.looking import has_heading, kind_of
from nearfield.follow.new_parts import BLOCK, Part, copy, lines_before
from nearfield.logs import Log, read_log
from nearfield.logs.sources import PACKED
from nearfield.text.decompression import read_chunks

ROLES = ("user", "item", "time", "event", "value", "dwell", "group")


@dataclass
class Batch:
    """What was read.

    Attributes
    ----------
    log : Log or None
        None where there is no event.
    parts : list of Part
        Those that are in it, and those that only have another name now.
    aside : dict of str to str
        Why a file could not be read, by name.
    """

    log: Log | None = None
    parts: list[Part] = field(default_factory=list)
    aside: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Copy:
    part: Part
    path: Path


class Reader:
    """Reads parts of the files of a folder as one log.

    Parameters
    ----------
    folder : Path
    options : mapping
        Of `read_log`.
    """

    def __init__(self, folder: Path, options: Mapping[str, Any]) -> None:
        self.folder, self.options = folder, dict(options)
        self.heading = self.options.get("columns") is None

    def read(self, parts: list[Part], temporary: Path) -> Batch:
        """Read parts by copies of theirs in a temporary folder: what is learnt is what the offsets say, byte for byte.

        Files with the same columns are read at once, and by halves where one of them is bad.
        """
        batch = Batch(parts=[part for part in parts if part.start == part.stop])
        groups: dict[tuple[str, bytes], list[_Copy]] = {}
        for number, part in enumerate(parts):
            # a folder for each: a.csv and a.csv.gz have the same name when they are unpacked
            if part.start < part.stop and (copied := self._copied(part, temporary / str(number), batch)):
                groups.setdefault(self._columns_of(copied), []).append(copied)
        tables = [table for copies in groups.values() for table in self._tables(copies, temporary, batch)]
        if tables:
            batch.log = self._joined(tables)
        return batch

    def _copied(self, part: Part, folder: Path, batch: Batch) -> _Copy | None:
        path = folder / Path(part.seen.name).name
        try:
            if not copy(self.folder, part, path, heading=self.heading):
                return None  # it is changed at this moment: the next look finds it again
            return _Copy(part, _unpacked(path) if path.suffix.lower() in PACKED else path)
        except BadInput as error:
            batch.aside[part.seen.name] = self._named(str(error), part, path)
            return None

    def _columns_of(self, copied: _Copy) -> tuple[str, bytes]:
        """What files must share to be read at once."""
        name = copied.part.seen.name
        if not (self.heading and has_heading(name)):
            return kind_of(name), b""
        with copied.path.open("rb") as file:
            return kind_of(name), file.readline().rstrip(b"\r\n")

    def _tables(self, copies: list[_Copy], temporary: Path, batch: Batch) -> Iterator[Path]:
        """Yield tables with our columns of the files that can be read; set the others aside."""
        try:
            log = read_log([one.path for one in copies], **self.options)
        except BadInput as error:
            if len(copies) == 1:
                only = copies[0]
                batch.aside[only.part.seen.name] = self._named(str(error), only.part, only.path)
                return
            for half in (copies[: len(copies) // 2], copies[len(copies) // 2 :]):
                yield from self._tables(half, temporary, batch)
            return
        batch.parts += [one.part for one in copies]
        if len(log):
            table = temporary / f"{copies[0].part.sha256}.parquet"
            log.table.order_by("place").drop("place").to_parquet(table)
            yield table

    def _joined(self, tables: list[Path]) -> Log:
        columns = {name for name in ROLES if name in ("user", "item", "time") or self.options.get(name)}
        names = {name: name for name in columns}
        return read_log(tables, **names, time_unit="us", timezone=self.options.get("timezone", "UTC"))

    def _named(self, message: str, part: Part, path: Path) -> str:
        """Say of the file itself what was said of its copy."""
        line = re.match(re.escape(str(path)) + r":(\d+):", message)
        if line and part.start:
            shift = lines_before(self.folder, part) - (self.heading and has_heading(part.seen.name))
            message = message.replace(line[0], f"{path}:{int(line[1]) + shift}:", 1)
        return message.replace(str(path), str(self.folder / part.seen.name))


def _unpacked(path: Path) -> Path:
    """Unpack a file beside itself: an engine would take the half of one for the whole."""
    target = path.with_suffix("")
    with target.open("wb") as file:
        for chunk in read_chunks(path, BLOCK):
            file.write(chunk)
    path.unlink()
    return target
