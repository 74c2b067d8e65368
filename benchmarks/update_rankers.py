"""Rankers that go on from slice to slice, beside rankers that are fitted anew each time.

    python benchmarks/update_rankers.py

adult: the training part in random order, so that nothing changes but how many rows there are. films: MovieLens 100k as
click-through (rated 4 or more) in the order of time, in which new users and films come with every slice. A model is
fitted to the first 60 % of the rows; eight slices of 5 % follow. Every tenth row of all is held out.

"next": each slice is foretold before it is learnt; a feature that the model has not met is left out. The mean over the
slices after the first. "old": the rows held out of the first 60 % and of all slices but the last, when the last has
been learnt. Both as AUC and log loss, and as shares of what retraining reaches; of log losses its is the dividend, so
that more is better. "time": processor seconds of all eight updates, and their share of retraining's. Means over three
seeds of the model.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from _paired import machine, markdown, write_results
from nearfield.datasets import adult, click_through
from nearfield.evaluate.ranking_metrics import auc, log_loss
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import DeepFM, FactorizationMachine, FieldAwareFM, LogisticRegression, Ranker, WideAndDeep
from nearfield.rank.features.collecting import Collector
from nearfield.update.rankers import update_ranker
from nearfield.update.strategies import LwF, Replay, Strategy, parse

BASE, SHARE, SLICES, HELD_OUT = 0.6, 0.05, 8, 10
SEEDS = (1, 2, 3)
MODELS: dict[str, Callable[..., Ranker]] = {
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
    return [rows[start:stop] for start, stop in pairwise(cuts)]


def shares() -> list[float]:
    """Where the slices end."""
    return list(accumulate([BASE, *[SHARE] * SLICES]))


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


def measured(slices: Sequence[Slice], make: Callable[..., Ranker]) -> Iterator[list[str]]:
    """Yield a row of the table for each way; the first is what the others are held against."""
    best: dict[str, float] = {}
    for name, strategies in LEARNERS.items():
        runs = [walk(make(seed=seed).fit(slices[0].learnt), slices, strategies) for seed in SEEDS]
        means = {figure: statistics.mean(run[figure] for run in runs) for figure in runs[0]}
        best = best or means
        cells = []
        for figure in ("next auc", "next loss", "old auc", "old loss"):
            share = means[figure] / best[figure]
            cells.append(f"{means[figure]:.4f} ({1 / share if figure.endswith('loss') else share:.1%})")
        yield [name, *cells, f"{means['seconds']:.2f} s ({means['seconds'] / best['seconds']:.1%})"]


def main() -> None:
    lines = ["# Updates of rankers", "", "Printed by `python benchmarks/update_rankers.py`;"]
    lines[-1] += f" {machine('numpy', 'numba', 'torch')}."
    columns = ["next: AUC", "next: log loss", "old: AUC", "old: log loss", "time"]
    for name, rows in (("adult", people()), ("films", click_through.ml_100k_slices(shares()))):
        slices = [parted(one) for one in rows]
        for model, make in MODELS.items():
            walk(make(epochs=1).fit(slices[0].learnt), slices[:3], parse("replay"))  # what is compiled is compiled now
            table = []
            for row in measured(slices, make):
                table.append(row)
                print(name, model, *row, sep=" | ", flush=True)
            lines += ["", *markdown([f"{name}, {model}", *columns], table)]
            write_results("update_rankers", lines)


if __name__ == "__main__":
    main()
