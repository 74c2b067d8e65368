"""Maps between the spaces of published versions, so that a consumer of one can read another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.store.content import open_content
from nearfield.store.layout import Layout
from nearfield.update.alignment import Kind, SpaceMap, align, read_maps, write_maps
from nearfield.vectors import Vectors

FILE = "maps.safetensors"
KINDS: tuple[Kind, ...] = ("orthogonal", "affine")


def write_maps_back(folder: Path, new: Any, old: Any) -> None:
    """Write the maps from the space of `new` to that of `old` into a version's folder, those that can be learnt."""
    if not isinstance(new, Vectors) or not isinstance(old, Vectors):
        return
    if sum(key in old for key in new.keys) <= new.dim:
        return  # so few leave directions open, and a map would be chance there
    maps: dict[str, SpaceMap] = {}
    for kind in KINDS:
        try:
            maps[kind] = align(new, old, kind)
        except BadInput:
            continue  # too few keys in common, or other dimensions; whoever asks for this map is told
    write_maps(folder / FILE, maps)


def space_map(layout: Layout, version: int, space: int, kind: Kind) -> SpaceMap:
    """Return the map from the space of `version` to that of `space`, which may have been removed.

    While both are there it is learnt from their keys; else the maps that each version keeps to the one before it are
    put together.
    """
    if space in layout.numbers(layout.state()):
        return align(opened_vectors(layout, version), opened_vectors(layout, space), kind)
    found = _map_back(layout, version, kind)
    while (before := layout.read(version).previous) != space:
        if before is None or before < space or before not in layout.numbers(layout.state()):
            raise BadInput(
                f"{layout.path}: version {space} is gone, and no map leads there from the versions that are left; "
                "keep it by rolling back to it once, or train its consumers anew"
            )
        version = before
        found = found.then(_map_back(layout, version, kind))
    return found


def opened_vectors(layout: Layout, version: int) -> Vectors:
    """Open a version that holds vectors."""
    content = open_content(layout.content(layout.number(version)))
    if not isinstance(content, Vectors):
        raise BadInput(f"{layout.path}: version {version} is a {type(content).__name__}; only vectors have a space")
    return content


def _map_back(layout: Layout, version: int, kind: Kind) -> SpaceMap:
    path = layout.folder(version) / FILE
    maps = read_maps(path) if path.exists() else {}
    if kind not in maps:
        raise BadInput(f"{path}: holds no {kind} map to the version before; it holds: {', '.join(maps) or 'none'}")
    return maps[kind]
