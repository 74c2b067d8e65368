"""DeepWalk and node2vec beside PecanPy 2.0.9 on BlogCatalog, end to end: from a file of edges to the labels foretold.

    python benchmarks/graphs.py all                                   every contestant, 80 walks from each node
    python benchmarks/graphs.py all --num-walks 10 --contestants …    some of them, with fewer walks

All read the same file of edges and learn 128 dimensions from walks of 40 nodes with a window of 10, 5 negative samples
(or the tree) and one pass, in one thread and a process of their own. Times are those of reading, walking and training,
after imports and with compiled code: by the clock, and of processor time, which says more where other work runs beside.
"walks" is the time of the walks alone; ours are made while training, so they are made once more by `random_walks` for
this column, after the peak of memory is noted. F1, in per cent, is that of `nearfield.evaluate.node_classification`
for all: DeepWalk's protocol, ten shuffles. Rows go to `results/graphs.md` as they are measured.

PecanPy needs an environment of its own (see `_pecanpy_walks.py`), whose Python is `.venv-pecanpy/bin/python` or
`$PECANPY_PYTHON`. Its training is gensim's, called as PecanPy calls it; that drops some visits of the most frequent
nodes (`sample=0.001`), which ours does not unless its row says so. "gensim on nearfield's walks" trains in the same way
and environment from a file of walks that we make; reading, walking and writing are ours, and counted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from _paired import earlier_rows, in_process, machine, markdown, peak_bytes, write_results

if TYPE_CHECKING:
    from nearfield.graph import Graph

SHARES = (0.1, 0.5, 0.9)
LENGTH, WINDOW, SIZE = 40, 10, 128
BIAS = {"p": 0.25, "q": 0.25}  # as the node2vec paper chose them for BlogCatalog, section 4.3
CONTESTANTS: dict[str, dict[str, Any]] = {
    "nearfield DeepWalk": {"method": "DeepWalk"},
    "nearfield DeepWalk, sample = 0.001": {"method": "DeepWalk", "sample": 0.001},
    "nearfield DeepWalk, alpha = 0.05": {"method": "DeepWalk", "alpha": 0.05},
    "nearfield DeepWalk, hierarchical": {"method": "DeepWalk", "loss": "hierarchical"},
    "gensim on nearfield's walks": {"mode": "gensim"},
    "PecanPy FirstOrderUnweighted": {"mode": "FirstOrderUnweighted"},
    "PecanPy SparseOTF": {"mode": "SparseOTF"},
    "nearfield Node2Vec, p = q = 0.25": {"method": "Node2Vec", **BIAS},
    "PecanPy SparseOTF, p = q = 0.25": {"mode": "SparseOTF", **BIAS},
    "PecanPy PreComp, p = q = 0.25": {"mode": "PreComp", **BIAS},
}
PUBLISHED = ["DeepWalk as published", "80", "35.86", "41.51", "42.40", "21.08", "27.68", "28.21", *["–"] * 5]
NOTE = (
    "After ten walks none has learnt all that there is, and at the same rate gensim, which draws other negative samples"
    " for each pair where ours draws them once for a window, has learnt a little more. Its subsampling is not the"
    " reason, as our row with it shows."
)
TIMES = ["seconds", "processor seconds", "walks, seconds", "walks, processor seconds", "peak MB"]
HEAD = [
    "contestant",
    "walks a node",
    *(f"{kind} {share:.0%}" for kind in ("Micro", "Macro") for share in SHARES),
    *TIMES,
]


def run_one(name: str, num_walks: int) -> None:
    """Learn and judge; print the figures as JSON."""
    from nearfield.datasets import blogcatalog
    from nearfield.evaluate import node_classification
    from nearfield.vectors import Vectors

    graph = blogcatalog.load()
    settings = CONTESTANTS[name] | {"num_walks": num_walks}
    with tempfile.TemporaryDirectory() as folder:
        write_edges(graph, Path(folder) / "edges.tsv")
        learn = ours if "method" in settings else gensim if settings["mode"] == "gensim" else pecanpy
        figures = learn(Path(folder), json.dumps(settings))
        saved = np.load(Path(folder) / "vectors.npz")
    result = node_classification(Vectors(saved["keys"].tolist(), saved["rows"]), graph, shares=SHARES)
    print(
        json.dumps(figures | {kind: [100 * getattr(one, kind) for one in result.shares] for kind in ("micro", "macro")})
    )


def write_edges(graph: Graph, path: Path) -> None:
    """Write the edges of an undirected graph, each once."""
    from scipy.sparse import triu

    ends = triu(graph.to_scipy()).tocoo()
    lines = (f"{graph.keys[i]}\t{graph.keys[j]}\n" for i, j in zip(ends.row.tolist(), ends.col.tolist(), strict=True))
    path.write_text("".join(lines))


def ours(folder: Path, settings: str) -> dict[str, Any]:
    """Learn in a process that has not held the data set."""
    return in_process(__file__, "--learn", folder, settings)


def learn_ours(folder: Path, settings: dict[str, Any]) -> None:
    """Read, walk and train; write `vectors.npz`; print times and peak memory as JSON."""
    import nearfield
    from nearfield.embed.run import compile_kernels

    method, num_walks = getattr(nearfield, settings.pop("method")), settings.pop("num_walks")
    common = {"walk_length": LENGTH, "window": WINDOW, "vector_size": SIZE, "workers": 1, "verbose": False} | settings
    compile_kernels(verbose=False)
    (folder / "ring.tsv").write_text("".join(f"{i}\t{(i + 1) % 20}\n" for i in range(20)))
    method(**common | {"num_walks": 1}).fit(nearfield.read_edges(folder / "ring.tsv"))
    started = time.perf_counter(), time.process_time()
    graph = nearfield.read_edges(folder / "edges.tsv")
    vectors = method(**common, num_walks=num_walks).fit(graph).vectors_
    times, peak = elapsed(*started), peak_bytes()
    np.savez(folder / "vectors.npz", keys=np.array(vectors.keys), rows=vectors.input)
    bias = {name: settings[name] for name in BIAS if name in settings}
    started = time.perf_counter(), time.process_time()
    nearfield.random_walks(graph, num_walks=num_walks, walk_length=LENGTH, workers=1, **bias)
    print(json.dumps({"whole": times, "walks": elapsed(*started), "peak": peak}))


def gensim(folder: Path, settings: str) -> dict[str, Any]:
    """Walk in a process of ours, learn by gensim in PecanPy's environment."""
    walking, training = in_process(__file__, "--walk", folder, settings), pecanpy(folder, settings)
    whole = [sum(pair) for pair in zip(walking["whole"], training["whole"], strict=True)]
    return {"whole": whole, "walks": walking["walks"], "peak": max(walking["peak"], training["peak"])}


def walk_ours(folder: Path, settings: dict[str, Any]) -> None:
    """Read and walk; write `walks.txt`, a walk a line; print times and peak memory as JSON."""
    import nearfield

    common = {"walk_length": LENGTH, "workers": 1}
    nearfield.random_walks(nearfield.Graph.from_edges(range(20), [*range(1, 20), 0]), num_walks=1, **common)
    started = time.perf_counter(), time.process_time()
    graph = nearfield.read_edges(folder / "edges.tsv")
    before = time.perf_counter(), time.process_time()
    walks = nearfield.random_walks(graph, num_walks=settings["num_walks"], **common)
    walked = elapsed(*before)
    with (folder / "walks.txt").open("w") as file:
        file.writelines(" ".join(walks.keys(i)) + "\n" for i in range(len(walks)))
    print(json.dumps({"whole": elapsed(*started), "walks": walked, "peak": peak_bytes()}))


def elapsed(clock: float, processor: float) -> list[float]:
    return [time.perf_counter() - clock, time.process_time() - processor]


def pecanpy(folder: Path, settings: str) -> dict[str, Any]:
    """Learn by PecanPy, in its environment."""
    python = os.environ.get("PECANPY_PYTHON") or Path(__file__).parents[1] / ".venv-pecanpy" / "bin" / "python"
    common = {"length": LENGTH, "window": WINDOW, "size": SIZE, "p": 1.0, "q": 1.0} | json.loads(settings)
    (folder / "settings.json").write_text(json.dumps(common))
    script = Path(__file__).with_name("_pecanpy_walks.py")
    done = subprocess.run([python, script, folder], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{script} failed:\n{done.stderr}")
    return json.loads((folder / "answer.json").read_text())


# ---- many runs -----------------------------------------------------------------------------------------------------


def compare(contestants: Sequence[str], num_walks: int) -> None:
    """Run all; print each row, and put it into the table of results."""
    for name in contestants:
        figures = in_process(__file__, name, num_walks)
        f1 = [f"{value:.2f}" for kind in ("micro", "macro") for value in figures[kind]]
        times = [f"{value:.1f}" for part in ("whole", "walks") for value in figures[part]]
        row = [name, str(num_walks), *f1, *times, f"{figures['peak'] / 1e6:.0f}"]
        print(*markdown(HEAD, [row])[-1:], flush=True)
        keep(row)


def keep(row: list[str]) -> None:
    """Put a row into the table of results, in the place of the one for the same contestant and number of walks."""
    table = {(one[0], int(one[1])): one for one in [*earlier_rows("graphs")[1:], row]}
    ordered = sorted(table, key=lambda pair: (-pair[1], list(CONTESTANTS).index(pair[0])))
    what = "Printed by `python benchmarks/graphs.py all`: BlogCatalog from a file of edges to vectors, one thread"
    beside = "F1 in per cent; PecanPy 2.0.9 with its gensim. Other work ran beside: compare processor seconds."
    head = f"{what}, {beside} {machine('numpy', 'numba', 'scikit-learn')}."
    table_lines = markdown(HEAD, [PUBLISHED, *(table[pair] for pair in ordered)])
    write_results("graphs", ["# Nodes: walks and training beside PecanPy", "", head, "", *table_lines, "", NOTE])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    everything = verbs.add_parser("all")
    everything.add_argument("--num-walks", type=int, default=80)
    everything.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    one = verbs.add_parser("one", help="a single contestant, or what our code does for one; prints JSON")
    one.add_argument("--learn", action="store_const", dest="part", const=learn_ours)
    one.add_argument("--walk", action="store_const", dest="part", const=walk_ours)
    one.add_argument("what", nargs=2)
    arguments = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if arguments.verb == "all":
        compare(arguments.contestants, arguments.num_walks)
    elif arguments.part:
        arguments.part(Path(arguments.what[0]), json.loads(arguments.what[1]))
    else:
        run_one(arguments.what[0], int(arguments.what[1]))


if __name__ == "__main__":
    main()
