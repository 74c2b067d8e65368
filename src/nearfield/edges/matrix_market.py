"""Graphs in Matrix Market files: a square sparse matrix, an entry a line.

The format: https://math.nist.gov/MatrixMarket/formats.html. A banner, comments, a line with the numbers of rows,
columns and entries, then row, column and value, counted from 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nearfield.edges.kernels.lines import ALL_COMMENTS, FINE, NO_NUMBER, Grammar, edges_of, whole_numbers
from nearfield.edges.report import EdgeReport
from nearfield.errors import BadInput
from nearfield.files import GrowingArray
from nearfield.graph import Graph
from nearfield.io import Block, read_blocks

BANNER = "%%matrixmarket"
BLOCK_BYTES = 1 << 20
MOST_NODES = np.iinfo(np.int32).max
NODES_PER_ENTRY, FEW_ENTRIES = 64, 1 << 14
GRAMMAR = Grammar(-1, False, ALL_COMMENTS, ord("%"), -1)


class _Banner(NamedTuple):
    pattern: bool
    symmetric: bool


def read_matrix_market(
    path: Path, report: EdgeReport, *, directed: bool | None = None, weighted: bool | None = None
) -> Graph:
    """Read a graph; its nodes are "1" … "n", as the file counts rows, whether or not an entry names them.

    Parameters
    ----------
    path : Path
    report : EdgeReport
        Written to.
    directed : bool, optional
        Without it the graph is directed if the matrix is asymmetric.
    weighted : bool, optional
        Without it values are weights, unless all are 1.

    Raises
    ------
    BadInput
        No Matrix Market file; dense, complex, skew-symmetric or not square; an entry outside of the matrix, of negative
        weight, or more or fewer than the size line says: with the line.
    """
    banner: _Banner | None = None
    shape: tuple[int, int, int] | None = None
    ends, values = GrowingArray(np.int32), GrowingArray(np.float32)
    for block in _blocks(path):
        begin = 0
        if banner is None:
            first, begin = _first_line(block, 0)
            banner = _banner(first, path)
        if shape is None:
            shape, begin = _shape(block, begin, path)
        if shape is not None:
            _add(block, begin, banner, shape, ends, values, report)
    if shape is None or banner is None:
        raise BadInput(f"{path}: lacks the line with the numbers of rows, columns and entries; the file is cut short")
    if len(ends) // 2 != shape[2]:
        raise BadInput(f"{path}: holds {len(ends) // 2:,} entries; its size line says {shape[2]:,}")
    weights = None if banner.pattern else values.array()
    return _graph(path, banner, shape[0], ends.array(), weights, report, directed, weighted)


def _graph(
    path: Path,
    banner: _Banner,
    n: int,
    ends: np.ndarray,
    values: np.ndarray | None,
    report: EdgeReport,
    directed: bool | None,
    weighted: bool | None,
) -> Graph:
    from scipy.sparse import coo_matrix

    if weighted and values is None:
        raise BadInput(f"{path}: is of the kind pattern, which has no values; expected weighted=False")
    rows, columns = ends[::2], ends[1::2]
    weights = np.ones(len(rows), np.float32) if values is None or weighted is False else values
    report.format = "matrix-market"
    if banner.symmetric:
        other = rows != columns
        rows, columns = np.concatenate([rows, columns[other]]), np.concatenate([columns, rows[other]])
        weights = np.concatenate([weights, weights[other]])
    matrix = coo_matrix((weights, (rows, columns)), shape=(n, n)).tocsr()
    if values is None or weighted is False:
        matrix.data[:] = 1  # an entry that stands twice is one edge
    try:
        return Graph.from_scipy(matrix, range(1, n + 1), directed=directed)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _blocks(path: Path) -> Iterator[Block]:
    for block in read_blocks([path], BLOCK_BYTES, whole_lines=True):
        data = block.data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block.data else block.data
        yield Block(data, block.path, block.start, block.line, block.last)


def _first_line(block: Block, begin: int) -> tuple[str, int]:
    """Return the line at a byte, and where the next one begins."""
    end = block.data.find(b"\n", begin)
    stop = len(block.data) if end < 0 else end
    return block.data[begin:stop].decode("utf-8", "replace").strip(), min(stop + 1, len(block.data))


def _banner(line: str, path: Path) -> _Banner:
    words = line.casefold().split()
    if len(words) != 5 or words[0] != BANNER:
        raise BadInput(
            f"{path}:1: begins {line[:60]!r}; expected a banner such as '%%MatrixMarket matrix coordinate real general'"
        )
    kind, layout, field, symmetry = words[1:]
    if (kind, layout) != ("matrix", "coordinate"):
        raise BadInput(f"{path}:1: is a {kind} in the layout {layout}; expected a sparse matrix: matrix coordinate")
    if field not in ("real", "integer", "pattern", "double"):
        raise BadInput(f"{path}:1: has {field} values; expected real, integer or pattern")
    if symmetry not in ("general", "symmetric"):
        raise BadInput(f"{path}:1: is {symmetry}; expected general or symmetric: weights of edges are not negative")
    return _Banner(field == "pattern", symmetry == "symmetric")


def _shape(block: Block, begin: int, path: Path) -> tuple[tuple[int, int, int] | None, int]:
    """Return rows, columns and entries, from the first line that is no comment, and where the next line begins."""
    while begin < len(block.data):
        line, after = _first_line(block, begin)
        if line and not line.startswith("%"):
            number = block.line + block.data.count(b"\n", 0, begin)
            words = line.split()
            if len(words) != 3 or not all(word.isascii() and word.isdigit() for word in words):
                raise BadInput(f"{path}:{number}: is {line[:60]!r}; expected the numbers of rows, columns and entries")
            rows, columns, entries = map(int, words)
            if rows != columns:
                raise BadInput(
                    f"{path}:{number}: has {rows:,} rows and {columns:,} columns, which are nodes of two kinds;"
                    " expected a square matrix, or edges between keys that differ, such as u1 and i1"
                )
            most = min(MOST_NODES, NODES_PER_ENTRY * (entries + FEW_ENTRIES))  # a line must not claim any memory
            if not 0 < rows <= most:
                raise BadInput(
                    f"{path}:{number}: says {rows:,} rows and {entries:,} entries; expected 1 to {most:,} rows"
                )
            return (rows, columns, entries), after
        begin = after
    return None, begin


def _add(
    block: Block,
    begin: int,
    banner: _Banner,
    shape: tuple[int, int, int],
    ends: GrowingArray,
    values: GrowingArray,
    report: EdgeReport,
) -> None:
    text = np.frombuffer(bytearray(block.data), np.uint8)[begin:]
    most = block.data.count(b"\n", begin) + 1
    starts, stops, hashes = np.empty(2 * most, np.int32), np.empty(2 * most, np.int32), np.empty(2 * most, np.uint32)
    weights = np.empty(0 if banner.pattern else most, np.float32)
    fields = np.array([0, 1, -1 if banner.pattern else 2], np.int64)
    counts = np.array([0, 0, 0, -1, -1], np.int64)
    n, problem, at = edges_of(text, GRAMMAR, fields, starts, stops, hashes, weights, counts)
    if problem != FINE:
        what = "no number as its value" if problem == NO_NUMBER else "no row and column"
        expected = "row, column" if banner.pattern else "row, column, value"
        raise BadInput(f"{_place(block, begin + at)} has {what}; expected {expected}")
    numbers = np.empty(2 * n, np.int64)
    right = whole_numbers(text, starts[: 2 * n], stops[: 2 * n], numbers)
    outside = np.flatnonzero((numbers[:right] < 1) | (numbers[:right] > shape[0]))
    wrong = outside[0] if len(outside) else right
    if wrong < 2 * n:
        raise BadInput(f"{_place(block, begin + int(starts[wrong]))} names no row and column from 1 to {shape[0]:,}")
    weights = weights[:n]
    negative = np.flatnonzero(~((weights >= 0) & (weights < np.inf)))
    if len(negative):
        raise BadInput(
            f"{_place(block, begin + int(starts[2 * negative[0]]))} has the weight {weights[negative[0]]}; expected a"
            " finite number of at least 0"
        )
    report.add_edges(numbers, None if banner.pattern else weights)
    ends.append((numbers - 1).astype(np.int32))
    if not banner.pattern:
        values.append(weights)


def _place(block: Block, at: int) -> str:
    number = block.line + block.data.count(b"\n", 0, at)
    line: Any = block.data[block.data.rfind(b"\n", 0, at) + 1 :].partition(b"\n")[0].strip()[:60]
    return f"{block.path}:{number}: {line.decode('utf-8', 'replace')!r}"
