"""Graph convolution beside published figures and simple rivals: classes of papers, papers that come later, films.

    python benchmarks/graph_convolution.py all

Three questions, each with data sets and a protocol of its own:

- GCN: Cora and Citeseer with their public splits (20 labels a class, 500 nodes for validation, accuracy on 1,000), the
  paper's settings, a mean over seeds.
- GraphSAGE: Cora without labels, then a logistic regression on the vectors of the 140 labelled papers, judged on the
  same 1,000. Once it learns from the whole graph; once from the graph without the 1,000 and all their citations, and
  makes their vectors afterwards.
- LightGCN: MovieLens 100k, the last film of each person put aside, all films ranked that the person has not rated. As
  in `items.py`, the settings with the best NDCG on the last film but one are trained again and judged by the last.

Every measurement is a process of its own; seconds are those of `fit`, after imports. What is of this room has one
thread, the rivals that can use more have two.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

import items
from _paired import in_process, machine, markdown, write_results

if TYPE_CHECKING:
    from nearfield.datasets.planetoid import Planetoid
    from nearfield.graph import Graph
    from nearfield.sequences import Sequences
    from nearfield.vectors import Vectors

GCN_SEEDS, SAGE_SEEDS = 10, 5
PUBLISHED = {"cora": "81.5", "citeseer": "70.3"}  # arXiv:1609.02907, table 2
RIDGE = (0.1, 1.0, 10.0, 100.0, 1000.0)  # C of the logistic regression, chosen on the validation nodes
LIGHTGCN = items.grid({"layers": 2}, {"layers": 3}, {"layers": 2, "vector_size": 128})
RIVALS = ("popularity", "item-kNN, cosine", "item-kNN, BM25", "nearfield ItemEmbedding")


# ---- GCN -----------------------------------------------------------------------------------------------------------


def gcn(name: str) -> dict[str, Any]:
    """Return the accuracy on the test nodes for each seed, in points, and seconds."""
    from nearfield.datasets import planetoid
    from nearfield.embed import GCN

    data = planetoid.load(name)
    truth = labels(data.graph, data.test)
    found, started = [], time.perf_counter()
    for seed in range(GCN_SEEDS):
        model = GCN(seed=seed, workers=1, verbose=False).fit(data.graph, train=data.train, validation=data.validation)
        found.append(100 * float(np.mean(np.array(model.predict(data.test)) == truth)))
    return {"accuracy": found, "seconds": (time.perf_counter() - started) / GCN_SEEDS}


# ---- GraphSAGE -----------------------------------------------------------------------------------------------------


def sage(kind: str) -> dict[str, Any]:
    """Return the accuracy of what vectors of a kind tell, for each seed, in points, and seconds."""
    from nearfield.datasets import planetoid

    data = planetoid.load("cora")
    make = {"features": raw_features, "transductive": from_all, "inductive": from_the_others}[kind]
    found, seconds = [], []
    for seed in range(1 if kind == "features" else SAGE_SEEDS):
        started = time.perf_counter()
        rows = make(data, seed)
        seconds.append(time.perf_counter() - started)
        found.append(regression(rows, data))
    return {"accuracy": found, "seconds": float(np.mean(seconds))}


def raw_features(data: Planetoid, seed: int) -> Callable[[Any], np.ndarray]:
    rows = data.graph.features.toarray()
    rows /= np.maximum(rows.sum(axis=1, keepdims=True), 1)
    return lambda keys: rows[data.graph.vocabulary.ids(list(keys))]


def from_all(data: Planetoid, seed: int) -> Callable[[Any], np.ndarray]:
    vectors = fitted(data.graph, seed).vectors_
    return lambda keys: vectors[list(keys)]


def from_the_others(data: Planetoid, seed: int) -> Callable[[Any], np.ndarray]:
    vectors: Vectors = fitted(without(data.graph, set(data.test)), seed).transform(data.graph)
    return lambda keys: vectors[list(keys)]


def fitted(graph: Graph, seed: int) -> Any:
    from nearfield.embed import GraphSAGE

    return GraphSAGE(seed=seed, workers=1, verbose=False).fit(graph)


def without(graph: Graph, left_out: set[str]) -> Graph:
    """The graph of the other nodes."""
    from nearfield.graph import Graph

    kept = [key for key in graph.keys if key not in left_out]
    edges = [(key, other) for key in kept for other, _ in graph.neighbours(key) if other not in left_out]
    part = Graph.from_edges(*zip(*edges, strict=True), nodes=kept)
    return part.with_features(graph.features[graph.vocabulary.ids(kept)], kept)


def regression(rows: Callable[[Any], np.ndarray], data: Planetoid) -> float:
    from sklearn.linear_model import LogisticRegression

    parts = {name: (rows(keys), labels(data.graph, keys)) for name, keys in vars(data).items() if name != "graph"}
    models = [LogisticRegression(C=c, max_iter=5000).fit(*parts["train"]) for c in RIDGE]
    return 100 * float(max(models, key=lambda model: model.score(*parts["validation"])).score(*parts["test"]))


def labels(graph: Graph, keys: Any) -> np.ndarray:
    return np.array([graph.labels_of(key)[0] for key in keys])


# ---- LightGCN ------------------------------------------------------------------------------------------------------


def lightgcn(train: Sequences, *, by_history: bool, **settings: Any) -> items.Recommend:
    from nearfield.embed import LightGCN

    model = LightGCN(workers=1, verbose=False, **settings).fit(train)
    if by_history:
        return items.by_output(model.vectors_, 5, 0.8)

    def recommend(histories: items.Histories) -> items.Lists:  # the people it has been fitted on, in their order
        return model.vectors_.next_batch(model.users_.input, k=items.K, exclude=histories)

    return recommend


RECOMMENDERS = {name: items.RECOMMENDERS[name] for name in RIVALS} | {
    "nearfield LightGCN, people": (functools.partial(lightgcn, by_history=False), LIGHTGCN),
    "nearfield LightGCN, last 5 films": (functools.partial(lightgcn, by_history=True), LIGHTGCN),
}


def films(name: str) -> dict[str, Any]:
    """Choose, train, judge."""
    from nearfield.evaluate import leave_last_out

    make, settings = RECOMMENDERS[name]
    train, cases = leave_last_out(items.histories_of("ml-100k"))
    earlier, last_but_one = leave_last_out(train)
    chosen = max(settings, key=lambda one: items.judged(make(earlier, **one), last_but_one)["ndcg"])
    started = time.perf_counter()
    recommend = make(train, **chosen)
    seconds = time.perf_counter() - started
    return items.judged(recommend, cases) | {"seconds": seconds, "chosen": chosen}


# ---- all of it -----------------------------------------------------------------------------------------------------

PARTS: dict[str, Callable[[str], dict[str, Any]]] = {"gcn": gcn, "sage": sage, "films": films}


def points(figures: dict[str, Any]) -> str:
    accuracy = figures["accuracy"]
    return f"{np.mean(accuracy):.1f} ± {np.std(accuracy):.1f}" if len(accuracy) > 1 else f"{accuracy[0]:.1f}"


def gcn_table() -> list[str]:
    rows = []
    for name, published in PUBLISHED.items():
        figures = in_process(__file__, "gcn", name)
        rows.append([name, f"{points(figures)} ({GCN_SEEDS} seeds)", published, f"{figures['seconds']:.1f}"])
    return markdown(["data", "accuracy, %", "published", "seconds a fit"], rows)


def sage_table() -> list[str]:
    rows = []
    for kind, told in (
        ("features", "none: the papers' words alone"),
        ("transductive", "GraphSAGE, learnt from the whole graph"),
        ("inductive", "GraphSAGE, learnt without the test papers"),
    ):
        figures = in_process(__file__, "sage", kind)
        rows.append([told, points(figures), f"{figures['seconds']:.1f}"])
    return markdown(["vectors", f"accuracy, % ({SAGE_SEEDS} seeds)", "seconds a fit"], rows)


def films_table() -> list[str]:
    rows = []
    for name in RECOMMENDERS:
        figures = in_process(__file__, "films", name)
        hits, gains = (items.range_of(figures[f"{what}_interval"]) for what in ("hit_rate", "ndcg"))
        chosen = ", ".join(f"{key} {value}" for key, value in figures["chosen"].items()) or "–"
        quality = [f"{figures['hit_rate']:.3f}", hits, f"{figures['ndcg']:.3f}", gains]
        rows.append([name, *quality, f"{figures['seconds']:.1f}", chosen])
    k = items.K
    return markdown(["recommender", f"HR@{k}", "95 %", f"NDCG@{k}", "95 %", "seconds", "chosen"], rows)


def everything() -> None:
    """Measure all, print it, and write `results/graph_convolution.md`."""
    sections: list[tuple[str, str, Callable[[], list[str]]]] = [
        (
            "GCN",
            "Public splits. Published: Kipf & Welling 2017 (arXiv:1609.02907, table 2; mean of 100 runs).",
            gcn_table,
        ),
        (
            "GraphSAGE",
            "Cora, no labels in training; logistic regression on 140 labelled papers, accuracy on 1,000. The paper has"
            " no figures for Cora; DeepWalk, without the words, is published at 67.2 (arXiv:1609.02907, table 2).",
            sage_table,
        ),
        (
            "LightGCN",
            "MovieLens 100k, the last film of each of 943 people, all unseen films ranked. “People”: by the vectors of"
            " people; “last 5 films”: by the mean of the last five films' input rows, recent ones heavier, as"
            " ItemEmbedding is asked. The paper has no figures for MovieLens.",
            films_table,
        ),
    ]
    lines = [f"Printed by `python benchmarks/graph_convolution.py all`; graph convolution by one thread. {about()}."]
    written = 0
    for title, told, table in sections:
        lines += ["", f"## {title}", "", told, "", *table()]
        print(*lines[written:], sep="\n", flush=True)
        written = len(lines)
    write_results("graph_convolution", ["# Graph convolution", "", *lines])


def about() -> str:
    return machine("torch", "torch-geometric", "numpy")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("all")
    one = verbs.add_parser("one", help="a single measurement; prints JSON")
    one.add_argument("part", choices=PARTS)
    one.add_argument("name")
    arguments = parser.parse_args()
    if arguments.verb == "one":
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        print(json.dumps(PARTS[arguments.part](arguments.name)))
        return
    everything()


if __name__ == "__main__":
    main()
