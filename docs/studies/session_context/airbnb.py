"""Each part of Grbovic & Cheng (KDD 2018) on and off: the rank of the item taken against the k-th last click."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from layout import Section, change, markdown, share_of
from ranks import CLICKS, K, Values, by_cosine, by_next, fit
from searches import Log

from nearfield.evaluate.figures import mean_figures

SEEDS = (1, 2)
NOTHING = "nothing"
ALL = ("goals", "groups", "rejected", "users")
PARTS: dict[str, tuple[tuple[str, ...], dict[str, float]]] = {
    NOTHING: ((), {}),
    "goals": (("goals",), {}),
    "goals, five times": (("goals",), {"goal_repeats": 5}),
    "groups": (("groups",), {}),
    "rejected, strength 0.1": (("rejected",), {"strength": 0.1}),
    "rejected": (("rejected",), {}),
    "users": (("users",), {}),
    "all of these": (ALL, {}),
}
BANDS = {"k = 1": (0, 1), "2–4": (1, 4), "5–9": (4, 9), "10–17": (9, 17)}
HEAD = ["with", "cosine, offered", *BANDS, "change", "cosine, all", "change"]
HEAD_NEXT = ["with", "next, offered", "change", "next, all", "change", f"NDCG@{K}, all", "change"]
Judged = dict[str, Values]  # what is learnt with → figures of each search


def judge(log: Log, seeds: Iterable[int] = SEEDS, **settings: Any) -> tuple[Judged, Judged]:
    """The figures of each search, means over seeds: by cosine, windows both ways; and by `next`, forward."""
    alike: Judged = {}
    following: Judged = {}
    for name, (parts, own) in PARTS.items():
        on = [part for part in parts if part in log.parts]
        if parts and not on:
            continue
        started = time.perf_counter()
        both, forward = (
            [over_folds(log, on, by, seed=seed, direction=direction, **own, **settings) for seed in seeds]
            for by, direction in ((by_cosine, "both"), (by_next, "forward"))
        )
        alike[name], following[name] = mean_of(both), mean_of(forward)
        print(f"{log.name}, with {name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return alike, following


def over_folds(log: Log, parts: list[str], by: Callable[..., Values], **settings: Any) -> Values:
    """Learn each fold and rank its searches; the figures of all folds in one."""
    found = [by(fit(fold, log, parts, **settings), fold.searches) for fold in log.folds if fold.searches]
    return {name: np.concatenate([one[name] for one in found]) for name in found[0]}


def mean_of(runs: list[Values]) -> Values:
    return {name: np.mean([one[name] for one in runs], axis=0) for name in runs[0]}


def section(log: Log, figure: Path) -> Section:
    """Judge, draw, and return the tables."""
    alike, following = judge(log)
    draw({part: nan_mean(values["offered"].T) for part, values in alike.items()}, figure)
    tables = [*markdown(HEAD, rows_of_cosine(alike)), "", *markdown(HEAD_NEXT, rows_by_next(following))]
    return Section(title(log.name), [note_of(log), "", *tables])


def note_of(log: Log) -> str:
    """What the log has, and what a rank is."""
    searches = [one for fold in log.folds for one in fold.searches]
    offered = np.mean([len(one.offered) for one in searches])
    known = {item for fold in log.folds for one in fold.sessions for item in one.items}
    grouped = len(known.intersection(log.groups))
    return (
        f"{len(searches):,} searches, offered beside the item taken: {log.offered}, {offered:.1f} in the mean; groups"
        f" are known of {grouped:,} of {len(known):,} items. A rank is the share of the others that rank before it:"
        " 0 is first, 0.5 is chance. Two seeds, in the mean."
    )


def title(name: str) -> str:
    return f"Airbnb's parts: {name}"


def rows_of_cosine(judged: Judged) -> Iterator[list[str]]:
    """A row a part, with each search's mean over its clicks, and the mean of all searches by k."""
    off = {among: nan_mean(judged[NOTHING][among]) for among in ("offered", "all")}
    for part, values in judged.items():
        on = {among: nan_mean(values[among]) for among in off}
        by_k = [share_of(nan_mean(values["offered"][:, a:b].reshape(1, -1))[0]) for a, b in BANDS.values()]
        offered, everything = (change(on[among], off[among], part != NOTHING) for among in off)
        means = mean_figures(on)
        yield [part, share_of(means["offered"].value), *by_k, offered, share_of(means["all"].value), everything]


def rows_by_next(judged: Judged) -> Iterator[list[str]]:
    for part, values in judged.items():
        means = mean_figures(values)
        cells = []
        for among in ("offered", "all", "ndcg"):
            cells += [share_of(means[among].value), change(values[among], judged[NOTHING][among], part != NOTHING)]
        yield [part, *cells]


def nan_mean(values: np.ndarray) -> np.ndarray:
    """The mean of each row, over what is known of it; NaN where nothing is."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0).sum(axis=1)
    return np.divide(total, known.sum(axis=1), out=np.full(len(values), np.nan), where=known.any(axis=1))


def draw(lines: Values, path: Path) -> None:
    """The mean rank by k, as in the paper's figure 6."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "session context"
    figure, panel = plt.subplots(figsize=(7, 4), layout="constrained")
    for part, ranks in lines.items():
        panel.plot(range(1, CLICKS + 1), ranks, marker=".", label=part)
    panel.set(xlabel="the k-th last click", ylabel="share of what was offered before the item taken")
    panel.invert_xaxis()
    panel.legend(fontsize=8, title="learnt with")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
