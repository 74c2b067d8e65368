"""`nearfield convert`: from one format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nearfield.cli.output import say


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Vectors in any known format.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Where to write; the ending names the format.")],
    from_format: Annotated[
        str | None, typer.Option("--from", metavar="FORMAT", help="The format of IN, where its name does not tell.")
    ] = None,
    to_format: Annotated[
        str | None, typer.Option("--to", metavar="FORMAT", help="The format of OUT, where its name does not tell.")
    ] = None,
) -> None:
    """Write vectors in another format: native, word2vec, glove, parquet, numpy, projector, …"""
    from nearfield.formats import load, save

    vectors = load(source, format=from_format)
    save(vectors, target, format=to_format)
    say(f"{target}: {len(vectors):,} keys × {vectors.dim} dimensions")
