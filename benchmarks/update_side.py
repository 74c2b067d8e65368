"""Items with side information, updated: EGES and GES on MovieLens 100k, week by week.

    python benchmarks/update_side.py

The stream and the columns are those of `update.py`: the first half of the ratings is learnt, each later week is
foretold ("next"), then learnt, and looked back at ("old"); shares are of what a fit of all ratings so far reaches.
Films have genres and the decade in which they came out, which each update is told. Strategies have the defaults
of `nearfield.update`. Means over two seeds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import nearfield as nf
from _paired import machine, markdown, write_results
from nearfield.datasets import movielens_100k
from nearfield.update import Update, evaluate_stream, slices_by_time
from nearfield.update.streams import StreamResult
from nearfield.update.streams.result import shown
from nearfield.update.streams.scores import NextItemScore

SEEDS = (1, 2)
MODELS = {"EGES": True, "GES": False}
STRATEGIES = ("retrain", "fine_tune", "replay")
COLUMNS = ("next", "next of retrain", "old", "old of retrain")
DECADE = slice(-5, -2)  # of a title such as "Heat (1995)"


@dataclass(frozen=True)
class Version:
    """A fitted model, which the stream is not to fit."""

    model: nf.EGES


def side() -> dict[str, dict[str, Any]]:
    data = movielens_100k.load()
    decades = {film: title[DECADE] for film, title in data.titles.items() if title[DECADE].isdigit()}
    return {"genre": data.genres, "decade": decades}


def replayed(attention: bool, seed: int) -> StreamResult:
    """One model's way through the weeks by every strategy."""
    slices = slices_by_time(movielens_100k.load().sequences(), every="7d", first=0.5)
    known, score = side(), NextItemScore()
    first = nf.EGES(attention=attention, workers=1, seed=seed, verbose=False).fit(slices[0].learn, side=known)

    def learner(strategy: str) -> Any:
        def learn(version: Version, new: Any, old: Any) -> Update:
            report = nf.update(version.model, new, strategy=strategy, old=old, side=known)
            return replace(report, content=Version(report.content))

        return learn

    return evaluate_stream(
        slices,
        Version(first),
        {strategy: learner(strategy) for strategy in STRATEGIES},
        score=lambda version, held: score(version.model.vectors_, held),
        portions=1,
    )


def main() -> None:
    rows = []
    for name, attention in MODELS.items():
        results = [replayed(attention, seed) for seed in SEEDS]
        for one in results[0].names:
            figures = [result.figures(one) for result in results]
            means = {column: float(np.mean([found[column] for found in figures])) for column in COLUMNS}
            rows.append([name, one, *(shown(column, means[column]) for column in COLUMNS)])
    head = f"Printed by `python benchmarks/update_side.py`, whose head says what is measured. {machine('numpy')}."
    table = markdown(["model", "learner", *COLUMNS], rows)
    print(*table, sep="\n")
    write_results("update_side", ["# Items with side information, updated", "", head, "", *table])


if __name__ == "__main__":
    main()
