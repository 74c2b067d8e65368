"""`nearfield rank evaluate`: how good a model is on rows that it has not seen."""

from __future__ import annotations

import math

from nearfield.cli import rows
from nearfield.cli.arguments import spread
from nearfield.cli.output import AsJson, print_json, print_rows, say

NAMES = {
    "auc": "AUC",
    "gauc": "AUC within groups",
    "ndcg@10": "NDCG@10 of groups",
    "pair_loss": "loss of pairs",
    "log_loss": "log loss",
    "normalised_entropy": "normalised entropy",
    "calibration_error": "calibration error",
    "rmse": "RMSE",
    "baseline_rmse": "RMSE of predicting the mean",
}


@spread(rows.RowOptions)
def rank_evaluate(model: rows.Model, files: rows.Files, options: rows.RowOptions, as_json: AsJson = False) -> None:
    """Judge what a model foretells of rows by their labels, with 95 % intervals.

    Rows are read as `rank fit` read its own; what is given here is otherwise.
    """
    from nearfield.evaluate import ranking_quality
    from nearfield.rank import load_ranker
    from nearfield.rank.features.reading import read_examples

    ranker = load_ranker(model)
    with rows.as_typed():
        classes, read = ranker.loss != "squared", options.over(model).of_all()
        examples = read_examples(files, space=ranker.space_, classes=classes, **read)
    result = ranking_quality(ranker, examples)
    if as_json:
        print_json(result.to_dict())
        return
    positive = "" if math.isnan(result.positives) else f", {result.positives:.1%} of them labelled 1"
    say(f"judged {result.n:,} rows{positive}")
    lines = []
    for name, figure in result.figures.items():
        low, high = figure.interval
        lines.append((NAMES[name], figure.value, f"{low:.4f} to {high:.4f}"))
    print_rows(("figure", "value", "95 % interval"), lines, as_json=False)
