"""What a saved folder of any kind holds, by what it says of itself and by what is read from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OF_EVERY_FOLDER = {"kind", "format_version", "files"}
PARTS = {"hnsw", "reservoir", "row reservoir", "checkpoint"}  # are opened together with what they belong to
MOST = 12  # entries of a list or names of a dict that are shown


def folder_facts(path: Path, kind: str) -> dict[str, Any]:
    """Say what a saved folder of `kind` holds; it is read for it, so that a damaged one is refused.

    Settings and numbers are those that its `config.json` has; long lists are counted.
    """
    import nearfield
    from nearfield.reading import kept, reading_of

    if kind == "store":
        return store_facts(path)
    loaded = None if kind in PARTS else nearfield.load(path)
    class_name = None if loaded is None else type(loaded).__name__
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    content = {name: _short(value) for name, value in config.items() if name not in OF_EVERY_FOLDER}
    if config.get("schema"):
        content["schema"] = kinds_of_columns(path, config)
    read = kept(reading_of(loaded))
    return {"kind": kind, "class": class_name} | content | read | {"bytes": size_on_disk(path)}


def kinds_of_columns(path: Path, config: dict[str, Any]) -> dict[str, str]:
    """Say what becomes of the columns of a table: "bucketed (16 buckets)" → "age, height"."""
    from nearfield.columns import described
    from nearfield.feature_space import read_space

    lines = described(read_space(path, config).schema)
    return {kind: fields for kind, _, fields in (line.partition(": ") for line in lines)}


def store_facts(path: Path) -> dict[str, Any]:
    """Say what a store holds."""
    from nearfield.store import Store

    store = Store(path)
    versions, current = store.versions(), store.current()
    return {
        "kind": "store",
        "content": None if current is None else current.kind,
        "current": None if current is None else current.number,
        "published": None if current is None else str(current.time),
        "versions": [version.number for version in versions],
        "bytes": sum(version.size for version in versions),
    }


def size_on_disk(path: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return (
            f"{len(value):,} entries" if len(value) > 3 * MOST else {name: _short(one) for name, one in value.items()}
        )
    if isinstance(value, list):
        return f"{len(value):,} entries" if len(value) > MOST else [_short(one) for one in value]
    return value
