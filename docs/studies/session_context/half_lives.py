"""Decay: how fast interest cools, at query time and in training, one half-life and two."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from layout import Section, change, markdown, with_interval

import nearfield as nf
from nearfield.datasets import movielens_1m_half, movielens_100k, taobao
from nearfield.evaluate import Popularity, Split, item_retrieval, rolling_by_time
from nearfield.evaluate.figures import mean_figures
from nearfield.evaluate.rolling import per_owner
from nearfield.recency import recency_weights
from nearfield.sequences import Sequences

K = 10
PRESET = {"last": 5, "decay": 0.8}
QUERIES: dict[str, dict[str, Any]] = {
    "last 5, decay 0.8 (the preset)": PRESET,
    "all alike": {},
    "decay 0.8": {"decay": 0.8},
    "half-life 1min": {"half_life": "1min"},
    "half-life 10min": {"half_life": "10min"},
    "half-life 1h": {"half_life": "1h"},
    "half-life 1d": {"half_life": "1d"},
    "half-life 7d": {"half_life": "7d"},
    "half-lives 1min and 1d": {"half_life": ["1min", "1d"]},
    "half-lives 10min and 7d": {"half_life": ["10min", "7d"]},
    "half-lives 1h and 30d": {"half_life": ["1h", "30d"]},
}
WEIGHTS = ("30d", "7d", "1d")
HEAD = ["data", "decay", f"HR@{K}", f"NDCG@{K}", "change"]


def taobao_histories() -> Sequences:
    """What each of 114 users did in nine days."""
    return nf.read_log(taobao.nine_days(), columns=taobao.COLUMNS, event="behaviour").sessions(gap=None)


REPEATS = ("taobao",)  # what was looked at is looked at again
DATA = {
    "taobao": taobao_histories,
    "ml-100k": lambda: movielens_100k.load().sequences(),
    "ml-1m_half": lambda: movielens_1m_half.load().sequences(),
}


def section(names: Iterable[str]) -> Section:
    """Compare on some data sets, each decay with the preset."""
    rows = []
    for name in names:
        split = rolling_by_time(DATA[name]())
        judged = judge(split, name in REPEATS)
        preset = next(iter(judged.values()))["ndcg"]
        for i, (decay, values) in enumerate(judged.items()):
            means = mean_figures(values)
            cells = [f"{means['hit_rate'].value:.3f}", with_interval(means["ndcg"])]
            rows.append([f"{name}, {len(preset):,} histories", decay, *cells, change(values["ndcg"], preset, i > 0)])
            print(rows[-1], file=sys.stderr, flush=True)
    note = (
        "All that happened in the last tenth of the time is foretold from what came before it in its history; each"
        " history has an equal say. All items are ranked that it does not hold, on Taobao those that it holds, too."
    )
    return Section("Decay", [note, "", *markdown(HEAD, rows)])


def judge(split: Split, repeats: bool, **settings: Any) -> dict[str, dict[str, np.ndarray]]:
    """HR and NDCG of each history: decay of the query, then of training, then popularity with decay."""
    vectors = learn(split.train, **settings)
    judged = {f"query: {name}": figures(vectors, split, repeats, query) for name, query in QUERIES.items()}
    for half_life in WEIGHTS:
        weighed = learn(cooled(split.train, half_life), **settings)
        judged[f"training weights, half-life {half_life}; query: the preset"] = figures(weighed, split, repeats, PRESET)
    for half_life in (None, "1d"):
        name = f"popularity, half-life {half_life}" if half_life else "popularity"
        judged[name] = figures(Popularity(split.train, half_life=half_life), split, repeats, {})
    return judged


def learn(train: Sequences, **settings: Any) -> nf.Vectors:
    return nf.ItemEmbedding(workers=1, verbose=False, **settings).fit(train).vectors_


def cooled(train: Sequences, half_life: str) -> Sequences:
    """The sequences with weights by age, as `Log.sessions` gives them: the newest event weighs 1."""
    weights = recency_weights(train.n_tokens, half_life, train.times)
    return Sequences(train.vocabulary, train.tokens, train.offsets, weights / weights.max(), train.times)


def figures(recommender: Any, split: Split, repeats: bool, query: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """HR and NDCG of each history, the means over its cases."""
    cases = split.cases if repeats else split.cases.unseen()
    values = item_retrieval(recommender, cases, k=K, repeats=repeats, resamples=1, **query).values
    return {name: per_owner(values[name], cases.owners) for name in ("hit_rate", "ndcg")}
