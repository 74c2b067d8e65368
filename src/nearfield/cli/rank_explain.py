"""`nearfield rank explain`: which features make the score of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nearfield.cli import rows
from nearfield.cli.arguments import Neighbours, spread
from nearfield.cli.output import AsJson, print_rows
from nearfield.cli.rows import FeatureOptions
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nearfield.examples import Examples


@spread(FeatureOptions)
def rank_explain(
    model: rows.Model,
    files: rows.Files,
    options: FeatureOptions,
    row: Annotated[int, typer.Option(min=1, help="Which row of the files; the first is 1.")] = 1,
    k: Neighbours = 10,
    as_json: AsJson = False,
) -> None:
    """Print the features of a row that count most, with their shares in the score; of lr, fm and ffm."""
    from nearfield.io import STANDARD_INPUT
    from nearfield.rank import hashed_names, load_ranker
    from nearfield.rank.deep.deep_ranker import DeepRanker

    ranker = load_ranker(model)
    if isinstance(ranker, DeepRanker):
        kind = type(ranker).__name__
        raise BadInput(f"{model}: is a {kind}, whose score is no sum over features; expected a model lr, fm or ffm")
    read = options.over(model).of_features()
    one = _row(rows.read_rows(ranker, files, {"label": None} | read), row)
    names = None
    if ranker.space_.bits is not None and STANDARD_INPUT not in files:  # which cannot be read twice
        names = hashed_names(files, ranker.space_, set(one.features.tolist()), **read)
    print_rows(("feature", "share of the score"), ranker.explain(one, k=k, names=names), as_json=as_json)


def _row(blocks: Iterable[Examples], row: int) -> Examples:
    before = 0
    for block in blocks:
        if row <= before + len(block):
            return block[row - before - 1 : row - before]
        before += len(block)
    raise BadInput(f"--row is {row:,}; the files hold {before:,} rows")
