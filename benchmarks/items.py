"""Item embeddings beside what people use today, on the same histories: what comes next, and how long training takes.

    python benchmarks/items.py all                        every data set and recommender
    python benchmarks/items.py all --data ml-100k beauty  some data sets

The last item of each history is put aside; all items that are not in the rest of the history are ranked, none is
sampled. Each recommender has a short list of settings; the one with the best NDCG on the last item but one is trained
again with that item and judged by the last. A recommender is a process of its own with two threads, and all lists are
judged by the same code. Seconds are those of the last training alone, after imports and with compiled code from the
disk. Writes `results/items.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from _paired import in_process, machine, markdown, write_results

if TYPE_CHECKING:
    import scipy.sparse

    from nearfield.evaluate import Cases
    from nearfield.sequences import Sequences
    from nearfield.vectors import Vectors

K = 10
THREADS = 2
DATA = ("ml-100k", "ml-1m_half", "video_games", "beauty")
HEAD = ["data", "recommender", f"HR@{K}", "95 % interval", f"NDCG@{K}", "95 % interval", "seconds", "chosen"]
Lists = list[list[tuple[str, float]]]
Histories = list[list[str]]
Recommend = Callable[[Histories], Lists]


def histories_of(name: str) -> Sequences:
    """What each user did, the oldest first."""
    from nearfield.datasets import amazon_beauty, amazon_video_games, movielens_1m_half, movielens_100k

    homes = (movielens_100k, movielens_1m_half, amazon_video_games, amazon_beauty)
    return dict(zip(DATA, homes, strict=True))[name].load().sequences()


# ---- recommenders: learn from sequences, return what recommends ----------------------------------------------------


def popularity(train: Sequences) -> Recommend:
    from nearfield.evaluate import Popularity

    model = Popularity(train)
    return lambda histories: model.next_batch(histories, k=K, exclude=histories)


def item_knn(train: Sequences, **settings: Any) -> Recommend:
    from nearfield.evaluate import ItemKNN

    model = ItemKNN(**settings).fit(train)
    return lambda histories: model.next_batch(histories, k=K, exclude=histories)


def implicit_als(train: Sequences, **settings: Any) -> Recommend:
    from implicit.als import AlternatingLeastSquares

    return implicit_model(AlternatingLeastSquares(num_threads=THREADS, random_state=1, **settings), train)


def implicit_bpr(train: Sequences, **settings: Any) -> Recommend:
    from implicit.bpr import BayesianPersonalizedRanking

    return implicit_model(BayesianPersonalizedRanking(num_threads=THREADS, random_state=1, **settings), train)


def implicit_model(model: Any, train: Sequences) -> Recommend:
    matrix = user_items(train)
    model.fit(matrix, show_progress=False)

    def recommend(_: Histories) -> Lists:  # the users it has been fitted on, in their order
        ids, scores = model.recommend(np.arange(matrix.shape[0]), matrix, N=K, filter_already_liked_items=True)
        keys = train.vocabulary.keys
        return [
            [(keys[i], float(score)) for i, score in zip(row, row_scores, strict=True) if i >= 0]
            for row, row_scores in zip(ids, scores, strict=True)
        ]

    return recommend


def user_items(train: Sequences) -> scipy.sparse.csr_matrix:
    """A row a user, a column an item: how often."""
    import scipy.sparse

    shape = len(train), len(train.vocabulary)
    ones = np.ones(train.n_tokens, np.float32)
    matrix = scipy.sparse.csr_matrix((ones, np.asarray(train.tokens), train.offsets), shape=shape)
    matrix.sum_duplicates()
    return matrix


def gensim_item2vec(
    train: Sequences, *, output: bool, last: int | None, decay: float | None, **settings: Any
) -> Recommend:
    from gensim.models import Word2Vec

    from nearfield.vectors import Vectors

    lists = [train.keys(i) for i in range(len(train))]
    model = Word2Vec(lists, sg=1, vector_size=64, min_count=1, workers=THREADS, seed=1, **settings)
    vectors = Vectors(model.wv.index_to_key, model.wv.vectors, model.syn1neg)
    return (by_output if output else by_input)(vectors, last, decay)


def nearfield(train: Sequences, *, last: int, decay: float, **settings: Any) -> Recommend:
    from nearfield.embed import ItemEmbedding

    model = ItemEmbedding(workers=THREADS, verbose=False, **settings)
    return by_output(model.fit(train).vectors_, last, decay)


def by_output(vectors: Vectors, last: int | None, decay: float | None) -> Recommend:
    def recommend(histories: Histories) -> Lists:
        recent = histories if last is None else [history[-last:] for history in histories]
        return vectors.next_batch(recent, k=K, exclude=histories, decay=decay, unknown="skip")

    return recommend


def by_input(vectors: Vectors, last: int | None, decay: float | None) -> Recommend:
    """What is alike to the mean of the history: how item2vec is mostly used."""

    def recommend(histories: Histories) -> Lists:
        recent = histories if last is None else [history[-last:] for history in histories]
        means = np.stack([vectors.profile(history, decay=decay, unknown="skip") for history in recent])
        return vectors.similar_batch(means, k=K, exclude=histories)

    return recommend


def grid(*settings: dict[str, Any], **common: Any) -> list[dict[str, Any]]:
    return [common | one for one in settings]


ITEM2VEC = [
    {"window": 5, "ns_exponent": 0.75, "last": None, "decay": None},
    {"window": 10, "ns_exponent": 0.0, "last": None, "decay": None},
    {"window": 5, "ns_exponent": 0.75, "last": 5, "decay": 0.8},
    {"window": 10, "ns_exponent": 0.0, "last": 5, "decay": 0.8},
]
RECOMMENDERS: dict[str, tuple[Callable[..., Recommend], list[dict[str, Any]]]] = {
    "popularity": (popularity, [{}]),
    "item-kNN, cosine": (item_knn, grid({"shrinkage": 0.0}, {"shrinkage": 20.0}, weighting="cosine")),
    "item-kNN, BM25": (item_knn, grid({"shrinkage": 0.0}, {"shrinkage": 20.0}, weighting="bm25")),
    "implicit ALS": (
        implicit_als,
        grid(
            {"factors": 64, "regularization": 0.05},
            {"factors": 64, "regularization": 5.0},
            {"factors": 128, "regularization": 0.05},
            {"factors": 128, "regularization": 5.0},
            iterations=20,
        ),
    ),
    "implicit BPR": (
        implicit_bpr,
        grid(
            {"factors": 64, "learning_rate": 0.05, "iterations": 100},
            {"factors": 64, "learning_rate": 0.01, "iterations": 200},
            {"factors": 128, "learning_rate": 0.05, "iterations": 100},
            {"factors": 128, "learning_rate": 0.02, "iterations": 200},
        ),
    ),
    "gensim item2vec, input × input": (gensim_item2vec, grid(*ITEM2VEC, epochs=20, output=False)),
    "gensim item2vec, input × output": (gensim_item2vec, grid(*ITEM2VEC, epochs=20, output=True)),
    "nearfield ItemEmbedding": (
        nearfield,
        grid(
            {},  # the defaults
            {"window": 5, "vector_size": 128},
            {"ns_exponent": 0.0},
            {"ns_exponent": 0.5},
            last=5,
            decay=0.8,
        ),
    ),
}


# ---- one run, in a process of its own ------------------------------------------------------------------------------


def run_one(data: str, name: str) -> None:
    """Choose, train, judge; print the figures as JSON."""
    from nearfield.embed.run import compile_kernels
    from nearfield.evaluate import leave_last_out

    compile_kernels(verbose=False)
    make, settings = RECOMMENDERS[name]
    train, cases = leave_last_out(histories_of(data))
    chosen = settings[0]
    if len(settings) > 1:
        earlier, last_but_one = leave_last_out(train)
        chosen = max(settings, key=lambda one: judged(make(earlier, **one), last_but_one)["ndcg"])
    started = time.perf_counter()
    recommend = make(train, **chosen)
    seconds = time.perf_counter() - started
    print(json.dumps(judged(recommend, cases) | {"seconds": seconds, "chosen": chosen}))


def judged(recommend: Recommend, cases: Cases) -> dict[str, Any]:
    """Rank for everybody and look for what came next."""
    from nearfield.evaluate import next_item

    return next_item(recommend(cases.histories), cases.targets, k=K).to_dict()


# ---- many runs -----------------------------------------------------------------------------------------------------


def compare(data: Sequence[str], recommenders: Sequence[str]) -> list[list[str]]:
    """Run all; return the rows of the table."""
    rows = []
    for one in data:
        for name in recommenders:
            figures = in_process(__file__, one, name)
            hits, gains = (range_of(figures[f"{what}_interval"]) for what in ("hit_rate", "ndcg"))
            chosen = ", ".join(f"{key} {value}" for key, value in figures["chosen"].items()) or "–"
            measured = f"{figures['hit_rate']:.3f}", hits, f"{figures['ndcg']:.3f}", gains, f"{figures['seconds']:.1f}"
            rows.append([one, name, *measured, chosen])
            print(*markdown(HEAD, rows)[-1:], flush=True)
    return rows


def range_of(interval: Sequence[float]) -> str:
    return f"{interval[0]:.3f}–{interval[1]:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    everything = verbs.add_parser("all")
    everything.add_argument("--data", nargs="+", choices=DATA, default=DATA)
    everything.add_argument("--recommenders", nargs="+", choices=RECOMMENDERS, default=list(RECOMMENDERS))
    one = verbs.add_parser("one", help="a single recommender; prints JSON")
    one.add_argument("data")
    one.add_argument("name")
    arguments = parser.parse_args()
    if arguments.verb == "one":
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # implicit brings threads of its own
        run_one(arguments.data, arguments.name)
        return
    measured_on = machine("implicit", "gensim", "numpy", "numba")
    print(measured_on, *markdown(HEAD, [])[:2], sep="\n", flush=True)
    rows = compare(arguments.data, arguments.recommenders)
    if (arguments.data, arguments.recommenders) == (DATA, list(RECOMMENDERS)):
        protocol = "the last item of each history, all unseen items ranked"
        head = f"Printed by `python benchmarks/items.py all`: {protocol}. {measured_on}."
        write_results("items", ["# Items: what comes next", "", head, "", *markdown(HEAD, rows)])


if __name__ == "__main__":
    main()
