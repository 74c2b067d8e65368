"""From memory to generalisation: every ranker on the same rows of five sets.

    python benchmarks/lineage.py [SET …]

adult has its own split, and so has Frappe (whose training part could not be had: what was made for validation trains);
a tenth of the training part, drawn at random, is put aside for validation. Films (liked: rated 4 or more) and news are
split by time, 80 % to learn from, 10 % for validation, 10 % to judge by; what the first do not hold is no feature of
the others. Of the half of MovieLens 1M that is here only every sixth user is taken.

All settings in `GRID`, the same for every set, learn from the training part and stop by the validation; the one with
the least log loss there is shown, judged by the test part, which chooses nothing. "LR with crosses" has up to five
crosses that `search_crosses` finds by the validation; Wide & Deep may take them for its wide part. Every model has a
process of its own: seconds are those of its processor, memory is what it holds at most beyond the code, the libraries
and the rows, both of the settings that are shown. GAUC is the AUC within users (of news: within the page on which the
articles were shown). A row that `results/lineage.md` has already is kept; name sets to measure those anew.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from _paired import earlier_rows, forget_peak, in_process, machine, markdown, peak_bytes, write_results
from nearfield.datasets import adult, click_through, frappe
from nearfield.evaluate import ranking_quality
from nearfield.examples import Examples
from nearfield.rank import MODELS, LogisticRegression, Ranker, cross, search_crosses

Parts = tuple[Examples, Examples, Examples]
BITS, CROSSES = 18, 5
LR = [{"alpha": alpha, "l1": l1, "epochs": 20} for alpha in (0.02, 0.1, 0.5) for l1 in (0.0, 1.0)]
FM = [{"alpha": alpha, "l2": l2, "l2_linear": l2, "epochs": 30} for alpha in (0.02, 0.1) for l2 in (1e-5, 1e-4, 1e-3)]
DEEP = [{"l2": l2, "epochs": 20} for l2 in (0.0, 0.1)]
GRID: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "LR": ("LogisticRegression", LR),
    "LR with crosses": ("LogisticRegression", [one | {"rows": "crossed"} for one in LR]),
    "FM": ("FactorizationMachine", [one | {"vector_size": 8} for one in FM]),
    "FFM": ("FieldAwareFM", [one | {"vector_size": 4} for one in FM]),
    "Wide & Deep": (
        "WideAndDeep",
        DEEP + [one | {"rows": "crossed", "wide_alpha": a} for a in (0.1, 0.5) for one in DEEP],
    ),
    "DeepFM": ("DeepFM", DEEP),
    "DCN-V2": ("DCNv2", DEEP),
}
HEAD = ["rows", "model", "AUC", "GAUC", "log loss", "calibration error", "memory, MB", "seconds", "chosen"]


# ---- the rows --------------------------------------------------------------------------------------------------------


def with_validation(parts: tuple[Examples, Examples]) -> Parts:
    """Put a tenth of the training part aside."""
    train, test = parts
    order = np.random.default_rng(1).permutation(len(train))
    cut = len(order) // 10
    return train.take(np.sort(order[cut:])), train.take(np.sort(order[:cut])), test


def of_some_users(parts: Parts) -> Parts:
    """The rows of every sixth user, so that the deep models are done within minutes."""
    train, validation, test = (part.take(np.flatnonzero(part.groups % 6 == 0)) for part in parts)
    return train, validation, test


SETS: dict[str, Callable[[], Parts]] = {
    "adult": lambda: with_validation(adult.examples()),
    "Frappe, a part": lambda: with_validation(frappe.load()),
    "MovieLens 100k": click_through.ml_100k,
    "MovieLens 1M, a twelfth": lambda: of_some_users(click_through.ml_1m_half()),
    "MIND, a cut": click_through.mind,
}


def save_rows(folder: Path, parts: Parts) -> str:
    """Save the parts, plain and crossed; return which fields are crossed."""
    found = search_crosses(*parts[:2], k=CROSSES, bits=BITS, model=LogisticRegression(alpha=0.1))
    crosses = [one.fields for one in found]
    for name, part in zip(("train", "validation", "test"), parts, strict=True):
        part.save(folder / f"{name}.plain")
        cross(part, crosses, bits=BITS).save(folder / f"{name}.crossed")
    return ", ".join(" × ".join(fields) for fields in crosses)


# ---- a model, in a process of its own --------------------------------------------------------------------------------


def run_one(folder: Path, model: str) -> dict[str, Any]:
    """Learn with all settings of a model, and judge the best; return its number, what it took, and its figures."""
    kind, grid = GRID[model]
    best: dict[str, Any] = {"loss": np.inf}
    for number, settings in enumerate(grid):
        learner, taken = fitted(folder, kind, **settings)
        if (loss := min(learner.validation_losses_)) < best["loss"]:
            best = taken | {"number": number, "loss": loss}
            (test,) = parts_of(folder, settings.get("rows", "plain"), "test")
            figures = ranking_quality(learner, test, resamples=200).figures
            best |= {name: [one.value, *one.interval] for name, one in figures.items()}
        del learner
    return best


def fitted(folder: Path, kind: str, rows: str = "plain", **settings: Any) -> tuple[Ranker, dict[str, float]]:
    """Learn; return also the processor seconds and the memory that this took."""
    train, validation = parts_of(folder, rows, "train", "validation")
    if kind == "WideAndDeep":
        settings["deep_fields"] = Examples.load(folder / "train.plain").space.fields  # layers make their own crosses
    MODELS[kind](**settings | {"epochs": 1}).fit(train[:256], validation=validation[:256])  # brings code and libraries
    idle, started = forget_peak(), time.process_time()
    learner = MODELS[kind](**settings).fit(train, validation=validation)
    return learner, {"seconds": time.process_time() - started, "memory": peak_bytes() - idle}


def parts_of(folder: Path, rows: str, *names: str) -> list[Examples]:
    """The parts as `save_rows` saved them."""
    return [Examples.load(folder / f"{name}.{rows}") for name in names]


# ---- all -------------------------------------------------------------------------------------------------------------


def row_of(folder: Path, rows: str, model: str) -> list[str]:
    """Choose a model's settings and judge it; return its row."""
    one, grid = in_process(__file__, folder, model), GRID[model][1]
    best = grid[one["number"]]
    different = {name for name in best if len({run.get(name) for run in grid}) > 1}
    area = "{:.4f} ({:.4f}–{:.4f})"
    return [
        rows,
        model,
        area.format(*one["auc"]),
        area.format(*one["gauc"]) if "gauc" in one else "–",
        f"{one['log_loss'][0]:.4f}",
        f"{one['calibration_error'][0]:.4f}",
        f"{one['memory'] / 1e6:.0f}",
        f"{one['seconds']:.2f}",
        ", ".join(f"{name} {value}" for name, value in best.items() if name in different),
    ]


def measured(rows: str, earlier: list[list[str]]) -> Iterator[list[str]]:
    """Yield the rows of a set that are not measured yet."""
    absent = [model for model in GRID if (rows, model) not in {(one[0], one[1]) for one in earlier}]
    if not absent:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{rows}: crosses of {save_rows(folder, SETS[rows]())}", flush=True)
        for model in absent:
            yield row_of(folder, rows, model)


def main() -> None:
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(run_one(Path(sys.argv[2]), sys.argv[3])))
        return
    wanted = sys.argv[1:]
    if unknown := set(wanted) - set(SETS):
        sys.exit(f"there are no rows {', '.join(unknown)}; expected some of {', '.join(SETS)}")
    lines = [row for row in earlier_rows("lineage") if row[0] not in wanted]
    head = f"Printed by `python benchmarks/lineage.py`; {machine('numpy', 'numba', 'torch')}."
    order = {(rows, model): None for rows in SETS for model in GRID}
    for rows in wanted or SETS:
        for row in measured(rows, lines):
            lines.append(row)
            print(*markdown(HEAD, [row])[-1:], flush=True)
            lines.sort(key=lambda one: list(order).index((one[0], one[1])))
            write_results("lineage", ["# From memory to generalisation", "", head, "", *markdown(HEAD, lines)])


if __name__ == "__main__":
    main()
