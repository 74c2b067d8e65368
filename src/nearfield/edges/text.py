"""Edges in text files: one a line."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from nearfield.edges.collecting import Edges
from nearfield.edges.kernels.lines import FINE, NO_NUMBER, QUOTED, TOO_FEW, edges_of
from nearfield.errors import BadInput
from nearfield.io import Block, read_blocks
from nearfield.text.table import TokenTable

BLOCK_BYTES = 1 << 20
RUNS_OF_BLANKS = -1
DATA_LINE = re.compile(rb"^[ \t\r]*[^#% \t\r\n].*$", re.MULTILINE)
PROBLEMS = {
    TOO_FEW: "lacks a source or a target; expected two fields or more",
    NO_NUMBER: "has no number as its third field; expected source, target, weight",
    QUOTED: "has a field in quotes; expected fields without (Parquet holds keys that hold the separator)",
}


class EdgeReader:
    """Numbers the nodes of text files as they come, and collects the edges.

    Parameters
    ----------
    edges : Edges
        Where they go.
    weighted : bool
        Whether the third field is a weight.
    separator : str or None
        One byte between fields; None: a comma if a file's first line has one, else a run of spaces and tabs.
    header : bool
        Whether the first line of each file names its columns.
    """

    def __init__(self, edges: Edges, *, weighted: bool, separator: str | None, header: bool) -> None:
        if separator is not None and (len(separator.encode()) != 1 or separator in "\n\r#%"):
            raise BadInput(f"separator is {separator!r}; expected one character, such as ',' or a TAB")
        self._edges, self._weighted, self._header = edges, weighted, header
        self._separator = None if separator is None or separator == " " else ord(separator)
        self._blanks = separator == " "
        self._table = TokenTable()

    def read(self, path: Path) -> None:
        """Add the edges of a file; `BadInput` names the line that is none, or weighs what no edge can."""
        separator, heading = RUNS_OF_BLANKS if self._blanks else self._separator, self._header
        for block in read_blocks([path], BLOCK_BYTES, whole_lines=True):
            first = DATA_LINE.search(block.data)
            if first is None:
                continue
            if separator is None:
                separator = ord(",") if b"," in first[0] else RUNS_OF_BLANKS
            self._add(block, first.end() if heading else first.start(), separator)
            heading = False

    def keys(self) -> list[str]:
        """Return the keys of all nodes, by number."""
        try:
            return list(self._table.keys(np.arange(len(self._table))))
        except UnicodeDecodeError as error:
            raise BadInput(f"a key is not UTF-8: {error.object!r:.60}; convert the file to UTF-8") from error

    def _add(self, block: Block, begin: int, separator: int) -> None:
        text = np.frombuffer(block.data, np.uint8)[begin:]
        most = block.data.count(b"\n", begin) + 1
        starts, ends, hashes = np.empty(2 * most, np.int32), np.empty(2 * most, np.int32), np.empty(2 * most, np.uint32)
        weights = np.empty(most if self._weighted else 0, np.float32)
        n, problem, at = edges_of(text, separator, self._weighted, starts, ends, hashes, weights)
        weights = weights[:n]
        wrong = np.flatnonzero(~((weights >= 0) & (weights < np.inf)))
        if len(wrong):
            raise BadInput(
                f"{_line(block, begin + starts[2 * wrong[0]])} has the weight {weights[wrong[0]]}; expected a finite"
                " number of at least 0"
            )
        if problem != FINE:
            raise BadInput(f"{_line(block, begin + at)} {PROBLEMS[problem]}")
        numbers = self._table.numbers(text, starts[: 2 * n], ends[: 2 * n], hashes[: 2 * n])
        self._edges.append(numbers, weights if self._weighted else None)


def _line(block: Block, at: int) -> str:
    """Return file, line number and text of the line at a byte, for a message."""
    number = block.line + block.data.count(b"\n", 0, at)
    line = block.data[at:].partition(b"\n")[0].strip()[:60]
    return f"{block.path}:{number}: {line.decode('utf-8', 'replace')!r}"
