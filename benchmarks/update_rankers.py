"""Rankers that go on from slice to slice, beside rankers that are fitted anew each time.

    python benchmarks/update_rankers.py [MODEL …]     # without models all; the rows of others stay

adult: the training part in random order, so that nothing changes but how many rows there are. films: MovieLens 100k as
click-through (rated 4 or more) in the order of time, in which new users and films come with every slice. A model is
fitted to the first 60 % of the rows; eight slices of 5 % follow. Every tenth row of all is held out.

"next": each slice is foretold before it is learnt; a feature that the model has not met is left out. The mean over the
slices after the first. "old": the rows held out of the first 60 % and of all slices but the last, when the last has
been learnt. Both as AUC and log loss, and as shares of what retraining reaches; of log losses its is the dividend, so
that more is better. "time": processor seconds of all eight updates, and their share of retraining's. Means over three
seeds of the model; deep ones, whose retraining takes minutes, have one. All settings are the models' defaults.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from _paired import earlier_rows, machine, markdown, write_results
from nearfield.datasets import adult, click_through
from nearfield.evaluate.ranking_metrics import auc, log_loss
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import DeepFM, FactorizationMachine, FieldAwareFM, LogisticRegression, Ranker, WideAndDeep
from nearfield.rank.deep.deep_ranker import DeepRanker
from nearfield.rank.features.collecting import Collector
from nearfield.update.rankers import update_ranker
from nearfield.update.strategies import LwF, Replay, Strategy, parse

BASE, SHARE, SLICES, HELD_OUT = 0.6, 0.05, 8, 10
SEEDS, SEEDS_OF_DEEP = (1, 2, 3), (1,)
MODELS: dict[str, type[Ranker]] = {
    "LogisticRegression": LogisticRegression,
    "FactorizationMachine": FactorizationMachine,
    "FieldAwareFM": FieldAwareFM,
    "WideAndDeep": WideAndDeep,
    "DeepFM": DeepFM,
}


LEARNERS: dict[str, tuple[Strategy, ...]] = {
    "retrain": parse("retrain"),
    "never updated": (),
    "fine_tune": parse("fine_tune"),
    "replay, budget 1": (Replay(1.0),),
    "lwf, strength 1": (LwF(1.0),),
    "replay+lwf": (Replay(1.0), LwF(1.0)),
}


class Slice(NamedTuple):
    """Rows to learn from, and those held out."""

    learnt: Examples
    held_out: Examples


def people() -> list[Examples]:
    """adult in slices."""
    rows, _ = adult.examples()
    rows = rows.take(np.random.default_rng(1).permutation(len(rows)))
    cuts = [0, *(round(len(rows) * share) for share in shares())]
    return [rows[start:stop] for start, stop in itertools.pairwise(cuts)]


def shares() -> list[float]:
    """Where the slices end."""
    return list(itertools.accumulate([BASE, *[SHARE] * SLICES]))


def parted(rows: Examples) -> Slice:
    """Hold every tenth row out."""
    held = np.arange(len(rows)) % HELD_OUT == 0
    return Slice(rows.take(np.flatnonzero(~held)), rows.take(np.flatnonzero(held)))


def joined(parts: Sequence[Examples], space: FeatureSpace) -> Examples:
    """All rows of some slices."""
    collector = Collector()
    for part in parts:
        collector.add(part)
    return collector.examples(space)


def known(rows: Examples, space: FeatureSpace) -> Examples:
    """Leave out the features that a space does not have."""
    kept = rows.features < space.size
    indptr = np.append(0, np.cumsum(kept))[rows.indptr]
    values = None if rows.values is None else rows.values[kept]
    return rows.with_entries(indptr, rows.features[kept], rows.entry_fields[kept], values, space)


def scores(model: Ranker, rows: Examples) -> tuple[float, float]:
    """AUC and log loss."""
    rows = known(rows, model.space_)
    given = rows.labels, model.foretell(rows)
    return auc(*given), log_loss(*given)


def walk(model: Ranker, slices: Sequence[Slice], strategies: tuple[Strategy, ...]) -> dict[str, float]:
    """Learn slice after slice; return the figures."""
    foretold, seconds = [], 0.0
    for i in range(1, len(slices)):
        whole = joined(slices[i], slices[i].learnt.space)
        foretold += [scores(model, whole)] if i > 1 else []
        old = joined([one.learnt for one in slices[:i]], slices[i - 1].learnt.space)
        started = time.process_time()
        if strategies:
            model = update_ranker(model, slices[i].learnt, strategies, old)
        seconds += time.process_time() - started
    held = joined([one.held_out for one in slices[:-1]], slices[-1].learnt.space)
    found = dict(zip(("next auc", "next loss"), np.mean(foretold, axis=0).tolist(), strict=True))
    return found | dict(zip(("old auc", "old loss"), scores(model, held), strict=True)) | {"seconds": seconds}


def measured(slices: Sequence[Slice], make: type[Ranker]) -> Iterator[list[str]]:
    """Yield a row of the table for each way; the first is what the others are held against."""
    walk(make(epochs=1).fit(slices[0].learnt), slices[:3], parse("replay"))  # what is compiled is compiled now
    best: dict[str, float] = {}
    for name, strategies in LEARNERS.items():
        seeds = SEEDS_OF_DEEP if issubclass(make, DeepRanker) else SEEDS
        runs = [walk(make(seed=seed).fit(slices[0].learnt), slices, strategies) for seed in seeds]
        means = {figure: statistics.mean(run[figure] for run in runs) for figure in runs[0]}
        best = best or means
        cells = []
        for figure in ("next auc", "next loss", "old auc", "old loss"):
            share = means[figure] / best[figure]
            cells.append(f"{means[figure]:.4f} ({1 / share if figure.endswith('loss') else share:.1%})")
        yield [name, *cells, f"{means['seconds']:.2f} s ({means['seconds'] / best['seconds']:.1%})"]


def main() -> None:
    chosen = sys.argv[1:] or list(MODELS)
    streams = {"adult": people(), "films": click_through.ml_100k_slices(shares())}
    rows: dict[tuple[str, str], list[list[str]]] = {}
    for row in earlier_rows("update_rankers"):
        rows.setdefault((row[0], row[1]), []).append(row)
    for name, model in itertools.product(streams, MODELS):
        if model in chosen:
            slices = [parted(one) for one in streams[name]]
            rows[name, model] = [[name, model, *row] for row in measured(slices, MODELS[model])]
            write(rows)


def write(rows: dict[tuple[str, str], list[list[str]]]) -> None:
    """Write the table, in the order of the data and the models."""
    head = f"Printed by `python benchmarks/update_rankers.py`; {machine('numpy', 'numba', 'torch')}."
    columns = ["rows", "model", "update", "next: AUC", "next: log loss", "old: AUC", "old: log loss", "time"]
    ordered = [row for key in itertools.product(("adult", "films"), MODELS) for row in rows.get(key, [])]
    write_results("update_rankers", ["# Updates of rankers", "", head, "", *markdown(columns, ordered)])


if __name__ == "__main__":
    main()
