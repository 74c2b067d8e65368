"""What reading edges came upon: how files are laid out, what was passed over, which lines name the same edge."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nearfield.edges.layout import Layout
    from nearfield.graph import Graph

SEPARATORS = {-1: "blanks", ord("\t"): "TAB", ord(" "): "a space"}


@dataclass
class EdgeReport:
    """What was read and how.

    Attributes
    ----------
    format : str
        "edges", "adjacency", "matrix-market", "parquet", "frame" or "matlab".
    separators : dict of str to int
        What stands between fields, and in how many files.
    headers : list of (str, tuple of str)
        Files with a header row, and its names.
    entries : int
        Edges as they are named; those of weight 0, self-loops and repeated ones included.
    comments, marked, longer : int
        Lines that are comments; edges whose line begins with # or %; edges behind which more fields were passed over.
    zero, loops : int
        Entries of weight 0, and self-loops.
    merged : int
        Entries that name an edge which another entry has named.
    claims : list of str
        What files say of directions.
    notes : list of str
        What was detected, and what else was passed over.
    """

    format: str = "edges"
    separators: dict[str, int] = field(default_factory=dict)
    headers: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    entries: int = 0
    comments: int = 0
    marked: int = 0
    longer: int = 0
    zero: int = 0
    loops: int = 0
    merged: int = 0
    claims: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    weighted: bool = False

    def add_layout(self, path: Path, layout: Layout) -> None:
        """Note how a text file is laid out."""
        self.format = "adjacency" if layout.adjacency else self.format
        name = SEPARATORS.get(layout.separator, repr(chr(max(layout.separator, 0))))
        self.separators[name] = self.separators.get(name, 0) + 1
        self.comments += layout.comments
        self.claims += layout.claims
        if layout.header:
            self.headers.append((str(path), layout.header))
        if layout.detected and layout.adjacency:
            how = "a node and its neighbours on each line; format='edges' reads pairs"
            self.notes.append(f"{path}: is read as an adjacency list, {how}")
        elif layout.detected:
            names = ", ".join(layout.header)[:80]
            self.notes.append(f"{path}: the first row names the columns: {names}; header=False reads it as an edge")

    def add_edges(self, numbers: np.ndarray, weights: np.ndarray | None) -> None:
        """Count edges: the numbers of their ends, source and target by turns, and weights."""
        loops = numbers[::2] == numbers[1::2]
        self.entries += len(loops)
        if weights is not None:
            self.zero += int(np.count_nonzero(weights == 0))
            loops &= weights > 0
        self.loops += int(np.count_nonzero(loops))

    def finish(self, graph: Graph, self_loops: str) -> None:
        """Count the entries that were merged into one edge with others."""
        if self.entries:  # a MATLAB file is read as one matrix, without a look at its entries
            dropped = self.loops if self_loops == "drop" else 0
            self.merged = self.entries - self.zero - dropped - graph.n_edges
        if graph.directed:
            self.claims = []

    def surprises(self) -> list[str]:
        """Say what a user may not have meant: one sentence each."""
        sentences = [*self.notes, *(f"{claim}; directed=True keeps the directions" for claim in self.claims)]
        if self.longer:
            which = "a fourth" if self.weighted else "a third"
            how = "" if self.weighted else ": weighted=True reads weights, format='adjacency' neighbours"
            sentences.append(f"passed over what {self.longer:,} lines have from {which} field on{how}")
        if self.marked:
            sentences.append(
                f"{self.marked:,} lines that begin with # or % are read as edges; comments='#%' passes over them"
            )
        return sentences

    def lines(self) -> list[str]:
        """Say everything that a person would like to know beside the graph: one line each."""
        parts = [f"{self.entries:,} entries"] if self.entries else []
        if self.separators:
            parts.append(f"fields between {' and '.join(self.separators)}")
        if self.format == "matrix-market":
            parts.append("nodes are numbered from 1, as in the file")
        counts = {
            "comment lines passed over": self.comments,
            "entries of weight 0, which are no edges": self.zero,
            "self-loops": self.loops,
            "entries merged with others of the same edge": self.merged,
        }
        parts += [f"{count:,} {what}" for what, count in counts.items() if count]
        return [*(["; ".join(parts)] if parts else []), *self.surprises()]
