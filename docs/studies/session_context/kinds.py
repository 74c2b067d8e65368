"""User types and item types in one space: which kind of film suits which kind of person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from layout import Section, change, markdown, share_of
from ranks import before
from searches import LIKED, Fold, film_folds

import nearfield as nf
from nearfield.datasets import movielens_1m_half
from nearfield.embed import typed_sequences
from nearfield.evaluate.figures import mean_figures

SEEDS = (1, 2, 3)
HEAD = ["people by", "types of people", "kinds of films", "people", "film kinds by", "mean rank", "change"]
Ranks = dict[str, np.ndarray]


def section() -> Section:
    """Rank kinds of films for people whom the model has never seen, by their type alone."""
    data = movielens_1m_half.load()
    columns = data.users, data.items, data.ratings.tolist(), data.times.tolist()
    # the first half of the time: half of the people have come by then
    fold = film_folds(*columns, [int(np.quantile(data.times, 0.5))])[0]
    item_types = {item: film_type(data.titles[item], of_item) for item, of_item in data.genres.items()}
    rows = []
    for name, n_traits in (("gender and age", 2), ("gender, age and occupation", 3)):
        user_types = {user: ":".join(["user", *traits[:n_traits]]) for user, traits in data.people.items()}
        judged = judge(fold, user_types, item_types)
        counts = [str(len(set(types.values()))) for types in (user_types, item_types)]
        for how, ranks in judged.items():
            told = change(ranks, judged["popularity"], how != "popularity")
            mean = share_of(mean_figures({"rank": ranks})["rank"].value)
            rows.append([name, *counts, f"{len(ranks):,}", how, mean, told])
    note = (
        f"Half of MovieLens 1M, the first half of the time to learn from. The kind (first genre and decade) of the last"
        f" film rated {LIKED} or more by people who came later, ranked for their type; 0 is first, 0.5 is chance."
    )
    return Section("Types", [note, "", *markdown(HEAD, rows)])


def film_type(title: str, genres: list[str]) -> str:
    return f"film:{genres[0]}:{title[-5:-2]}0s"


def judge(
    fold: Fold, user_types: Mapping[str, str], item_types: Mapping[str, str], seeds: Iterable[int] = SEEDS
) -> Ranks:
    """The rank of each new person's kind of film: by popularity, by counts within the type, by cosine."""
    known = {one.user for one in fold.sessions}
    of_users = [user_types[one.user] for one in fold.sessions]
    counts: dict[str, Counter[str]] = {user_type: Counter() for user_type in of_users}
    new = (one for one in fold.searches if one.user not in known and user_types[one.user] in counts)
    asked = [(user_types[one.user], item_types[one.goal]) for one in new]
    for user_type, one in zip(of_users, fold.sessions, strict=True):
        counts[user_type].update(item_types[item] for item in one.items)
    popular = Counter(item_types[item] for one in fold.sessions for item in one.items)
    typed = typed_sequences(nf.Sequences.from_lists(one.items for one in fold.sessions), of_users, item_types)
    learnt = [learn(typed, seed) for seed in seeds]
    return {
        "popularity": ranks(asked, popular, lambda _, kind: popular[kind]),
        "counts within the type": ranks(asked, popular, lambda user, kind: counts[user][kind]),
        "counts within the type / popularity": ranks(
            asked, popular, lambda user, kind: counts[user][kind] / popular[kind]
        ),
        "cosine of types": np.mean([ranks(asked, popular, of.similarity) for of in learnt], axis=0),
        "next to the type": np.mean([ranks(asked, popular, following(of)) for of in learnt], axis=0),
    }


def learn(typed: nf.Sequences, seed: int) -> nf.Vectors:
    """Types of both kinds in one space, by windows of whole pairs both ways."""
    model = nf.ItemEmbedding(direction="both", window=10, workers=1, seed=seed, verbose=False)
    return model.fit(typed).vectors_


def following(vectors: nf.Vectors) -> Callable[[str, str], float]:
    """How likely one type is to stand next to another: its output row times the other's input row."""
    rows = {key: i for i, key in enumerate(vectors.keys)}
    return lambda user, kind: float(vectors.input[rows[user]] @ vectors.output[rows[kind]])


def ranks(asked: Sequence[tuple[str, str]], kinds: Iterable[str], score: Callable[[str, str], float]) -> np.ndarray:
    """Where each kind asked for ranks among all by its score for the type; float64."""
    found = []
    scores = {user: {kind: score(user, kind) for kind in kinds} for user in {user for user, _ in asked}}
    for user, kind in asked:
        others = np.array([value for other, value in scores[user].items() if other != kind])
        found.append(before(np.array([[scores[user][kind]]]), others[None])[0])
    return np.array(found)
