"""Keys that a format can hold, and keys that a file may have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from nearfield.errors import BadInput

SPACES = re.compile(r"\s")
TABS_AND_LINE_ENDS = re.compile(r"[\t\n\r]")


def writable(keys: Sequence[str], path: Path, forbidden: re.Pattern[str], replace_spaces: str | None) -> list[str]:
    """Return the keys as they can be written to a text file, or raise `BadInput`.

    Parameters
    ----------
    keys : sequence of str
    path : Path
        For the message.
    forbidden : pattern
        What would be read as the end of a key.
    replace_spaces : str, optional
        Written in place of what is forbidden.
    """
    written = list(keys) if replace_spaces is None else [forbidden.sub(replace_spaces, key) for key in keys]
    for before, key in zip(keys, written, strict=True):
        if not key or forbidden.search(key):
            found = f"holds {forbidden.findall(key)[0]!r}, which would end it here" if key else "is empty"
            raise BadInput(
                f"{path}: key {before!r} {found}; give replace_spaces='_', or use the native folder, parquet or numpy"
            )
    check_utf8(written, path)
    if len(set(written)) < len(written):
        key = _twice(written)[0]
        clash = [before for before, after in zip(keys, written, strict=True) if after == key]
        raise BadInput(
            f"{path}: keys {clash[0]!r} and {clash[1]!r} would both be written as {key!r}; replace otherwise"
        )
    return written


def check_utf8(keys: Sequence[str], path: Path) -> None:
    """Raise `BadInput` at a key with half of a surrogate pair."""
    for key in keys:
        try:
            key.encode()
        except UnicodeEncodeError as error:
            raise BadInput(f"{path}: key {key!r} is no valid text, so not UTF-8; use the native folder") from error


def check_unique(keys: Sequence[str], path: Path, what: str, first: int) -> None:
    """Raise `BadInput` at a key that a file has twice; `what` counts from `first`: "line" or "vector"."""
    if len(set(keys)) < len(keys):
        key, here, there = _twice(keys)
        places = f"{what} {first + here:,} and again on {what} {first + there:,}"
        raise BadInput(f"{path}: key {key!r} is on {places}; remove one of them")


def _twice(keys: Sequence[str]) -> tuple[str, int, int]:
    seen: dict[str, int] = {}
    return next((key, seen[key], i) for i, key in enumerate(keys) if seen.setdefault(key, i) != i)
