"""How much the approximate index finds of what comes next, and how quickly, on tables trained on real histories.

    python benchmarks/index.py all

Items are trained by `ItemEmbedding` with its defaults. The index is built by default, and asked for ten items after
each of a thousand histories (the mean of their items' vectors), by which it was not measured. Beside it stand exact
search, by one thread as well, and a graph over raw dot products with the same parameters. Loading time is that of an
index over random rows. Writes `results/index.md`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import nearfield as nf
from _paired import machine, markdown, write_results
from nearfield.datasets import amazon_beauty, amazon_video_games, movielens_1m_half
from nearfield.queries import asked_rows
from nearfield.search import ExactIndex, HNSWIndex
from nearfield.sequences import Sequences

SETS = {
    "Amazon Beauty": amazon_beauty,
    "Amazon Video Games": amazon_video_games,
    "half of MovieLens 1M": movielens_1m_half,
}
QUERIES, K = 1_000, 10
HEAD = ["", "items", "recall@10, raw", "recall@10", "ef", "build, s", "µs a query", "exact, µs"]


def sequences_of(module: Any) -> Sequences:
    data = module.load()
    return data.sequences() if hasattr(data, "sequences") else Sequences.from_lists(data.histories)


def measured(name: str) -> list[str]:
    sequences = sequences_of(SETS[name])
    vectors = nf.ItemEmbedding(verbose=False).fit(sequences).vectors_
    drawn = np.random.default_rng(7).permutation(len(sequences))[:QUERIES].tolist()
    histories = [sequences.keys(i)[-10:] for i in drawn]
    queries, _ = asked_rows(vectors.vocabulary, vectors.input_table, histories, None, None, None, "skip")
    started = time.perf_counter()
    index = HNSWIndex.build(vectors, question="next")
    seconds = time.perf_counter() - started
    _, exact = ExactIndex(vectors, question="next").search(queries, K)
    took = {one: _each(one, queries) for one in (index, ExactIndex(vectors, question="next"))}
    _, found = index.search(queries, K)
    raw = _raw_scores(vectors, queries, index.facts.expansion_search)
    return [
        name,
        f"{len(vectors):,}",
        *(f"{_recall(scores, exact):.3f}" for scores in (raw, found)),
        str(index.facts.expansion_search),
        f"{seconds:.1f}",
        *(f"{1e6 * one:.0f}" for one in took.values()),
    ]


def _raw_scores(vectors: nf.Vectors, queries: np.ndarray, expansion: int) -> np.ndarray:
    """Scores of what usearch finds over raw dot products."""
    from usearch.index import Index

    index = Index(
        ndim=vectors.dim, metric="ip", dtype="f32", connectivity=16, expansion_add=128, expansion_search=expansion
    )
    index.add(np.arange(len(vectors)), np.asarray(vectors.output), threads=1)
    ids = np.asarray(index.search(queries, K).keys).astype(np.int64)
    return -np.sort(-np.einsum("id,ikd->ik", queries, np.asarray(vectors.output)[ids]), axis=1)


def _recall(found: np.ndarray, exact: np.ndarray) -> float:
    last = exact[:, -1:]
    return float(np.mean(found >= last - 1e-5 * np.abs(last)))


def _each(index: Any, queries: np.ndarray) -> float:
    """The seconds of a query asked by itself."""
    started = time.perf_counter()
    for query in queries[:200]:
        index.search(query[None], K)
    return (time.perf_counter() - started) / 200


def loading(n: int = 150_000, dim: int = 128) -> tuple[float, float, float]:
    """Return the megabytes of an index, and the seconds of loading it and of comparing its checksums."""
    from nearfield.files import check_files

    random = np.random.default_rng(1)
    vectors = nf.Vectors([f"k{i}" for i in range(n)], random.normal(size=(n, dim)).astype(np.float32))
    index = HNSWIndex.build(vectors, connectivity=8, expansion_add=16, expansion_search=16, sample=10)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        index.save(path)
        size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
        started = time.perf_counter()
        HNSWIndex.load(path, vectors, min_recall=0)
        whole = time.perf_counter() - started
        started = time.perf_counter()
        check_files(path, "index.usearch", "groups.npy")
        return size, whole, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_subparsers(dest="verb", required=True).add_parser("all")
    parser.parse_args()
    table = markdown(HEAD, [measured(name) for name in SETS])
    size, whole, checks = loading()
    loads = f"An index of {size:.0f} MB is loaded in {whole:.2f} s, of which checksums take {checks:.2f} s."
    print(*table, loads, sep="\n")
    head = (
        f'Printed by `python benchmarks/index.py all`. {machine("usearch", "numpy")}. "Raw" is the same graph over dot'
        " products as they are. ef is how far the index searches, as `build` chose it."
    )
    write_results("index", ["# The approximate index, asked what comes next", "", head, "", *table, "", loads])


if __name__ == "__main__":
    main()
