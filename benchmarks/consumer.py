"""A model that reads version 1 of item vectors, when version 2 is published.

    python benchmarks/consumer.py

MovieLens 100k by time. Version 1 of the vectors is learnt from the first 60 % of the ratings, version 2 from all of the
first 80 %, in several ways. The consumer is a logistic regression that foretells whether a film is liked (rated 4 or
more): by the film's vector, and by that vector times, number by number, the mean of the last ten films that the user
has liked. It learns from the first 60 % with version 1, and is judged on the last 20 % with version 2

- raw: as it is;
- aligned: in the space of version 1, as `Store.open_in(1)` gives it by an orthogonal map, and by an affine one;
- retrained: the consumer learns again from the same rows, with version 2.

Products number by number mean another thing when the space has turned, which an inner product would not notice. AUC,
the mean over three seeds of the vectors and, in brackets, from the lowest to the highest.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

import nearfield as nf
from _paired import machine, markdown, write_results
from nearfield.datasets import movielens_100k
from nearfield.embed import ItemEmbedding
from nearfield.evaluate.ranking_metrics import auc
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import LogisticRegression
from nearfield.rank.features.similarities import NumberColumns, with_numbers
from nearfield.sequences import Sequences
from nearfield.store import Store
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    import polars

FIRST, SECOND, LIKED, LAST = 0.6, 0.8, 4, 10
SEEDS = (1, 2, 3)


def histories(ratings: polars.DataFrame) -> Sequences:
    """What each user rated, in the order of time."""
    return Sequences.from_lists(ratings.group_by("user", maintain_order=True).agg("item")["item"].to_list())


def recently_liked(ratings: polars.DataFrame) -> list[list[str]]:
    """Of each rating, in the order of time: the last films that its user had liked before."""
    liked: dict[str, list[str]] = {}
    found = []
    for user, item, rating in ratings.select("user", "item", "rating").iter_rows():
        before = liked.get(user, [])
        found.append(before)
        liked[user] = [*before, item][-LAST:] if rating >= LIKED else before
    return found


def rows(vectors: Vectors, ratings: polars.DataFrame, liked: list[list[str]]) -> Examples:
    """Ratings as what the consumer reads; a film without a vector is zeros."""
    known = dict(zip(vectors.keys, vectors.input, strict=True))
    nothing = np.zeros(vectors.dim, np.float32)
    films = np.array([known.get(item, nothing) for item in ratings["item"]])
    means = np.array([np.mean([known.get(item, nothing) for item in some] or [nothing], axis=0) for some in liked])
    names = tuple(f"{kind}{i}" for kind in ("film", "both") for i in range(vectors.dim))
    columns = NumberColumns(names, np.hstack([films, films * means]).astype(np.float32))
    labels = (ratings["rating"] >= LIKED).cast(float).to_numpy()
    empty = Examples(labels, np.zeros(len(labels) + 1, np.int64), np.empty(0, np.int32), space=FeatureSpace(0, ()))
    return with_numbers(empty, columns)


Way = Callable[[Vectors, Sequences, Sequences, int], Vectors]


def retrained(apart: int) -> Way:
    """Retrain, with the seed of version 1 or another."""

    def fit(vectors: Vectors, old: Sequences, new: Sequences, seed: int) -> Vectors:
        both = Sequences.from_lists([one.keys(i) for one in (old, new) for i in range(len(one))])
        return ItemEmbedding(seed=seed + apart, verbose=False).fit(both).vectors_

    return fit


def updated(strategy: str) -> Way:
    """Go on from version 1."""
    return lambda vectors, old, new, seed: nf.update(vectors, new, strategy=strategy, old=old, seed=seed).content


WAYS: dict[str, Way] = {
    "retrain, another seed": retrained(100),
    "retrain, the same seed": retrained(0),
    "fine_tune": updated("fine_tune"),
    "replay": updated("replay"),
    "settle": updated("settle"),
}


def judged(way: Way, ratings: polars.DataFrame, seed: int) -> list[float]:
    """Return the AUC with version 1 itself, version 2 raw, aligned, by an affine map, and of a retrained consumer."""
    first, second = (int(len(ratings) * share) for share in (FIRST, SECOND))
    old, new = histories(ratings[:first]), histories(ratings[first:second])
    liked = recently_liked(ratings)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder + "/store")
        store.publish(ItemEmbedding(seed=seed, verbose=False).fit(old).vectors_)
        store.publish(way(store.open(1), old, new, seed))
        readings = [store.open(1), store.open(2), store.open_in(1), store.open_in(1, kind="affine")]
        consumer, again = (
            LogisticRegression(alpha=0.05, epochs=5).fit(rows(one, ratings[:first], liked[:first]))
            for one in (store.open(1), store.open(2))
        )
        pairs = [*((consumer, one) for one in readings), (again, store.open(2))]
        later = [(model, rows(one, ratings[second:], liked[second:])) for model, one in pairs]
        return [auc(examples.labels, model.foretell(examples)) for model, examples in later]


def main() -> None:
    ratings = movielens_100k.load().interactions.sort("time", maintain_order=True)
    table = []
    for name, way in WAYS.items():
        found = [judged(way, ratings, seed) for seed in SEEDS]
        columns = itertools.zip_longest(*found)
        table.append([name, *(f"{statistics.mean(one):.4f} ({min(one):.4f}–{max(one):.4f})" for one in columns)])
        print(*table[-1], sep=" | ", flush=True)
    head = f"Printed by `python benchmarks/consumer.py`; {machine('numpy', 'numba')}."
    columns = ["version 2 by", "version 1", "raw", "aligned", "aligned, affine", "retrained"]
    write_results("consumer", ["# A consumer of version 1 reads version 2", "", head, "", *markdown(columns, table)])


if __name__ == "__main__":
    main()
