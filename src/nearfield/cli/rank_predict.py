"""`nearfield rank predict`: what a model foretells of each row."""

from __future__ import annotations

import sys

from nearfield.cli import rows
from nearfield.cli.arguments import spread
from nearfield.cli.output import AsJson, print_json
from nearfield.cli.rows import FeatureOptions


@spread(FeatureOptions)
def rank_predict(model: rows.Model, files: rows.Files, options: FeatureOptions, as_json: AsJson = False) -> None:
    """Print the probability of label 1, the value, or the score to rank by of each row, one a line, in their order."""
    from nearfield.rank import load_ranker

    ranker = load_ranker(model)
    name = {"logistic": "probability", "squared": "value"}.get(ranker.loss, "score")
    for block in rows.read_rows(ranker, files, {"label": None} | options.over(model).of_features()):
        found = ranker.foretell(block)
        if as_json:
            for one in found.tolist():
                print_json({name: one})
        else:
            sys.stdout.write("".join(f"{one:.6g}\n" for one in found.tolist()))
