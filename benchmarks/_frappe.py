"""The rows of Frappe as the libraries read them: libfm, libffm and Vowpal Wabbit's text."""

from __future__ import annotations

import gzip
from pathlib import Path

from nearfield.datasets.location import find

PARTS = {"train": "validation", "test": "test"}  # the training part could not be had: see data's README
FEATURES = 5_382


def write_rows(folder: Path, repeats: int) -> dict[str, int]:
    """Write train and test as `.libfm`, `.ffm`, `.vw`, and train `repeats` times over as `many`; return their rows."""
    counts = {}
    for name, part in PARTS.items():
        with gzip.open(find("frappe_part") / f"frappe.{part}.libfm.gz", "rt") as file:
            rows = [line.split() for line in file]
        times = {name: 1} | ({"many": repeats, "one": 0} if name == "train" else {})
        for target, repeated in times.items():
            chosen = rows * repeated or rows[:1]
            write_formats(folder / target, chosen)
            counts[target] = len(chosen)
    return counts


def write_formats(path: Path, rows: list[list[str]]) -> None:
    """Write rows of label and `feature:1` in each format; in `.fm1` all fields are one, for libffm as a plain FM."""
    lines: dict[str, list[str]] = {ending: [] for ending in ("libfm", "ffm", "fm1", "vw")}
    for label, *entries in rows:
        positive = float(label) > 0
        features = [entry.partition(":")[0] for entry in entries]
        lines["libfm"].append(f"{positive:d} " + " ".join(entries))
        lines["ffm"].append(f"{positive:d} " + " ".join(f"{field}:{f}:1" for field, f in enumerate(features)))
        lines["fm1"].append(f"{positive:d} " + " ".join(f"0:{f}:1" for f in features))
        lines["vw"].append(f"{1 if positive else -1} |f " + " ".join(features))
    for ending, content in lines.items():
        path.with_suffix(f".{ending}").write_text("\n".join(content) + "\n")
