"""What is given in the place of rows, of bounds and of places is refused in one line, wherever rows are taken."""

import re

import polars as pl
import pytest

import nearfield as nf

FRAME = pl.DataFrame({"label": [0, 1] * 40, "job": ["a", "b", "c", "d"] * 20, "town": ["x", "y"] * 40})
ROWS = nf.read_examples(FRAME)
MODEL = nf.LogisticRegression(validation_fraction=0).fit(ROWS)
TAKE_ROWS = {
    "fit": nf.LogisticRegression().fit,
    "validation": lambda rows: nf.LogisticRegression().fit(ROWS, validation=rows),
    "partial_fit of a new model": nf.LogisticRegression().partial_fit,
    "partial_fit": MODEL.copy().partial_fit,
    "predict": MODEL.predict,
    "predict_proba": MODEL.predict_proba,
    "explain": MODEL.explain,
    "importances": MODEL.importances,
    "ranking_quality": lambda rows: nf.ranking_quality(MODEL, rows),
    "progressive_validation": lambda rows: nf.progressive_validation(MODEL.copy(), rows),
    "cross": lambda rows: nf.cross(rows, [("job", "town")]),
    "search_crosses": lambda rows: nf.search_crosses(rows, ROWS),
    "search_crosses, validation": lambda rows: nf.search_crosses(ROWS, rows),
    "admit": nf.MinimumCount(2).admit,
    "only_admitted": nf.MinimumCount(2).only_admitted,
}


@pytest.mark.parametrize("take", TAKE_ROWS.values(), ids=TAKE_ROWS)
@pytest.mark.parametrize("rows", ["train.csv", FRAME, FRAME.to_numpy()], ids=["path", "frame", "array"])
def test_what_is_no_examples_is_refused(take, rows):
    with pytest.raises(nf.errors.BadInput, match="expected Examples, as nf.read_examples returns them"):
        take(rows)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MODEL.explain(ROWS, row=1.5), "row is 1.5; expected a whole number"),
        (lambda: MODEL.explain(ROWS, row=True), "row is True; expected a whole number"),
        (lambda: MODEL.explain(ROWS, k=0), "k is 0; expected a whole number of at least 1"),
        (lambda: ROWS["a":], "expected whole numbers"),
        (lambda: ROWS[:1.5], "expected whole numbers"),
        (lambda: nf.cross(ROWS, None), "crosses is None; expected a list of crosses"),
        (lambda: nf.cross(ROWS, "job"), "crosses is 'job'; expected a list of crosses"),
        (lambda: nf.search_crosses(ROWS, ROWS[:0]), "validation has no rows"),
        (lambda: nf.search_crosses(ROWS[:0], ROWS), "train has no rows"),
    ],
)
def test_wrong_places_and_crosses(call, message):
    with pytest.raises(nf.errors.BadInput, match=re.escape(message)):
        call()


@pytest.mark.parametrize("mark", ["{},{:02}", "{},{:03}"])
def test_numbers_with_commas_are_named(mark):
    cells = [mark.format(i, i % 90) for i in range(80)]
    with pytest.warns(UserWarning, match="write its numbers with a decimal point"):
        nf.read_examples(FRAME.with_columns(price=pl.Series(cells)))
