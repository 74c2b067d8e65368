"""`nearfield diff`: what has changed from one version to another."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli.arguments import Neighbours
from nearfield.cli.output import AsJson, print_facts, print_json, print_rows
from nearfield.cli.stores import StoreFolder, existing_store
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.store import Difference

HEAD = 10


def diff(
    path: StoreFolder,
    old: Annotated[int, typer.Argument(metavar="V1", help="The number of a version.")],
    new: Annotated[int, typer.Argument(metavar="V2", help="That of another.")],
    k: Neighbours = 10,
    most: Annotated[int, typer.Option(min=0, help="How many of the keys that moved most are printed.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Print what has changed between two versions of vectors: keys, places, neighbours.

    "aligned" is after the rotation of the whole space that brings the two closest to each other.
    """
    from nearfield.store import diff as difference
    from nearfield.vectors import Vectors

    store = existing_store(path)
    pair = store.open(old), store.open(new)
    for number, content in zip((old, new), pair, strict=True):
        if not isinstance(content, Vectors):
            raise BadInput(f"{path}: version {number} is a {type(content).__name__}; diff compares vectors")
    found = difference(*pair, k, most=most)
    if as_json:
        print_json(asdict(found))
        return
    print_facts(_facts(found), as_json=False)
    if found.moved:
        print()
        columns = ("moved most", "cosine", "aligned", "gained", "lost")
        rows = [(one.key, one.cosine, one.aligned, "  ".join(one.gained), "  ".join(one.lost)) for one in found.moved]
        print_rows(columns, rows, as_json=False)


def _facts(found: Difference) -> dict[str, Any]:
    return {
        "new keys": _listed(found.new_keys),
        "dropped keys": _listed(found.dropped_keys),
        "shared keys": found.shared,
        "similarity to the previous version": found.cosine,
        "similarity to the previous version, aligned": found.aligned,
        f"overlap@{found.k}": found.overlap,
        f"recall@{found.k} across versions": found.recall,
        f"recall@{found.k} across versions, aligned": found.aligned_recall,
        "representational similarity": found.rsa,
    }


def _listed(keys: tuple[str, ...]) -> str:
    return f"{len(keys):,}" + (f": {'  '.join(keys[:HEAD])}{'  …' if len(keys) > HEAD else ''}" if keys else "")
