"""How well labels are foretold from node vectors, by DeepWalk's protocol, with published figures beside.

    python benchmarks/graph_quality.py all                               every data set and method
    python benchmarks/graph_quality.py all --data ppi --methods ProNE    some

Vectors of 128 dimensions are learnt from the graph alone, with each estimator's defaults (node2vec has 40 walks from
each node, as in CogDL and as many visits as DeepWalk, and p and q as its paper chose them); "propagated" ones have gone
through `spectral_propagation`, with its defaults, as well. Those are ours, and ProNE's: they were chosen on other
shuffles (seeds 100 and 200) of BlogCatalog, PPI, Wiki and Cora. "The authors' filter" is that of their code.
One-against-rest logistic regression learns from 10, 50 and 90 % of the labelled nodes and foretells as many labels for
each other node as it has; F1 is the mean over ten shuffles, in per cent, ± the standard deviation between them. A
method is a process of its own with one thread. Rows go to `results/graph_quality.md` as they are measured; rows of
other runs stay there. Seconds are those of learning alone, with compiled code from the disk.

CogDL measures in the same way (rows as they are, one against the rest, C = 1, the number of labels known), over five
shuffles. It has published two tables for the same methods and data: the leaderboard of its first versions, in
`cogdl/tasks/README.md`, and a later one with lower figures, in `results.md`. Both stand beside ours; the margin is that
to the highest. Propagated vectors are set beside the best of all methods that are published there.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from _paired import earlier_rows, in_process, machine, markdown, peak_bytes, write_results

if TYPE_CHECKING:
    from nearfield.graph import Graph

SHARES = (0.1, 0.5, 0.9)
DATA = ("blogcatalog", "ppi", "wiki", "dblp", "cora", "citeseer")
PAPER = "ProNE, the authors' filter"
METHODS = ("DeepWalk", "Node2Vec", "Line", PAPER, "ProNE", "DeepWalk, propagated", "Line, propagated")
BIAS = {"blogcatalog": {"p": 0.25, "q": 0.25}, "ppi": {"p": 4, "q": 1}}  # the node2vec paper, section 4.3
HEAD = ["data", "method", *(f"{kind}-F1 {share:.0%}" for kind in ("Micro", "Macro") for share in SHARES)]
HEAD += ["published", "nearest miss or margin", "seconds", "peak MB"]
# (data, method) → where from, and the figures by kind and share
DEEPWALK, NODE2VEC, COGDL, LATER = "phanein/deepwalk", "node2vec paper", "CogDL at first", "CogDL later"
PUBLISHED: dict[tuple[str, str], list[tuple[str, str, dict[float, float]]]] = {
    ("blogcatalog", "DeepWalk"): [
        (DEEPWALK, "micro", {0.1: 35.86, 0.5: 41.51, 0.9: 42.40}),
        (DEEPWALK, "macro", {0.1: 21.08, 0.5: 27.68, 0.9: 28.21}),
        (COGDL, "micro", {0.9: 42.69}),
        (LATER, "micro", {0.9: 40.48}),
    ],
    ("blogcatalog", "Node2Vec"): [
        (COGDL, "micro", {0.9: 42.29}),
        (LATER, "micro", {0.9: 40.16}),
        (NODE2VEC, "macro", {0.5: 25.8}),
    ],
    ("blogcatalog", "Line"): [
        (COGDL, "micro", {0.9: 39.21}),
        (LATER, "micro", {0.9: 38.06}),
        (NODE2VEC, "macro", {0.5: 7.8}),
    ],
    ("blogcatalog", "ProNE"): [(COGDL, "micro", {0.9: 43.63}), (LATER, "micro", {0.9: 41.14})],
    ("ppi", "DeepWalk"): [
        (COGDL, "micro", {0.9: 22.59}),
        (LATER, "micro", {0.9: 20.74}),
        (NODE2VEC, "macro", {0.5: 17.7}),
    ],
    ("ppi", "Node2Vec"): [
        (COGDL, "micro", {0.9: 22.97}),
        (LATER, "micro", {0.9: 20.67}),
        (NODE2VEC, "macro", {0.5: 17.9}),
    ],
    ("ppi", "Line"): [
        (COGDL, "micro", {0.9: 23.20}),
        (LATER, "micro", {0.9: 21.82}),
        (NODE2VEC, "macro", {0.5: 14.5}),
    ],
    ("ppi", "ProNE"): [(COGDL, "micro", {0.9: 26.32}), (LATER, "micro", {0.9: 24.60})],
    ("dblp", "DeepWalk"): [(LATER, "micro", {0.9: 57.54})],
    ("dblp", "Node2Vec"): [(LATER, "micro", {0.9: 57.36})],
    ("dblp", "Line"): [(LATER, "micro", {0.9: 49.78})],
    ("dblp", "ProNE"): [(LATER, "micro", {0.9: 56.85})],
}
BEST: dict[str, list[tuple[str, str, dict[float, float]]]] = {
    "blogcatalog": [("ProNE, CogDL at first", "micro", {0.9: 43.63}), ("NetMF, CogDL later", "micro", {0.9: 42.47})],
    "ppi": [("ProNE, CogDL at first", "micro", {0.9: 26.32}), ("ProNE, CogDL later", "micro", {0.9: 24.60})],
    "dblp": [("NetSMF, CogDL later", "micro", {0.9: 59.76})],
}


def graph_of(name: str) -> Graph:
    """The graph with its labels."""
    from nearfield.datasets import blogcatalog, dblp, planetoid, ppi, wiki

    if name in ("cora", "citeseer"):
        return planetoid.load(name).graph
    homes: dict[str, Callable[[], Graph]] = {
        "blogcatalog": blogcatalog.load, "ppi": ppi.load, "wiki": wiki.load, "dblp": dblp.load
    }  # fmt: skip
    return homes[name]()


def run_one(data: str, method: str) -> None:
    """Learn, judge; print the figures as JSON."""
    import nearfield
    from nearfield.evaluate import node_classification

    graph = graph_of(data)
    name, _, variant = method.partition(", ")
    settings = {"verbose": False} | ({} if name == "ProNE" else {"workers": 1})
    if name == "Node2Vec":
        settings |= {"num_walks": 40} | BIAS.get(data, {})
    if method == PAPER:
        settings |= {"order": 10, "mu": 0.2, "theta": 0.5}
    make = getattr(nearfield, name)
    # a small graph first: what is compiled or loaded from the disk is no part of the seconds
    few = {} if name == "ProNE" else {"samples": 1} if name == "Line" else {"num_walks": 1, "walk_length": 2}
    ring = nearfield.Graph.from_edges(range(20), [*range(1, 20), 0])
    make(**settings | few | {"vector_size": 2}).fit(ring)
    started = time.perf_counter()
    vectors = make(**settings).fit(graph).vectors_
    if variant == "propagated":
        vectors = nearfield.spectral_propagation(vectors, graph)
    seconds, peak = time.perf_counter() - started, peak_bytes()
    result = node_classification(vectors, graph, shares=SHARES)
    figures = {kind: [100 * getattr(one, kind) for one in result.shares] for kind in ("micro", "macro")}
    deviation = [100 * float(np.std(one.micro_f1)) for one in result.shares]
    print(json.dumps(figures | {"deviation": deviation, "seconds": seconds, "peak": peak}))


def compare(data: Sequence[str], methods: Sequence[str]) -> None:
    """Run all; print each row, and put it into the table of results."""
    for one in data:
        for method in methods:
            figures = in_process(__file__, one, method)
            row = row_of(one, method, figures)
            print(*markdown(HEAD, [row])[-1:], flush=True)
            keep(row)


def row_of(data: str, method: str, figures: dict[str, Any]) -> list[str]:
    name, _, variant = method.partition(", ")
    published = BEST.get(data, []) if variant == "propagated" else PUBLISHED.get((data, name), [])
    margins = [
        figures[kind][SHARES.index(share)] - value
        for _, kind, by_share in published
        for share, value in by_share.items()
    ]
    said = "; ".join(
        f"{kind} {', '.join(f'{value:.2f} at {share:.0%}' for share, value in by_share.items())} ({source})"
        for source, kind, by_share in published
    )
    micro = [
        f"{value:.2f} ± {spread:.2f}" for value, spread in zip(figures["micro"], figures["deviation"], strict=True)
    ]
    macro = [f"{value:.2f}" for value in figures["macro"]]
    margin = f"{min(margins):+.2f}" if margins else "–"
    return [
        data,
        method,
        *micro,
        *macro,
        said or "–",
        margin,
        f"{figures['seconds']:.1f}",
        f"{figures['peak'] / 1e6:.0f}",
    ]


def keep(row: list[str]) -> None:
    """Put a row into the table of results, in the place of the one for the same data and method."""
    table = {(one[0], one[1]): one for one in [*earlier_rows("graph_quality"), row]}
    ordered = [table[pair] for pair in ((data, method) for data in DATA for method in METHODS) if pair in table]
    what = "Printed by `python benchmarks/graph_quality.py all`: F1 in per cent, means of ten shuffles"
    spread = "± the standard deviation between shuffles: of a mean, about a third of it. Seconds by the clock"
    head = f"{what}, {spread} while other work ran. {machine('numpy', 'scipy', 'numba', 'scikit-learn')}."
    write_results("graph_quality", ["# Nodes: labels foretold", "", head, "", *markdown(HEAD, ordered)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    everything = verbs.add_parser("all")
    everything.add_argument("--data", nargs="+", choices=DATA, default=DATA)
    everything.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    one = verbs.add_parser("one", help="a single method; prints JSON")
    one.add_argument("data")
    one.add_argument("name")
    arguments = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy starts in the process of each method
    if arguments.verb == "one":
        run_one(arguments.data, arguments.name)
    else:
        compare(arguments.data, arguments.methods)


if __name__ == "__main__":
    main()
