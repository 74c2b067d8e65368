"""Do the crosses that the search finds pay more than crosses drawn at random?

    python benchmarks/crosses.py

adult: `search_crosses` puts a fifth of the training part aside to judge by, three draws of it; the linear model then
learns from the whole training part and is judged by the test part, which the search has not seen. Beside it: no
crosses, as many pairs drawn at random, and all pairs. Settings were not searched for; all have the same.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

import numpy as np

from _paired import machine, markdown, write_results
from nearfield.datasets import adult
from nearfield.evaluate import ranking_quality
from nearfield.examples import Examples
from nearfield.rank import LogisticRegression, cross, search_crosses

DRAWS = (1, 2, 3)
BITS, MOST = 18, 10
SETTINGS = {"alpha": 0.1, "epochs": 3}
Pairs = Sequence[tuple[str, str]]


def judged(train: Examples, test: Examples, pairs: Pairs) -> tuple[float, float]:
    """The AUC and the log loss on the test part."""
    learnt, asked = (cross(rows, pairs, bits=BITS) for rows in (train, test))
    figures = ranking_quality(LogisticRegression(**SETTINGS).fit(learnt), asked, resamples=10).figures
    return figures["auc"].value, figures["log_loss"].value


def found_pairs(train: Examples, draw: int) -> Pairs:
    """What the search finds with a fifth put aside."""
    order = np.random.default_rng(draw).permutation(len(train))
    aside, rest = np.sort(order[: len(train) // 5]), np.sort(order[len(train) // 5 :])
    found = search_crosses(train.take(rest), train.take(aside), k=MOST, bits=BITS, model=LogisticRegression(**SETTINGS))
    for one in found:
        print(draw, " × ".join(one.fields), f"gain {one.gain:.5f}, loss {one.loss:.5f}", flush=True)
    return [one.fields for one in found]


def main() -> None:
    train, test = adult.examples()
    every = list(itertools.combinations(train.space.fields, 2))
    found = [found_pairs(train, draw) for draw in DRAWS]
    at_random = [
        [every[i] for i in np.random.default_rng(draw).choice(len(every), len(pairs), replace=False)]
        for draw, pairs in zip(DRAWS, found, strict=True)
    ]
    rows = []
    for name, draws in (("none", [[]]), ("found", found), ("drawn at random", at_random), ("all", [every])):
        figures = list(zip(*(judged(train, test, pairs) for pairs in draws), strict=True))
        shown = [f"{statistics.mean(one):.4f} ({min(one):.4f}–{max(one):.4f})" for one in figures]
        rows.append([name, ", ".join(str(len(pairs)) for pairs in draws), *shown])
        print(*rows[-1], flush=True)
    often = [(pair, sum(pair in pairs for pairs in found)) for pair in every]
    steady = [" × ".join(pair) for pair, times in often if times == len(DRAWS)]
    head = f"Printed by `python benchmarks/crosses.py`; {machine('numpy', 'numba')}."
    table = markdown(["adult, LogisticRegression with crosses", "pairs", "AUC", "log loss"], rows)
    write_results("crosses", ["# Crosses", "", head, "", *table, "", f"Found in every draw: {', '.join(steady)}."])


if __name__ == "__main__":
    main()
