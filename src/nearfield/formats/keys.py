"""Keys that a format can hold, and keys that a file may have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from nearfield.errors import BadInput

SPACES = re.compile(r"[ \t\n\v\f\r]")  # what C's isspace and so other programs split at; U+00A0 or U+3000 they keep
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")  # bytes that no text has
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
        key = _twice(written)
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


def first_places(keys: Sequence[str]) -> list[int]:
    """Return for each key the place where it comes first."""
    places: dict[str, int] = {}
    return [places.setdefault(key, i) for i, key in enumerate(keys)]


def _twice(keys: Sequence[str]) -> str:
    return next(keys[i] for i, first in enumerate(first_places(keys)) if first != i)
