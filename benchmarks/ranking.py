"""Rankers beside Vowpal Wabbit, scikit-learn and libffm, on the same rows of Frappe, in the same run.

    VOWPAL=PYTHON LIBFFM=FOLDER python benchmarks/ranking.py

VOWPAL is a Python that has `vowpalwabbit==9.11.9` (this one, if it is not set), LIBFFM the folder in which
https://github.com/ycjuan/libffm was built. Every run is a process of its own, and each pair of ours and theirs runs one
after the other. Rows per second are those of processor time: rows by the seconds that all of a process's threads
computed, which other work on the machine disturbs least; `wall clock` is the ratio of the seconds that passed. What
starting takes is left out: of the others by taking away a run on one row, or of one pass.

- "text": the training part, repeated, is read from text and learnt in one pass. Vowpal Wabbit parses in a second
  thread, so that its wall clock is ahead of its processor time.
- "cache": passes over what each has made of the text before.

Log loss and AUC are of the test part: of logistic regression after one pass over the training part at the same
settings, of factorization machines after the pass that was best on the test part, for both libraries. libffm has no
linear part and no bias; with all features in one field it is a plain factorization machine.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import _ranking_peers as peers
from _frappe import write_rows
from _paired import in_process, machine, markdown, peak_bytes, write_results

REPEATS, PAIRS, PASSES, SIZE, BITS = 10, 5, 20, 8, 18
FTRL = {"alpha": 0.5, "beta": 0.1, "l1": 0.0, "l2": 0.0}
HEAD = [
    "model", "rows from", "threads", "peer", "ours, M rows/s", "peer, M rows/s", "ratio", "wall clock", "log loss",
    "AUC", "memory, MB",
]  # fmt: skip


# ---- one run of ours, in a process of its own ------------------------------------------------------------------------


def run_one(model: str, source: str, folder: Path, workers: int) -> dict[str, Any]:
    """Train once; return seconds beyond the compiled code's loading, memory above idle, and predictions for test."""
    from nearfield.examples import Examples
    from nearfield.rank.features.reading import read_examples

    new = makers(workers)[model]
    new().partial_fit(read_examples(folder / "one.ffm"))
    fields = model == "FFM"
    if source == "text":
        idle, started, wall = peak_bytes(), time.process_time(), time.perf_counter()
        new().partial_fit(read_examples(folder / f"many.{'ffm' if fields else 'libfm'}"))
        found = {"cpu": time.process_time() - started, "wall": time.perf_counter() - wall}
        return found | {"memory": peak_bytes() - idle}
    idle = peak_bytes()
    train, test = (Examples.load(folder / f"{part}.{'ffm' if fields else 'libfm'}.rows") for part in ("train", "test"))
    learner = new().partial_fit(train)
    if model == "LR":
        predictions = learner.predict_proba(test)[:, 1]
    else:
        predictions = new(epochs=PASSES).fit(train, validation=test).predict_proba(test)[:, 1]
    order = [np.random.default_rng(i).permutation(len(train)) for i in range(PASSES)]
    started, wall = time.process_time(), time.perf_counter()
    for shuffled in order:
        learner._pass(train, shuffled if model != "LR" else np.arange(len(train)))  # Vowpal Wabbit does not shuffle
    found = {"cpu": time.process_time() - started, "wall": time.perf_counter() - wall}
    return found | {"memory": peak_bytes() - idle, "predictions": predictions.tolist()}


def makers(workers: int) -> dict[str, Callable[..., Any]]:
    """The models that are compared."""
    from nearfield.rank import FactorizationMachine, FieldAwareFM, LogisticRegression

    def lr(**more: Any) -> LogisticRegression:
        return LogisticRegression(**FTRL, workers=workers, **more)

    def fm(**more: Any) -> FactorizationMachine:
        return FactorizationMachine(vector_size=SIZE, workers=workers, **more)

    def ffm(**more: Any) -> FieldAwareFM:
        return FieldAwareFM(vector_size=SIZE, workers=workers, **more)

    return {"LR": lr, "FM": fm, "FFM": ffm}


# ---- pairs of runs ---------------------------------------------------------------------------------------------------


def compare(folder: Path, counts: dict[str, int]) -> list[str]:
    """Run all pairs; return the lines of a Markdown table."""
    labels = np.array([float(line.split()[0]) > 0 for line in (folder / "test.libfm").open()])
    many, train = counts["many"], counts["train"] * PASSES
    vw_quality = quality(labels, peers.vowpal_predictions(folder, FTRL, BITS, 1))
    rows = []

    def row(model: str, source: str, threads: int, peer: str, n: int, theirs: Callable[[], Any], judged: str) -> None:
        pairs = [(in_process(__file__, model, source, folder, threads), theirs()) for _ in range(PAIRS)]
        mine = quality(labels, np.array(pairs[0][0]["predictions"])) if "predictions" in pairs[0][0] else "–"
        both = [f"{a} / {b}" for a, b in zip(mine.split(), judged.split(), strict=True)] if mine != "–" else ["–", "–"]
        rows.append([model, source, str(threads), peer, *speed_cells(pairs, n), *both, memory_cell(pairs)])
        print(*markdown(HEAD, rows)[-1:], flush=True)

    row("LR", "text", 1, "Vowpal Wabbit", many, lambda: peers.vowpal_text(folder, FTRL, BITS), "–")
    row("LR", "cache", 1, "Vowpal Wabbit", train, lambda: peers.vowpal_cache(folder, FTRL, BITS, PASSES), vw_quality)
    row("LR", "cache", 2, "Vowpal Wabbit", train, lambda: peers.vowpal_cache(folder, FTRL, BITS, PASSES), vw_quality)
    runs = {}

    def scikit(source: str) -> dict[str, float]:
        runs.update(in_process(__file__, "scikit-learn", "-", folder, 1))
        return runs[source]

    scikit("text")
    sgd_quality = quality(labels, np.array(runs["predictions"]))
    row("LR", "text", 1, "scikit-learn SGD", many, lambda: scikit("text"), "–")
    row("LR", "cache", 1, "scikit-learn SGD", train, lambda: scikit("cache"), sgd_quality)
    for model, ending in (("FM", "fm1"), ("FFM", "ffm")):
        judged = quality(labels, peers.libffm_predictions(folder, ending, SIZE, PASSES))
        peer = "libffm, one field" if model == "FM" else "libffm"
        for threads in (1, 2):
            row(
                model, "cache", threads, peer, train,
                lambda e=ending, t=threads: peers.libffm_epochs(folder, e, SIZE, t, PASSES), judged,
            )  # fmt: skip
    return markdown(HEAD, rows)


def speed_cells(pairs: list[tuple[dict[str, float], dict[str, float]]], n: int) -> list[str]:
    """Rows a second of processor time, the ratio within pairs with its lowest and highest, and that of the clock."""
    rates = [n / 1e6 / statistics.median(pair[i]["cpu"] for pair in pairs) for i in (0, 1)]
    ratios = [theirs["cpu"] / ours["cpu"] for ours, theirs in pairs]
    wall = statistics.median(theirs["wall"] / ours["wall"] for ours, theirs in pairs)
    ratio = f"{statistics.median(ratios):.1f} × ({min(ratios):.1f}–{max(ratios):.1f})"
    return [f"{rates[0]:.2f}", f"{rates[1]:.2f}", ratio, f"{wall:.1f} ×"]


def memory_cell(pairs: list[tuple[dict[str, float], dict[str, float]]]) -> str:
    """Medians: ours above the idle process, theirs."""
    return " / ".join(f"{statistics.median(pair[i]['memory'] for pair in pairs) / 1e6:.0f}" for i in (0, 1))


def quality(labels: np.ndarray, predictions: np.ndarray) -> str:
    """Log loss and AUC."""
    from nearfield.evaluate.ranking_metrics import auc, log_loss

    return f"{log_loss(labels, predictions):.4f} {auc(labels, predictions):.4f}"


def main() -> None:
    if sys.argv[1:2] == ["one"]:
        model, source, folder, workers = sys.argv[2:]
        if model == "scikit-learn":
            print(json.dumps(peers.scikit_learn(Path(folder), PASSES)))
        else:
            print(json.dumps(run_one(model, source, Path(folder), int(workers))))
        return
    from nearfield.rank.features.reading import read_examples

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counts = write_rows(folder, REPEATS)
        for ending in ("libfm", "ffm"):
            train = read_examples(folder / f"train.{ending}")
            test = read_examples(folder / f"test.{ending}")
            space = max(train.space, test.space, key=lambda one: one.size)
            for part, rows in (("train", train), ("test", test)):
                rows.in_space(space).save(folder / f"{part}.{ending}.rows")
        table = compare(folder, counts)
    head = (
        f"Printed by `python benchmarks/ranking.py`: ours / the peer's, medians of {PAIRS} pairs (lowest–highest)."
        f" {counts['train']:,} rows of ten features to learn from ({counts['many']:,} as text), {counts['test']:,} to"
        f" judge by; vectors of {SIZE}; Vowpal Wabbit 9.11.9, libffm af3ae37;"
        f" {machine('scikit-learn', 'numpy', 'numba')}."
    )
    write_results("ranking", ["# Rankers beside Vowpal Wabbit, scikit-learn and libffm", "", head, "", *table])


if __name__ == "__main__":
    main()
