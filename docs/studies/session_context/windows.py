"""Window directions and architectures: what comes next, and what is alike."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

import numpy as np
from layout import Section, change, markdown, with_interval

import nearfield as nf
from nearfield.datasets import movielens_1m_half, movielens_100k
from nearfield.evaluate import item_retrieval, leave_last_out
from nearfield.evaluate.figures import mean_figures
from nearfield.sequences import Sequences

K = 10
RECENT = {"last": 5, "decay": 0.8}
KINDS = [(architecture, direction) for architecture in ("skipgram", "cbow") for direction in ("forward", "both")]
DATA = {"ml-100k": (movielens_100k, (1, 2, 3)), "ml-1m_half": (movielens_1m_half, (1,))}
HEAD = ["data", "architecture", "direction", f"HR@{K}", f"NDCG@{K}", "change", "kin among 10 alike", "change"]


def section(names: Iterable[str]) -> Section:
    """Compare on some data sets, each kind with the first."""
    rows = []
    for name in names:
        home, seeds = DATA[name]
        data = home.load()
        judged = {kind: judge(data.sequences(), data.genres, seeds, *kind) for kind in KINDS}
        first = judged[KINDS[0]]
        for kind, values in judged.items():
            told = kind != KINDS[0]
            means = {key: mean_figures({key: one})[key] for key, one in values.items()}
            gain, kin = (change(values[key], first[key], told) for key in ("ndcg", "kin"))
            row = [name, *kind, f"{means['hit_rate'].value:.3f}", with_interval(means["ndcg"]), gain]
            rows.append([*row, f"{means['kin'].value:.3f}", kin])
            print(rows[-1], file=sys.stderr, flush=True)
    note = (
        "The last film of each history, all unseen ones ranked by `next` of the last five (decay 0.8). Kin: the share"
        " of the ten nearest by cosine that share a genre, over films seen at least 20 times. Three seeds for ml-100k."
    )
    return Section("Windows and architectures", [note, "", *markdown(HEAD, rows)])


def judge(
    sequences: Sequences, genres: Mapping[str, list[str]], seeds: Iterable[int], architecture: str, direction: str
) -> dict[str, np.ndarray]:
    """HR and NDCG of each history, and each film's kin; means over seeds."""
    train, cases = leave_last_out(sequences)
    runs = []
    for seed in seeds:
        model = nf.ItemEmbedding(architecture=architecture, direction=direction, workers=1, seed=seed, verbose=False)
        vectors = model.fit(train).vectors_
        values = item_retrieval(vectors, cases, k=K, resamples=1, **RECENT).values
        runs.append({"hit_rate": values["hit_rate"], "ndcg": values["ndcg"], "kin": kin(vectors, genres)})
    return {key: np.mean([run[key] for run in runs], axis=0) for key in runs[0]}


def kin(vectors: nf.Vectors, genres: Mapping[str, list[str]], least: int = 20) -> np.ndarray:
    """The share of the ten most alike that share a genre, of each film seen at least so often; float64."""
    films = [key for key, n in zip(vectors.keys, vectors.counts, strict=True) if n >= least]
    alike = vectors.similar_batch(films, k=K)
    return np.array(
        [
            np.mean([not set(genres[film]).isdisjoint(genres[other]) for other, _ in found])
            for film, found in zip(films, alike, strict=True)
        ]
    )
