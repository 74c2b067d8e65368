"""The rows of Frappe as the libraries read them: libfm, libffm and Vowpal Wabbit's text."""

from __future__ import annotations

from pathlib import Path

from nearfield.datasets import frappe

FEATURES = frappe.SPACE.size


def write_rows(folder: Path, repeats: int) -> dict[str, int]:
    """Write train and test as `.libfm`, `.ffm`, `.vw`, and train `repeats` times over as `many`; return their rows."""
    counts = {}
    for name, part in frappe.load()._asdict().items():
        features = part.features.reshape(len(part), frappe.N_FIELDS)
        rows = list(zip(part.labels > 0, features.tolist(), strict=True))
        times = {name: 1} | ({"many": repeats, "one": 0} if name == "train" else {})
        for target, repeated in times.items():
            chosen = rows * repeated or rows[:1]
            write_formats(folder / target, chosen)
            counts[target] = len(chosen)
    return counts


def write_formats(path: Path, rows: list[tuple[bool, list[int]]]) -> None:
    """Write rows of label and features in each format; in `.fm1` all fields are one, for libffm as a plain FM."""
    lines: dict[str, list[str]] = {ending: [] for ending in ("libfm", "ffm", "fm1", "vw")}
    for positive, features in rows:
        lines["libfm"].append(f"{positive:d} " + " ".join(f"{f}:1" for f in features))
        lines["ffm"].append(f"{positive:d} " + " ".join(f"{field}:{f}:1" for field, f in enumerate(features)))
        lines["fm1"].append(f"{positive:d} " + " ".join(f"0:{f}:1" for f in features))
        lines["vw"].append(f"{1 if positive else -1} |f " + " ".join(map(str, features)))
    for ending, content in lines.items():
        path.with_suffix(f".{ending}").write_text("\n".join(content) + "\n")
