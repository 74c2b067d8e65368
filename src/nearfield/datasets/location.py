"""Where data sets lie: in a folder that the user names, beside the checkout, or in a cache."""

from __future__ import annotations

import os
from pathlib import Path

from nearfield.errors import BadInput, DatasetNotFound

CHECKOUT = Path(__file__).parents[3]


def find(name: str, file: str = "") -> Path:
    """Return the folder of the data set `name`, or a file in it.

    Looked for in `$NEARFIELD_DATA`; in `shared/data` beside the checkout, or beside the current folder; in the cache.

    Raises
    ------
    DatasetNotFound
        It is in none of them.
    BadInput
        `$NEARFIELD_DATA` is no folder.
    """
    for root in roots():
        path = root / name / file
        if path.exists():
            return path
    wanted = Path(name, file)
    raise DatasetNotFound(f"data set {wanted} is not here; set NEARFIELD_DATA to the folder that holds {wanted}")


def roots() -> list[Path]:
    """Return the folders of data sets, the first choice first."""
    named = os.environ.get("NEARFIELD_DATA")
    if named and not Path(named).is_dir():
        raise BadInput(f"NEARFIELD_DATA is {named!r}, which is no folder; set it to the folder of data sets")
    beside = [folder.parent / "shared" / "data" for folder in (CHECKOUT, Path.cwd())]
    return [*([Path(named)] if named else []), *beside, cache_folder()]


def cache_folder() -> Path:
    """Return where downloads are kept: `$NEARFIELD_CACHE`, else `nearfield` in the user's cache."""
    named = os.environ.get("NEARFIELD_CACHE")
    return Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nearfield"
