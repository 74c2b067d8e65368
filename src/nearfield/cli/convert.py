"""`nearfield convert`: from one format to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nearfield.cli.arguments import spread
from nearfield.cli.output import say
from nearfield.cli.reading_vectors import VectorOptions

if TYPE_CHECKING:
    from nearfield.vectors import Vectors


@spread(VectorOptions)
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Vectors in any known format; - is standard input.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Where to write; the ending names the format.")],
    to_format: Annotated[
        str | None, typer.Option("--to", metavar="FORMAT", help="The format of OUT, where its name does not tell.")
    ] = None,
    storage: Annotated[
        Literal["float32", "float16", "int8"] | None,
        typer.Option(help="Store numbers so, and measure what is lost; kept by native, the folder format."),
    ] = None,
    replace_spaces: Annotated[
        str | None, typer.Option(metavar="TEXT", help="For spaces in keys, where the format cannot hold them.")
    ] = None,
    *,
    options: VectorOptions,
) -> None:
    """Write vectors in another format.

    FORMAT is one of: native, word2vec, word2vec-binary, glove, fasttext, parquet, numpy, projector.
    fasttext is only read.
    """
    from nearfield.formats import check_target, load, save

    check_target(target, to_format)
    vectors = load(source, **options.load_options())
    if storage and storage != vectors.storage:
        vectors = _stored_as(storage, vectors)
    lost = save(vectors, target, format=to_format, replace_spaces=replace_spaces)
    without = f", without {', '.join(lost)}, which the format cannot hold" if lost else ""
    say(f"{target}: {len(vectors):,} keys × {vectors.dim} dimensions{without}")


def _stored_as(storage: Literal["float32", "float16", "int8"], vectors: Vectors) -> Vectors:
    from nearfield.quantization import quantization_loss

    stored = vectors.quantize(storage)
    loss = quantization_loss(vectors, stored)
    kept, error = f"{loss.neighbour_overlap:.1%}", f"{loss.mean_cosine_error:.1e}"
    say(f"as {storage}: {kept} of the {loss.k} nearest to {loss.queries:,} keys stay, mean cosine error {error}")
    return stored
