"""The study on a small cut: what it tells is what a search found."""

import numpy as np
import pytest

from nearfield.datasets import movielens_100k
from nearfield.evaluate import leave_last_out, rolling_by_time

STUDY = "tuning"


@pytest.fixture(scope="module")
def films(dataset):
    """The latest 100 people of MovieLens 100k."""
    sequences = dataset(movielens_100k.load).sequences()
    return sequences.take(np.argsort(sequences.times[sequences.offsets[:-1]])[-100:])


@pytest.mark.parametrize("split", ["time", "last"])
def test_a_search_and_what_its_trials_are_judged_by(study, films, split):
    run = study("run")
    one = run.Search("films", lambda: films, split, (1,))
    result = run.search(one, 1, trials=2)  # the preset and the default
    row = dict(zip(run.HEAD, run.row_of(one, 1, result), strict=True))
    parts = rolling_by_time(films) if split == "time" else leave_last_out(films)
    of_half = len(parts.cases.unseen()) // (1 if split == "time" else 2)
    assert int(row["of the comparison"].replace(",", "")) == pytest.approx(of_half, abs=1)
    assert row["preset"] == row["tuned"]
    assert row["tuned − preset"].startswith("+0.0000")
    assert "(the preset was kept)" in run.settings_of(one, 1, result)
    ordered = []
    for judged in run.rows_of_judges(one, result):
        cells = dict(zip(run.HEAD_JUDGED, judged, strict=True))
        preset = next(compared.figure.value for compared in result.compared if compared.name == "preset")
        assert cells["preset, then"] == f"{preset:.4f}"
        ordered.append(cells["rank correlation"])
    assert ordered[0] == "1.00"  # the preset beats the default wherever there are cases enough
