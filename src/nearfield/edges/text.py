"""Edges in text files: one a line, or a node and its neighbours on each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from nearfield.edges.collecting import Edges
from nearfield.edges.kernels.lines import (
    ALL_COMMENTS,
    COMMENTS,
    FINE,
    LONGER,
    MARKED,
    NO_COMMENTS,
    NO_NUMBER,
    ODD,
    QUOTED,
    SURE_COMMENTS,
    TOO_FEW,
    Grammar,
    edges_of,
    neighbours_of,
)
from nearfield.edges.layout import MARKERS, Layout, Options, checked_separator, detect
from nearfield.edges.report import EdgeReport
from nearfield.errors import BadInput
from nearfield.io import Block, read_blocks
from nearfield.text.table import TokenTable

BLOCK_BYTES = 1 << 20
PROBLEMS = {
    TOO_FEW: "lacks a source or a target; expected two fields or more",
    NO_NUMBER: "has no number as weight; expected source, target, weight",
    QUOTED: 'has a quote that is not closed before the separator; expected fields like "a, b", or give quotes=False',
}


class EdgeReader:
    """Numbers the nodes of text files as they come, and collects the edges.

    Parameters
    ----------
    edges : Edges
        Where they go.
    options : Options
    report : EdgeReport
        Written to.
    encoding : str or None
    """

    def __init__(self, edges: Edges, options: Options, report: EdgeReport, encoding: str | None = None) -> None:
        if options.separator is not None:
            options = replace(options, separator=checked_separator(options.separator))
        if options.comments is not None and (len(options.comments.encode()) > 2 or not options.comments.isascii()):
            raise BadInput(f"comments is {options.comments!r}; expected up to two characters, such as '#%', or ''")
        self._edges, self._options, self._report, self._encoding = edges, options, report, encoding
        self._table = TokenTable()

    def read(self, path: Path) -> None:
        """Add the edges of a file; `BadInput` names the line that is none, or weighs what no edge can."""
        layout: Layout | None = None
        counts = np.array([0, 0, 0, -1, -1], np.int64)
        for block in self._blocks(path):
            begin = 0
            if layout is None:
                whole = block.last or len(block.data) < BLOCK_BYTES // 2  # what follows is nothing but its end
                layout = detect(block.data, self._options, str(path), whole=whole)
                if layout is None:
                    continue
                begin = layout.begin
                self._report.add_layout(path, layout)
            self._add(block, begin, layout, counts)
        self._report.comments += int(counts[COMMENTS])
        self._report.marked += int(counts[MARKED])
        self._report.longer += int(counts[LONGER])

    def keys(self) -> list[str]:
        """Return the keys of all nodes, by number."""
        try:
            return list(self._table.keys(np.arange(len(self._table))))
        except UnicodeDecodeError as error:
            raise BadInput(
                f"a key is not UTF-8: {error.object!r:.60}; name the encoding, such as encoding='gb18030', or convert"
                " the file to UTF-8"
            ) from error

    def _blocks(self, path: Path) -> Iterator[Block]:
        """Yield a file in blocks of whole lines, which all end with a line feed, whatever ends them in the file."""
        for block in read_blocks([path], BLOCK_BYTES, whole_lines=True, encoding=self._encoding):
            if b"\r" in block.data:
                yield replace(block, data=block.data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
            else:
                yield block

    def _grammar(self, layout: Layout) -> Grammar:
        markers = MARKERS if self._options.comments is None else self._options.comments
        kind = SURE_COMMENTS if self._options.comments is None else ALL_COMMENTS if markers else NO_COMMENTS
        first, second = ([*markers.encode(), -1, -1])[:2]
        return Grammar(layout.separator, self._options.quotes, kind, first, second)

    def _add(self, block: Block, begin: int, layout: Layout, counts: np.ndarray) -> None:
        text = np.frombuffer(bytearray(block.data), np.uint8)[begin:]  # a copy: quotes are taken out in place
        read = self._neighbours if layout.adjacency else self._pairs
        problem, at = read(text, block, begin, layout, counts)
        if problem != FINE:
            raise BadInput(f"{_line(block, begin + at)} {PROBLEMS[problem]}")

    def _pairs(self, text: np.ndarray, block: Block, begin: int, layout: Layout, counts: np.ndarray) -> tuple[int, int]:
        most = block.data.count(b"\n", begin) + 1
        starts, ends, hashes = np.empty(2 * most, np.int32), np.empty(2 * most, np.int32), np.empty(2 * most, np.uint32)
        weighted = layout.fields[2] >= 0
        weights = np.empty(most if weighted else 0, np.float32)
        fields = np.array(layout.fields, np.int64)
        n, problem, at = edges_of(text, self._grammar(layout), fields, starts, ends, hashes, weights, counts)
        if counts[ODD] >= 0 and self._options.format is None and self._options.columns is None and not weighted:
            raise BadInput(
                f"{_line(block, begin + int(counts[ODD]))} has {'more' if not counts[ODD - 1] else 'fewer'} fields than"
                " the lines before; if each line is a node and its neighbours give format='adjacency', else"
                " format='edges', which takes the first two fields"
            )
        weights = weights[:n]
        wrong = np.flatnonzero(~((weights >= 0) & (weights < np.inf)))
        if len(wrong):
            raise BadInput(
                f"{_line(block, begin + starts[2 * wrong[0]])} has the weight {weights[wrong[0]]}; expected a finite"
                " number of at least 0"
            )
        if problem == FINE:
            self._append(text, starts[: 2 * n], ends[: 2 * n], hashes[: 2 * n], weights if weighted else None)
        return problem, at

    def _neighbours(
        self, text: np.ndarray, block: Block, begin: int, layout: Layout, counts: np.ndarray
    ) -> tuple[int, int]:
        blanks = b" \t" if layout.separator < 0 else bytes([layout.separator])
        most = block.data.count(b"\n", begin) + 1 + sum(block.data.count(byte, begin) for byte in blanks)
        starts, ends, hashes = np.empty(2 * most, np.int32), np.empty(2 * most, np.int32), np.empty(2 * most, np.uint32)
        alone = np.zeros(most, bool)
        n, problem, at = neighbours_of(text, self._grammar(layout), starts, ends, hashes, alone, counts)
        if problem == FINE:
            self._append(text, starts[: 2 * n], ends[: 2 * n], hashes[: 2 * n], None, alone[:n])
        return problem, at

    def _append(
        self,
        text: np.ndarray,
        starts: np.ndarray,
        ends: np.ndarray,
        hashes: np.ndarray,
        weights: np.ndarray | None,
        alone: np.ndarray | None = None,
    ) -> None:
        numbers = self._table.numbers(text, starts, ends, hashes)
        if alone is not None:
            numbers = numbers.reshape(-1, 2)[~alone].ravel()
        self._report.add_edges(numbers, weights)
        self._edges.append(numbers, weights)


def _line(block: Block, at: int) -> str:
    """Return file, line number and text of the line at a byte, for a message."""
    number = block.line + block.data.count(b"\n", 0, at)
    line = block.data[block.data.rfind(b"\n", 0, at) + 1 :].partition(b"\n")[0].strip()[:60]
    return f"{block.path}:{number}: {line.decode('utf-8', 'replace')!r}"
