"""Does a search find settings that beat the preset, and by what must trials be judged for that?

    python docs/studies/tuning/run.py

`SEARCHES` of 30 trials each, with one thread, so that they repeat exactly; and the trials of two of them judged again
in another way. Writes `table.md` beside this file (about ten minutes of one core).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import nearfield as nf
from nearfield.datasets import amazon_video_games, movielens_100k
from nearfield.evaluate import Figure, Split, leave_last_out, split_by_time
from nearfield.evaluate.correlation import spearman
from nearfield.sequences import Sequences
from nearfield.tune import TuningResult, tune
from nearfield.tune.judge import Metric, judge
from nearfield.tune.parts import by_last, by_time
from nearfield.tune.presets import given_settings
from nearfield.tune.result import Trial, shown

HERE = Path(__file__).parent
METRIC = Metric("ndcg", 10)
HEAD = ["data", "put aside", "seed", "cases of trials", "of the comparison", "default", "preset", "tuned"]
HEAD += ["tuned − preset", "best trial − preset, on the trials' cases", "seconds of the trials"]
HEAD_JUDGED = ["put aside", "trials judged by", "cases", "rank correlation", "the best of them, then", "preset, then"]


@dataclass(frozen=True)
class Search:
    """A data set, what is put aside, how many histories trials see, and the seeds."""

    name: str
    load: Callable[[], Sequences]
    split: str
    seeds: tuple[int, ...]
    sample: float | None = None


SEARCHES = [
    Search("ml-100k", lambda: movielens_100k.load().sequences(), "time", (1, 2, 3)),
    Search("ml-100k", lambda: movielens_100k.load().sequences(), "last", (1,)),
    Search("Video Games, a fifth", lambda: amazon_video_games.load().sequences(), "last", (1,), sample=0.2),
]
NAMES = {"time": "the last tenth of the time", "last": "the last of each history"}


def search(one: Search, seed: int, trials: int = 30) -> TuningResult:
    """One search with the default space."""
    model = nf.ItemEmbedding(workers=1, verbose=False)
    return tune(model, one.load(), split=one.split, sample=one.sample, trials=trials, seed=seed)


def row_of(one: Search, seed: int, result: TuningResult) -> list[str]:
    """What a search found."""
    known = {compared.name: compared for compared in result.compared}
    found = (
        result.best.value - result.trials[0].value
    )  # the first trial is the preset: the estimator was given as it is
    return [
        one.name,
        NAMES[one.split],
        str(seed),
        f"{result.n_validation:,}",
        f"{result.n_test:,}",
        *(with_interval(known[name].figure) for name in ("default", "preset", "tuned")),
        with_interval(known["preset"].gain, "+"),
        f"{found:+.4f}",
        f"{sum(trial.seconds for trial in result.trials):.0f}",
    ]


def settings_of(one: Search, seed: int, result: TuningResult) -> str:
    kept = " (the preset was kept)" if result.compared[-1].settings == result.compared[-2].settings else ""
    settings = ", ".join(f"{name} {shown(value)}" for name, value in result.params.items())
    return f"- {one.name}, {NAMES[one.split]}, seed {seed}{kept}: {settings}"


def rows_of_judges(one: Search, result: TuningResult) -> list[list[str]]:
    """The same settings judged by few cases, or by another kind of them, beside what `tune` judges by."""
    sequences = one.load()
    parts = (by_time if one.split == "time" else by_last)(sequences, None, 1)
    if one.split == "time":
        ways = {
            "every token of the last tenth of what is left": parts.trials,
            "the next token of each history alone": split_by_time(parts.comparison.train),
        }
    else:
        ways = {
            "the last of half of the histories": parts.trials,
            "the last but one": leave_last_out(parts.comparison.train),
        }
    then = figures(parts.comparison, result.trials)
    rows = []
    for way, split in ways.items():
        judged = figures(split, result.trials)
        best = int(judged.argmax())
        order = spearman(judged, then)
        cases = f"{len(split.cases.unseen()):,}"
        rows.append([NAMES[one.split], way, cases, f"{order:.2f}", f"{then[best]:.4f}", f"{then[0]:.4f}"])
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def figures(split: Split, trials: tuple[Trial, ...]) -> np.ndarray:
    """NDCG@10 of each trial's settings, learnt and judged anew."""
    model = nf.ItemEmbedding(workers=1, verbose=False)
    given = given_settings(model)
    return np.array([judge(model, given | trial.settings, split, METRIC).values.mean() for trial in trials])


def with_interval(figure: Figure, sign: str = "") -> str:
    low, high = figure.interval
    return f"{figure.value:{sign}.4f} ({low:{sign}.4f} to {high:{sign}.4f})"


def markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]


def main() -> None:
    """Search, judge again, write."""
    rows, settings, judges = [], [], []
    for one in SEARCHES:
        for seed in one.seeds:
            result = search(one, seed)
            print(result, file=sys.stderr, flush=True)
            rows.append(row_of(one, seed, result))
            settings.append(settings_of(one, seed, result))
            if seed == one.seeds[0] and one.sample is None:
                judges += rows_of_judges(one, result)
            write(rows, settings, judges)


def write(rows: list[list[str]], settings: list[str], judges: list[list[str]]) -> None:
    """Write what is known so far."""
    lines = [
        "NDCG@10 among all items that a history does not hold; in brackets 95 % bootstrap intervals over histories."
    ]
    lines += ["", "## Searches", "", *markdown(HEAD, rows), "", "What was found:", "", *settings]
    lines += ["", "## What trials are judged by", "", *markdown(HEAD_JUDGED, judges)]
    (HERE / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
