"""`nearfield versions`: what a store holds."""

from __future__ import annotations

from typing import Annotated

import typer

from nearfield.cli.output import AsJson, print_rows, say
from nearfield.cli.stores import StoreFolder, existing_store, version_facts


def versions(
    path: StoreFolder,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Read all files again, say how much that was, and stop at one that changed."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the versions that a store holds, the oldest first."""
    store = existing_store(path)
    current = store.current()
    listed = [store.verify(version.number) for version in store.versions()] if verify else store.versions()
    rows = [version_facts(version) | {"current": version == current} for version in listed]
    columns = ["version", "current", "time", "kind", "bytes", "forced", "note"]
    if verify:
        rows = [row | {"files_verified": len(version.checksums)} for row, version in zip(rows, listed, strict=True)]
        columns.append("files_verified")
    print_rows(columns, ([row[name] for name in columns] for row in rows), as_json=as_json)
    if verify and not as_json:
        n_files, n_bytes = sum(row["files_verified"] for row in rows), sum(row["bytes"] for row in rows)
        say(
            f"verified {len(rows):,} versions: {n_files:,} files, {n_bytes:,} bytes, each by its SHA-256, are as they"
            " were published"
        )
