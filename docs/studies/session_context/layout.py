"""Cells and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nearfield.evaluate import Figure
from nearfield.evaluate.figures import difference


class Section(NamedTuple):
    """A part of the table: the heading and the lines below it."""

    title: str
    lines: list[str]


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]


def share_of(value: float) -> str:
    return f"{value:.3f}"


def with_interval(figure: Figure) -> str:
    return f"{figure.value:.3f} ({figure.interval[0]:.3f}–{figure.interval[1]:.3f})"


def change(on: np.ndarray, off: np.ndarray, told: bool = True) -> str:
    """By how much the mean changes, with the interval of pairs; bold where it does not hold zero."""
    if not told:
        return ""
    found = difference(on, off)
    low, high = found.interval
    text = f"{found.value:+.3f} ({low:+.3f} to {high:+.3f})"
    return f"**{text}**" if low > 0 or high < 0 else text


def update(path: Path, new: Iterable[Section], order: Sequence[str]) -> None:
    """Write a file of sections; those that are not new stay as they are."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    kept = {title: rest for title, _, rest in (block.partition("\n") for block in f"\n{text}".split("\n## ")[1:])}
    kept |= {one.title: "\n" + "\n".join(one.lines) + "\n" for one in new}
    blocks = [f"## {title}\n{kept[title].rstrip()}\n" for title in order if title in kept]
    path.write_text("\n".join(blocks), encoding="utf-8")
