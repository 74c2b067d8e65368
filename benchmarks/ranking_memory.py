"""Linear models that are larger than memory, and smaller ones: what each way costs in speed and in log loss.

    python benchmarks/ranking_memory.py

The first table: rows of ten features, each drawn evenly or by Zipf's law (exponent 1) from 2²⁸, learnt from in blocks;
the rows are made up, since only where they fall in the table matters here. "Spread" they fall anywhere in it, as hashed
features do; "side by side" the frequent ones come first, as they do about in a vocabulary that grows. The table takes
2 GiB: in memory, in a file, and in a file with a limit of 512 MiB for the whole process (a cgroup), pages of the file
among them. All of it has been written before, as that of a model that has learnt for long. Rows per second of the
second half of what could be learnt in SECONDS, wall clock.

The second table: the log loss on Frappe and how many bytes a feature takes, with and without counts in place of summed
gradients, with and without weights of two bytes (McMahan et al. 2013, sections 4.1 and 4.2), and with L1. In q2.13,
which is the paper's, a weight is at most 4; "in two bytes" has as many bits behind the point as the largest leaves.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from _frappe import write_rows
from _limited import run_limited
from _paired import in_process, machine, markdown, write_results

BITS, LIMIT, SECONDS, ROWS, ENTRIES = 28, 512 << 20, 10, 2_000, 10
SPREAD = 0x9E3779B1  # odd: times it, modulo a power of two, no two features fall together
LAWS = ("by Zipf's law, side by side", "by Zipf's law, spread", "evenly")
SETTINGS = {"alpha": 0.5, "beta": 1.0}


def rows(law: str) -> Iterator[object]:
    """Yield blocks of examples without end."""
    from nearfield.examples import Examples, FeatureSpace

    random, space = np.random.default_rng(1), FeatureSpace(2**BITS, bits=BITS)
    while True:
        drawn = random.random(ROWS * ENTRIES)
        ranks = (drawn if law == "evenly" else 2 ** (BITS * (drawn - 1))) * 2**BITS
        features = ranks.astype(np.int64) * (1 if law == LAWS[0] else SPREAD) % 2**BITS
        labels = (random.random(ROWS) < 0.5).astype(np.float32)
        yield Examples(labels, np.arange(ROWS + 1) * ENTRIES, features.astype(np.int32), space=space)


def run_one(law: str, folder: str) -> dict[str, float]:
    """Learn for a while; return rows a second in the second half."""
    from nearfield.rank import LogisticRegression

    model = LogisticRegression(table_folder=None if folder == "-" else folder, **SETTINGS)
    blocks, seconds = rows(law), []
    model.partial_fit(next(blocks))
    model.state_[:] = 0  # a file has no room on the disk before it is written
    while sum(seconds) < SECONDS:
        block = next(blocks)
        started = time.perf_counter()
        model.partial_fit(block)
        seconds.append(time.perf_counter() - started)
    later = seconds[len(seconds) // 2 :]
    return {"rate": ROWS * len(later) / sum(later), "rows": ROWS * len(seconds)}


def speed(folder: str) -> list[str]:
    """Run each case; return the lines of a table."""
    lines = []
    for law in LAWS:
        found = [in_process(__file__, law, "-"), in_process(__file__, law, folder)]
        found.append(json.loads(run_limited([sys.executable, __file__, "one", law, folder], LIMIT)))
        lines.append([law, *(f"{one['rate'] / 1e3:,.1f}" for one in found)])
        print(*markdown(["drawn"], lines)[-1:], flush=True)
    return markdown(
        ["features drawn", "in memory, k rows/s", "in a file", "in a file, a quarter of it in memory"], lines
    )


def losses(folder: Path) -> list[str]:
    """Learn from Frappe once; return the lines of a table."""
    from nearfield.evaluate.ranking_metrics import auc, log_loss
    from nearfield.rank import LogisticRegression
    from nearfield.rank.features.reading import read_examples

    write_rows(folder, 1)
    train, test = (read_examples(folder / f"{part}.libfm") for part in ("train", "test"))
    space = max(train.space, test.space, key=lambda one: one.size)
    train, test, lines = train.in_space(space), test.in_space(space), []
    for name, settings in (
        ("sums of squared gradients", {}),
        ("counts", {"rates": "counts"}),
        ("sums, L1 of 1", {"l1": 1.0}),
        ("counts, L1 of 1", {"rates": "counts", "l1": 1.0}),
    ):
        model = LogisticRegression(**SETTINGS, **settings).fit(train)
        small = model.fixed_point()
        predicted = [one.predict_proba(test)[:, 1] for one in (model, model.fixed_point(bits=13), small)]
        figures = [f"{log_loss(test.labels, p):.5f}" for p in predicted]
        order = [f"{auc(test.labels, p):.5f}" for p in predicted[::2]]
        kept, size = f"{model.prune().kept:,}", model.state_.itemsize * model.state_.shape[1]
        lines.append([name, *figures, f"q{15 - small.bits}.{small.bits}", *order, f"{size} / 2", kept])
    head = [
        "rates from", "log loss", "in q2.13", "in two bytes", "which are", "AUC", "in two bytes",
        "bytes a feature: learning / serving", "weights",
    ]  # fmt: skip
    return markdown(head, lines)


def main() -> None:
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(run_one(*sys.argv[2:])))
        return
    with tempfile.TemporaryDirectory() as name:
        quality, rates = losses(Path(name)), speed(name)
    head = f"Printed by `python benchmarks/ranking_memory.py`; {machine('numpy', 'numba')}."
    write_results(
        "ranking_memory",
        ["# Linear models larger than memory, and smaller", "", head, "", *rates, "", *quality],
    )


if __name__ == "__main__":
    main()
