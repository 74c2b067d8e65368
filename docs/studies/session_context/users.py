"""User vectors: the mean of what somebody did, or a row learnt for them (PV-DBOW and PV-DM)."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
from layout import Section, change, markdown, with_interval

import nearfield as nf
from nearfield.datasets import amazon_video_games, movielens_1m_half, movielens_100k
from nearfield.evaluate import Cases, leave_last_out, next_item
from nearfield.evaluate.figures import mean_figures
from nearfield.sequences import Sequences

K = 10
DATA = {
    "ml-100k": (movielens_100k, (1, 2, 3)),
    "ml-1m_half": (movielens_1m_half, (1,)),
    "video_games": (amazon_video_games, (1,)),
}
HEAD = ["data", "user", f"HR@{K}", f"NDCG@{K}", "change"]
MEANS: dict[str, dict[str, Any]] = {
    "mean of the last 5, decay 0.8 (the preset)": {"last": 5, "decay": 0.8},
    "mean of all": {"last": None, "decay": None},
    "mean of all, decay 0.9": {"last": None, "decay": 0.9},
}
TRAINED = {"skip-gram with users (PV-DBOW)": "skipgram", "CBOW with users (PV-DM)": "cbow"}


def section(names: Iterable[str]) -> Section:
    """Compare on some data sets, each kind of user with the preset."""
    rows = []
    for name in names:
        home, seeds = DATA[name]
        judged = judge(home.load().sequences(), seeds)
        preset = judged[next(iter(MEANS))]["ndcg"]
        for user, values in judged.items():
            means = mean_figures(values)
            told = change(values["ndcg"], preset, values["ndcg"] is not preset)
            rows.append([name, user, f"{means['hit_rate'].value:.3f}", with_interval(means["ndcg"]), told])
            print(rows[-1], file=sys.stderr, flush=True)
    note = "The last item of each history, all unseen ones ranked by the dot product with their output rows."
    return Section("Users", [note, "", *markdown(HEAD, rows)])


def judge(sequences: Sequences, seeds: Iterable[int], **settings: Any) -> dict[str, dict[str, np.ndarray]]:
    """HR and NDCG of each history by each kind of user; means over seeds."""
    train, cases = leave_last_out(sequences)
    runs = [of_seed(train, cases, seed=seed, **settings) for seed in seeds]
    return {
        user: {key: np.mean([run[user][key] for run in runs], axis=0) for key in ("hit_rate", "ndcg")}
        for user in runs[0]
    }


def of_seed(train: Sequences, cases: Cases, **settings: Any) -> dict[str, dict[str, np.ndarray]]:
    users = [str(i) for i in range(len(train))]  # case i is of sequence i
    vectors = nf.ItemEmbedding(workers=1, verbose=False, **settings).fit(train).vectors_
    found = {name: figures(vectors, means(vectors, cases, **how), cases) for name, how in MEANS.items()}
    for name, architecture in TRAINED.items():
        model = nf.ItemEmbedding(architecture=architecture, workers=1, verbose=False, **settings)
        model.fit(train, users=users)
        rows, recent = model.users_.input, means(model.vectors_, cases, last=5, decay=0.8)
        found[f"{name}: the user's row"] = figures(model.vectors_, rows, cases)
        found[f"{name}: mean of the last 5"] = figures(model.vectors_, recent, cases)
        found[f"{name}: both, halved"] = figures(model.vectors_, (rows + recent) / 2, cases)
    return found


def means(vectors: nf.Vectors, cases: Cases, *, last: int | None, decay: float | None) -> np.ndarray:
    """What each history is asked with, float32, shape (cases, dim)."""
    recent = (history if last is None else history[-last:] for history in cases.histories)
    return np.stack([vectors.profile(history, decay=decay) for history in recent])


def figures(vectors: nf.Vectors, asked: np.ndarray, cases: Cases) -> dict[str, np.ndarray]:
    recommended = vectors.next_batch(asked, k=K, exclude=cases.histories)
    values = next_item(recommended, cases.targets, k=K, resamples=1).values
    return {key: values[key] for key in ("hit_rate", "ndcg")}
