"""How far each file has been learnt from; written with the version that has learnt it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.follow.looking import Seen

FILE = "offsets.json"


@dataclass(frozen=True)
class Learnt:
    """What was learnt from a file: the first `size` bytes, which have this SHA-256, as the file was changed last then.

    Attributes
    ----------
    size : int
    sha256 : str
    mtime : int
        Nanoseconds since 1970: a file that has this size and this time is not read again.
    """

    size: int
    sha256: str
    mtime: int

    def is_all_of(self, seen: Seen) -> bool:
        """Whether nothing was added to the file since."""
        return (self.size, self.mtime) == (seen.size, seen.mtime)


Offsets = Mapping[str, Learnt]  # by the path within the folder


def is_known(offsets: Offsets, seen: Seen) -> bool:
    """Whether all of a file has been learnt."""
    return seen.name in offsets and offsets[seen.name].is_all_of(seen)


def write_offsets(folder: Path, offsets: Offsets, aside: Mapping[str, str], unit: str) -> None:
    """Write offsets, what was learnt ("events", …), and for who reads them the files that were set aside, and why."""
    content = {"unit": unit, "files": {name: asdict(one) for name, one in offsets.items()}, "aside": dict(aside)}
    (folder / FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_offsets(folder: Path, unit: str) -> Offsets:
    """Read what `write_offsets` wrote; `BadInput` where something else was learnt."""
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found, learnt = {name: Learnt(**one) for name, one in content["files"].items()}, content["unit"]
        _check(found.values())
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: is missing or damaged ({error}); roll back to another version") from error
    if learnt != unit:
        raise BadInput(f"{path}: what is current has learnt {learnt}; {unit} need a store of their own")
    return found


def _check(learnt: Iterable[Learnt]) -> None:
    for one in learnt:
        if not (isinstance(one.size, int) and one.size > 0 and isinstance(one.mtime, int) and len(one.sha256) == 64):
            raise ValueError(f"it holds {one}")
