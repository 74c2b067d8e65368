"""Item embeddings beside what people use today, on the same histories: what comes next, and how long training takes.

    python benchmarks/items.py all                        every data set and recommender
    python benchmarks/items.py all --data ml-100k beauty  some data sets

The last item of each history is put aside; all items that are not in the rest of the history are ranked, none is
sampled. Each recommender has a short list of settings; the one with the best NDCG on the last item but one is trained
again with that item and judged by the last. A recommender is a process of its own with two threads, and all lists are
judged by the same code. Seconds are those of the last training alone, after imports and with compiled code from the
disk: by the clock, and of processor time, which says more where other work runs beside. Rows go to `results/items.md`
as they are measured; rows of other runs stay there.

SASRec needs an environment of its own (`_sasrec.py`), whose Python is `.venv-sasrec/bin/python` or `$SASREC_PYTHON`.
It has one thread, and stops early on the last item but one, as its paper does, or after `$SASREC_SECONDS` of processor
time, an hour if not told.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from _paired import earlier_rows, in_process, machine, markdown, write_results

if TYPE_CHECKING:
    import scipy.sparse

    from nearfield.evaluate import Cases
    from nearfield.sequences import Sequences
    from nearfield.vectors import Vectors

K = 10
THREADS = 2
DATA = ("ml-100k", "ml-1m_half", "video_games", "beauty")
HEAD = ["data", "recommender", f"HR@{K}", "95 %", f"NDCG@{K}", "95 %", "seconds", "processor seconds", "chosen"]
SASREC = {"n_factors": 64, "n_blocks": 2, "n_heads": 1, "batch_size": 128, "lr": 0.001, "threads": 1, "patience": 3}
PROTOCOL = "the last item of each history, all unseen items ranked; SASRec by RecTools 0.19.0 on torch 2.13.0"
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


def sasrec(train: Sequences) -> Recommend:
    """The paper's sizes: 200 places and dropout 0.2 where histories are long, 50 and 0.5 where they are short.

    The loss is the softmax over all items, which is stronger than the paper's single negative; where histories are
    short, and so many that this would take days, over 256 negatives.
    """
    from nearfield.evaluate import leave_last_out

    earlier, last_but_one = leave_last_out(train)
    if train.n_tokens > 50 * len(train):
        settings = SASREC | {"loss": "softmax", "dropout_rate": 0.2, "session_max_len": 200, "every": 5}
    else:
        settings = SASREC | {"loss": "sampled_softmax", "n_negatives": 256, "dropout_rate": 0.5, "session_max_len": 50}
        settings["every"] = 5
    settings["max_seconds"] = int(os.environ.get("SASREC_SECONDS", 3600))
    targets = [earlier.vocabulary.get(target, -1) for (target,) in last_but_one.targets]
    python = os.environ.get("SASREC_PYTHON") or Path(__file__).parents[1] / ".venv-sasrec" / "bin" / "python"
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "train.npz", tokens=earlier.tokens, offsets=earlier.offsets, targets=targets)
        (Path(folder) / "settings.json").write_text(json.dumps(settings))
        subprocess.run([python, Path(__file__).with_name("_sasrec.py"), folder], check=True, stdout=sys.stderr)
        answer = json.loads((Path(folder) / "answer.json").read_text())
    found = [[(earlier.vocabulary.keys[i], 0.0) for i in one] for one in answer["lists"]]

    def recommend(_: Histories) -> Lists:
        return found

    recommend.measured = {name: answer[name] for name in ("seconds", "cpu_seconds")}  # type: ignore[attr-defined]
    recommend.chosen = settings | {"epochs": answer["epochs"]}  # type: ignore[attr-defined]
    return recommend


def nearfield(train: Sequences, *, last: int, decay: float, **settings: Any) -> Recommend:
    from nearfield.embed import ItemEmbedding

    model = ItemEmbedding(verbose=False, **settings)
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
    "SASRec, RecTools": (sasrec, [{}]),
    "nearfield ItemEmbedding": (
        nearfield,
        grid(
            {},  # the defaults
            {"direction": "both"},
            {"epochs": 40},
            {"window": 5, "vector_size": 128, "alpha": 0.025},
            {"ns_exponent": 0.5},
            last=5,
            decay=0.8,
        ),
    ),
    "nearfield ItemEmbedding, two threads": (nearfield, [{"epochs": 40, "workers": THREADS, "last": 5, "decay": 0.8}]),
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
    started = time.perf_counter(), time.process_time()
    recommend = make(train, **chosen)
    measured = {"seconds": time.perf_counter() - started[0], "cpu_seconds": time.process_time() - started[1]}
    measured |= getattr(recommend, "measured", {}) | {"chosen": getattr(recommend, "chosen", chosen)}
    print(json.dumps(judged(recommend, cases) | measured))


def judged(recommend: Recommend, cases: Cases) -> dict[str, Any]:
    """Rank for everybody and look for what came next."""
    from nearfield.evaluate import next_item

    return next_item(recommend(cases.histories), cases.targets, k=K).to_dict()


# ---- many runs -----------------------------------------------------------------------------------------------------


def compare(data: Sequence[str], recommenders: Sequence[str]) -> None:
    """Run all; print each row, and put it into the table of results."""
    for one in data:
        for name in recommenders:
            figures = in_process(__file__, one, name)
            hits, gains = (range_of(figures[f"{what}_interval"]) for what in ("hit_rate", "ndcg"))
            chosen = ", ".join(f"{key} {value}" for key, value in figures["chosen"].items()) or "–"
            quality = f"{figures['hit_rate']:.3f}", hits, f"{figures['ndcg']:.3f}", gains
            row = [one, name, *quality, f"{figures['seconds']:.1f}", f"{figures['cpu_seconds']:.1f}", chosen]
            print(*markdown(HEAD, [row])[-1:], flush=True)
            keep(row)


def keep(row: list[str]) -> None:
    """Put a row into the table of results, in the place of the one for the same data and recommender."""
    order = [(data, name) for data in DATA for name in RECOMMENDERS]
    table = {(one[0], one[1]): one for one in [*earlier_rows("items"), row]}
    head = (
        f"Printed by `python benchmarks/items.py all`: {PROTOCOL}. {machine('implicit', 'gensim', 'numpy', 'numba')}."
    )
    ordered = [table[pair] for pair in order if pair in table]
    write_results("items", ["# Items: what comes next", "", head, "", *markdown(HEAD, ordered)])


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
    print(machine("implicit", "gensim", "numpy", "numba"), *markdown(HEAD, [])[:2], sep="\n", flush=True)
    compare(arguments.data, arguments.recommenders)


if __name__ == "__main__":
    main()
