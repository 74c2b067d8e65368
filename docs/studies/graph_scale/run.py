"""Does the time for a graph grow with its edges, and does its memory stay within bounds?

    python docs/studies/graph_scale/run.py

Makes R-MAT graphs (Chakrabarti, Zhan & Faloutsos 2004) of 1.25, 2.5, 5 and 10 million edges, and takes each from a file
of edges through reading, walking and training, by one thread and each stage in a process of its own, which prints its
processor seconds and its peak memory beside a bound. Writes `table.md` and `figure.svg` beside this file.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
MILLIONS = (1.25, 2.5, 5, 10)
SCALES = (17, 18, 19, 20)  # 2^scale names for nodes: ten edges for each, whatever the size
A, B, C = 0.57, 0.19, 0.19  # Graph500's
LENGTH, SIZE, SAMPLES = 20, 16, 2  # of a walk; of a vector; samples of LINE for each edge
STAGES = ("read", "walk", "DeepWalk", "LINE")
TICKS = [digit * 10.0**power for power in range(-2, 5) for digit in (1, 2, 5)]
MB = 1e6
BLOCKS = 32 * MB  # of what is read and made in blocks, whose size does not depend on the graph


def main() -> None:
    rows = []
    for millions, scale in zip(MILLIONS, SCALES, strict=True):
        with tempfile.TemporaryDirectory() as folder:
            write_edges(rmat(round(millions * 1e6), scale, np.random.default_rng(scale)), Path(folder) / "edges.tsv")
            for stage in STAGES:
                rows.append({"stage": stage, "millions": millions} | in_process(stage, folder))
                print(json.dumps(rows[-1]), flush=True)
    slopes = {stage: slope([row for row in rows if row["stage"] == stage]) for stage in STAGES}
    write_table(rows, slopes)
    draw(rows, slopes)


# ---- the graphs ----------------------------------------------------------------------------------------------------


def rmat(n_edges: int, scale: int, random: np.random.Generator) -> np.ndarray:
    """Return different undirected edges without self-loops, int64, shape (n_edges, 2).

    Each bit of the two ends' numbers is drawn by itself: (0, 0), (0, 1), (1, 0) and (1, 1) with probabilities A, B, C
    and the rest. Numbers are shuffled, so that they say nothing of the degree.
    """
    codes = np.empty(0, np.int64)
    while len(codes) < n_edges:
        wanted = int(1.2 * (n_edges - len(codes))) + 1000
        ends = np.zeros((2, wanted), np.int64)
        for _ in range(scale):
            quadrant = np.searchsorted([A, A + B, A + B + C], random.random(wanted), side="right")
            ends = 2 * ends + np.stack([quadrant >> 1, quadrant & 1])
        low, high = ends.min(axis=0), ends.max(axis=0)
        drawn = (low << scale) + high
        codes = np.unique(np.concatenate([codes, drawn[low != high]]))
    codes = random.permutation(codes)[:n_edges]
    names = random.permutation(1 << scale)
    return names[np.column_stack([codes >> scale, codes & ((1 << scale) - 1)])]


def write_edges(edges: np.ndarray, path: Path) -> None:
    import polars

    frame = polars.DataFrame({"source": edges[:, 0], "target": edges[:, 1]})
    frame.write_csv(path, separator="\t", include_header=False)


# ---- the stages, each in a process of its own ----------------------------------------------------------------------


def in_process(stage: str, folder: str) -> dict[str, Any]:
    """Run a stage; return the JSON object that it prints."""
    done = subprocess.run([sys.executable, __file__, stage, folder], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def run_stage(stage: str, folder: Path) -> None:
    """Do it, and print what it took; what is compiled or loaded is no part of that."""
    import nearfield as nf

    small = folder / "small.tsv"
    write_edges(np.column_stack([np.arange(20), np.roll(np.arange(20), 1)]), small)
    work(stage)(nf.read_edges(small) if stage != "read" else small)
    before, started = peak_bytes(), time.process_time()
    given = nf.Graph.load(folder / "graph") if stage != "read" else folder / "edges.tsv"
    made = work(stage)(given)
    seconds, memory = time.process_time() - started, peak_bytes() - before
    graph = made if stage == "read" else given
    if stage == "read":
        graph.save(folder / "graph")
    rows, keys = csr_bytes(graph), key_bytes(graph)
    tables = 4 * SIZE * len(graph)
    walks = 4 * LENGTH * len(graph)
    bound = BLOCKS + 2 * keys + {"read": 3 * rows, "walk": rows + walks}.get(stage, 3 * rows + 4 * tables)
    counts = {"nodes": len(graph), "edges": graph.n_edges, "entries MB": rows / MB, "keys MB": keys / MB}
    print(json.dumps(counts | {"seconds": seconds, "memory MB": memory / MB, "bound MB": bound / MB}))


def work(stage: str) -> Callable[[Any], Any]:
    """What a stage does with the file or the graph that it is given."""
    import nearfield as nf

    common: dict[str, Any] = {"vector_size": SIZE, "workers": 1, "verbose": False}
    return {
        "read": nf.read_edges,
        "walk": lambda graph: nf.random_walks(graph, num_walks=1, walk_length=LENGTH, workers=1),
        "DeepWalk": lambda graph: nf.DeepWalk(num_walks=1, walk_length=LENGTH, window=5, **common).fit(graph),
        "LINE": lambda graph: nf.Line(order="second", samples=SAMPLES * graph.n_edges, **common).fit(graph),
    }[stage]


def csr_bytes(graph: Any) -> int:
    return graph.indptr.nbytes + graph.indices.nbytes


def key_bytes(graph: Any) -> int:
    """What the keys take: strings, the list of them, and the table that finds them."""
    table = {key: i for i, key in enumerate(graph.keys)}
    numbers = sum(map(sys.getsizeof, table.values()))
    return sum(map(sys.getsizeof, graph.keys)) + numbers + sys.getsizeof(graph.keys) + sys.getsizeof(table)


def peak_bytes() -> int:
    """The most memory that this process has held since it began."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) * 1024


# ---- what is written -----------------------------------------------------------------------------------------------


def slope(rows: list[dict[str, Any]]) -> float:
    """The exponent e of seconds ∝ edges^e, by least squares over logarithms: 1 is linear."""
    return float(np.polyfit(*(np.log([row[name] for row in rows]) for name in ("edges", "seconds")), 1)[0])


def write_table(rows: list[dict[str, Any]], slopes: dict[str, float]) -> None:
    head = ["stage", "edges", "nodes", "processor seconds", "peak memory above the start, MB", "bound, MB"]
    cells = [
        [
            stage,
            f"{row['edges']:,}",
            f"{row['nodes']:,}",
            *(f"{row[name]:.{digits}f}" for name, digits in (("seconds", 1), ("memory MB", 0), ("bound MB", 0))),
        ]
        for stage in STAGES
        for row in rows
        if row["stage"] == stage
    ]
    exponents = ", ".join(f"{stage} {value:.2f}" for stage, value in slopes.items())
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "numba"))
    lines = [
        "# R-MAT graphs, from a file of edges to vectors",
        "",
        f"Written by `run.py`; Python {platform.python_version()}, {versions}; one thread. Seconds grow with edges to",
        f"the power of: {exponents}.",
        "",
        *(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *cells]),
    ]
    (HERE / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw(rows: list[dict[str, Any]], slopes: dict[str, float]) -> None:
    """Draw seconds, and memory beside its bound, against edges; both axes are logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "graph scale"
    figure, panels = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for stage in STAGES:
        some = [row for row in rows if row["stage"] == stage]
        edges = [row["edges"] / 1e6 for row in some]
        label = f"{stage}: exponent {slopes[stage]:.2f}"
        (line,) = panels[0].plot(edges, [row["seconds"] for row in some], "o-", label=label)
        panels[1].plot(edges, [row["memory MB"] for row in some], "o-", color=line.get_color(), label=stage)
        panels[1].plot(edges, [row["bound MB"] for row in some], ":", color=line.get_color())
    for panel, title in zip(panels, ("processor seconds", "peak memory, MB; dotted: the bound"), strict=True):
        panel.set(xscale="log", yscale="log", title=title, xlabel="edges, millions")
        panel.set_xticks(MILLIONS, [f"{one:g}" for one in MILLIONS])
        low, high = panel.get_ylim()
        ticks = [one for one in TICKS if low < one < high]
        panel.set_yticks(ticks, [f"{one:g}" for one in ticks])
        panel.minorticks_off()
        panel.grid(color="0.9")
        panel.legend(fontsize=8)
    figure.savefig(HERE / "figure.svg", metadata={"Date": None})


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if len(sys.argv) > 1:
        run_stage(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
