"""Updates beside a rebuild and beside leaving the old vectors alone, where a few of a graph's edges come or go.

    python benchmarks/graph_touch.py all                                       every case
    python benchmarks/graph_touch.py all --data ppi --cases "5 % of the edges come"

DeepWalk, with 20 walks from each node and its other defaults, learns the graph before a change by one thread;
`nearfield.update` then brings the vectors to the graph after it: by its default, "settle", and by "fine_tune" at twice
its rate and two epochs, which learns more of the news and moves more of the rest. "come": the edges that are drawn are
missing before; "go": they are missing after; "nodes come": so many per cent of the nodes are new, with all of their
edges. Each case is a process of its own, and each seed draws other edges. All is judged on the graph after the change:

- F1, in per cent: one-against-rest logistic regression learns from half of the labelled nodes and foretells as many
  labels for each other node as it has; means of three shuffles. Of the changed nodes alone: from the same predictions,
  for the tenth of the labelled nodes whose next step has changed most, or for new ones where nodes come. A node without
  a vector has zeros.
- AUC: how often the dot product of input and output rows is higher for an edge that came than for a pair that no edge
  joins; where edges go, for an edge that is left than for one that went.
- neighbours kept: of the ten nearest nodes of a node whose edges have not changed, or hardly so (the half that has
  changed least), how many are those of the vectors before.

Processor seconds are those of the update and of the rebuild's `fit`, with compiled code from the disk.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from _paired import earlier_rows, in_process, machine, markdown, write_results
from graph_quality import graph_of

if TYPE_CHECKING:
    from nearfield.graph import Graph
    from nearfield.vectors import Vectors

DATA = ("blogcatalog", "ppi", "wiki")
CASES = {
    f"{share:.0%} of the {what}".replace("%", " %"): (share, what)
    for what in ("edges come", "edges go", "nodes come")
    for share in (0.01, 0.05)
}
NUM_WALKS, SEEDS, SHUFFLES = 20, (1, 2), 3
UPDATES: dict[str, dict[str, Any]] = {
    "update": {},
    "fine_tune, quicker": {"strategy": "fine_tune", "alpha": 0.01, "epochs": 2},
}
HOW = ("left alone", *UPDATES, "rebuild")
FIGURES = ("micro", "macro", "micro of changed", "AUC", "neighbours kept", "processor seconds")
HEAD = ["data", "change", "vectors", "Micro-F1", "Macro-F1", "Micro-F1 of changed nodes", "AUC", "neighbours kept",
        "processor seconds", "share of the rebuild's"]  # fmt: skip


def states(graph: Graph, share: float, what: str, random: np.random.Generator) -> tuple[Graph, Graph, np.ndarray]:
    """The graph before and after the change, and the edges that came or went, as pairs of keys."""
    from scipy.sparse import triu

    from nearfield.graph import Graph

    entries = triu(graph.to_scipy()).tocoo()
    edges = np.array(graph.keys, object)[np.column_stack([entries.row, entries.col])]
    if what.startswith("nodes"):
        late = set(random.choice(graph.keys, round(share * len(graph)), replace=False).tolist())
        drawn = np.array([a in late or b in late for a, b in edges])
    else:
        drawn = random.permutation(len(edges)) < share * len(edges)
    few, whole = (Graph.from_edges(*some.T) for some in (edges[~drawn], edges))
    few, whole = few, whole.with_labels({key: graph.labels_of(key) for key in whole.keys})
    if what.endswith("go"):
        few = few.with_labels({key: graph.labels_of(key) for key in few.keys})
        return whole, few, edges[drawn]
    return few, whole, edges[drawn]


def run_one(data: str, case: str, seed: int) -> None:
    """Learn, touch, rebuild, judge; print the figures as JSON."""
    import nearfield as nf
    from nearfield import DeepWalk, Graph

    share, what = CASES[case]
    before, after, changed = states(graph_of(data), share, what, np.random.default_rng(seed))
    settings: dict[str, Any] = {"num_walks": NUM_WALKS, "workers": 1, "verbose": False}
    ring = Graph.from_edges(range(20), [*range(1, 20), 0])  # what is compiled or loaded is no part of the seconds
    short = DeepWalk(**settings).fit(ring)
    for given in UPDATES.values():
        nf.update(short, Graph.from_edges(range(19), range(1, 20)), old=ring, **given)
    old = DeepWalk(**settings, seed=seed).fit(before).vectors_
    new: dict[str, Vectors] = {"left alone": old}
    seconds = {"left alone": 0.0}
    for how, given in UPDATES.items():
        processor, clock = time.process_time(), time.perf_counter()
        done = nf.update(old, after, old=before, **given)
        processor, clock = time.process_time() - processor, time.perf_counter() - clock
        new[how] = done.vectors
        seconds[how] = done.seconds * processor / clock  # without the figures that an update measures of itself
    started = time.process_time()
    new["rebuild"] = DeepWalk(**settings, seed=seed + 100).fit(after).vectors_
    seconds["rebuild"] = time.process_time() - started
    judge = Judge(before, after, changed, old, what=what, seed=seed)
    print(json.dumps({how: judge(vectors) | {"processor seconds": seconds[how]} for how, vectors in new.items()}))


class Judge:
    """What is asked of vectors after a change; see the head of this file."""

    def __init__(self, before: Graph, after: Graph, changed: np.ndarray, old: Vectors, *, what: str, seed: int) -> None:
        from nearfield.update.graph_changes import transition_changes

        coming, nodes = what.endswith("come"), what.startswith("nodes")
        self.after, self.old, self.random = after, old, np.random.default_rng(seed)
        changes = transition_changes(before, after)
        new = np.array([key not in before.vocabulary for key in after.keys])
        labelled = np.diff(after.labels.indptr) > 0
        most = np.quantile(changes[labelled], 0.9)
        self.changed = labelled & (new if nodes else (changes >= most) & (changes > 0))
        settled = np.flatnonzero((changes <= np.median(changes)) & ~new)
        self.settled = [after.keys[i] for i in settled.tolist()]
        ids = np.array([[after.vocabulary.get(key, -1) for key in pair] for pair in changed])
        ids = ids[(ids >= 0).all(axis=1)]
        others = self._pairs(len(ids), edges=not coming)
        self.high, self.low = (ids, others) if coming else (others, ids)

    def __call__(self, vectors: Vectors) -> dict[str, float]:
        from nearfield.evaluate.links import link_figures

        place = np.array([vectors.vocabulary.get(key, -1) for key in self.after.keys])
        known = (place >= 0)[:, None]
        input, output = (np.where(known, table[place], np.float32(0)) for table in (vectors.input, vectors.output))
        scores = [np.einsum("ij,ij->i", input[pairs[:, 0]], output[pairs[:, 1]]) for pairs in (self.high, self.low)]
        labels = self._labels(input)
        auc = link_figures(np.concatenate(scores), np.repeat([True, False], list(map(len, scores))), 1)["auc"].value
        return labels | {"AUC": 100 * auc, "neighbours kept": 100 * self._kept(vectors)}

    def _labels(self, rows: np.ndarray) -> dict[str, float]:
        """F1 in per cent, as `evaluate.node_classification` finds it, which does not tell some nodes from others."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier

        from nearfield.evaluate.nodes import f1_scores

        wanted = self.after.labels.toarray()
        nodes = np.flatnonzero(wanted.any(axis=1))
        random = np.random.default_rng(1)
        found = []
        for _ in range(SHUFFLES):
            shuffled = random.permutation(nodes)
            learnt, asked = np.split(shuffled, [len(nodes) // 2])
            model = OneVsRestClassifier(LogisticRegression(solver="liblinear"))
            chances = model.fit(rows[learnt], wanted[learnt].astype(int)).predict_proba(rows[asked])
            ranks = (-chances).argsort(axis=1).argsort(axis=1)
            foretold = ranks < wanted[asked].sum(axis=1, keepdims=True)
            some = self.changed[asked]
            found.append([*f1_scores(wanted[asked], foretold), f1_scores(wanted[asked][some], foretold[some])[0]])
        return dict(zip(FIGURES[:3], (100 * np.mean(found, axis=0)).tolist(), strict=True))

    def _kept(self, vectors: Vectors) -> float:
        """The share of the ten nearest that are the same, over 500 settled nodes and their like."""
        asked = self.random.permutation(self.settled)[:500].tolist()
        both = [key for key in self.old.keys if key in vectors]
        then, now = (one.subset(both) for one in (self.old, vectors))
        same = [{key for key, _ in then.similar(node)} & {key for key, _ in now.similar(node)} for node in asked]
        return float(np.mean([len(one) / 10 for one in same]))

    def _pairs(self, wanted: int, *, edges: bool) -> np.ndarray:
        """Pairs of nodes that an edge joins, or that none does, int64, shape (wanted, 2)."""
        adjacency = self.after.to_scipy()
        if edges:
            entries = adjacency.tocoo()
            some = self.random.integers(0, entries.nnz, wanted)
            return np.column_stack([entries.row[some], entries.col[some]])
        drawn = self.random.integers(0, len(self.after), (2 * wanted + 100, 2))
        apart = np.asarray(adjacency[drawn[:, 0], drawn[:, 1]]).ravel() == 0
        return drawn[apart & (drawn[:, 0] != drawn[:, 1])][:wanted]


def compare(data: Sequence[str], cases: Sequence[str]) -> None:
    """Run all; print each row, and put it into the table of results."""
    for one in data:
        for case in cases:
            runs = [in_process(__file__, one, case, seed) for seed in SEEDS]
            rows = rows_of(one, case, runs)
            print(*markdown(HEAD, rows)[2:], sep="\n", flush=True)
            keep(rows)


def rows_of(data: str, case: str, runs: Sequence[dict[str, Any]]) -> list[list[str]]:
    rows = []
    for how in HOW:
        figures = {name: np.mean([run[how][name] for run in runs]) for name in FIGURES}
        share = np.mean([run[how][FIGURES[-1]] / run["rebuild"][FIGURES[-1]] for run in runs])
        cells = [f"{figures[name]:.2f}" for name in FIGURES[:4]]
        rows.append(
            [data, case, how, *cells, f"{figures[FIGURES[4]]:.1f}", f"{figures[FIGURES[5]]:.1f}", f"{share:.1%}"]
        )
    return rows


def keep(rows: Sequence[list[str]]) -> None:
    """Put rows into the table of results, in the place of those of the same data, change and vectors."""
    table = {tuple(one[:3]): one for one in [*earlier_rows("graph_touch"), *rows]}
    ordered = [table[at] for at in itertools.product(DATA, CASES, HOW) if at in table]
    what = "Printed by `python benchmarks/graph_touch.py all`, whose head says what is measured: means over two draws"
    head = f"{what}, in per cent; one thread. {machine('numpy', 'scipy', 'numba', 'scikit-learn')}."
    write_results("graph_touch", ["# Nodes: an update beside a rebuild", "", head, "", *markdown(HEAD, ordered)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    everything = verbs.add_parser("all")
    everything.add_argument("--data", nargs="+", choices=DATA, default=DATA)
    everything.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    one = verbs.add_parser("one", help="a single case; prints JSON")
    one.add_argument("data")
    one.add_argument("case")
    one.add_argument("seed", type=int)
    arguments = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy starts in the process of each case
    if arguments.verb == "one":
        run_one(arguments.data, arguments.case, arguments.seed)
    else:
        compare(arguments.data, arguments.cases)


if __name__ == "__main__":
    main()
