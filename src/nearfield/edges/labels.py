"""Labels of nodes in text files: a node on each line, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from nearfield.edges.collecting import whole_keys
from nearfield.edges.columns import is_number, plain
from nearfield.edges.layout import (
    RUNS_OF_BLANKS,
    Line,
    Options,
    checked_separator,
    lines_of,
    separator_of,
    split,
    without_head,
)
from nearfield.errors import BadInput
from nearfield.io import read_text_file

NODES = ("node", "nodeid", "id", "key", "name", "vertex", "vertexid", "user", "userid", "item", "itemid", "paper")
LABELS = ("label", "labels", "class", "category", "group", "community", "club", "y", "target", "tag", "type")
ALL = "all"


class Labels(NamedTuple):
    """The labels of each node, and the header row that was passed over, if there is one."""

    of_nodes: dict[str, list[str]]
    header: tuple[str, ...]


def read_labels(
    path: Path,
    *,
    column: str | int | None = None,
    header: bool | None = None,
    separator: str | None = None,
    encoding: str | None = None,
) -> Labels:
    """Read a file with a node in the first column and its label in another one.

    A node on several lines has several labels. Separators, quotes and comments are detected as in files of edges.

    Parameters
    ----------
    path : Path
        UTF-8, unless there is an encoding; compressed, a pipe or "-" as well.
    column : str, int or "all", optional
        Which column holds labels: its name in the header row, its number from 1, or "all" but the first. Without it the
        second of two columns, or that with a usual name such as label or class.
    header : bool, optional
        Whether the first line names the columns; without it that is detected.
    separator : str, optional
        The character between columns.

    Raises
    ------
    BadInput
        No such file; no text; no label; a line without one; several columns of which none is said to hold labels.
    """
    options = Options(separator=None if separator is None else checked_separator(separator))
    _, lines = without_head(lines_of(read_text_file(path, encoding).encode()), options)
    between = separator_of([line.text for line in lines], options) if lines else RUNS_OF_BLANKS
    rows = [split(line.text, between, quotes=True) for line in lines]
    names: tuple[str, ...] = ()
    if rows and (header or (header is None and _names_columns(rows))):
        names, rows, lines = tuple(rows[0]), rows[1:], lines[1:]
    if not rows:
        raise BadInput(f"{path}: holds no label; expected a node and its label on each line")
    place = _place(path, lines, rows, names, column)
    labels: dict[str, list[str]] = {}
    for row, line in zip(rows, lines, strict=True):
        cells = [cell for cell in (row[1:] if place is None else row[place : place + 1]) if cell]
        if not row[0] or not cells:
            raise BadInput(
                f"{path}:{line.number}: {line.text.strip()[:40]!r} has no label; expected a node and its label"
            )
        labels.setdefault(row[0], []).extend(cells)
    nodes: dict[str, list[str]] = {}
    for key, cells in zip(whole_keys([*labels]), labels.values(), strict=True):  # 3.0 and 3 are the same node
        nodes.setdefault(key, []).extend(cells)
    return Labels(nodes, names)


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: by usual names, or by a word where all other rows have numbers."""
    first, others = rows[0], rows[1:]
    if len(first) < 2:
        return False
    usual = plain(first[0]) in NODES and any(plain(name) in LABELS for name in first[1:])
    if usual:
        return not any(row[0] == first[0] for row in others)
    return len(others) > 1 and not is_number(first[0]) and all(row and is_number(row[0]) for row in others)


def _place(
    path: Path, lines: Sequence[Line], rows: Sequence[Sequence[str]], names: Sequence[str], column: str | int | None
) -> int | None:
    """Return the place of the column of labels, from 0; None: all but the first."""
    width = max(len(row) for row in rows)
    if column == ALL:
        return None
    if isinstance(column, int):
        if not 2 <= column <= width:
            raise BadInput(f"{path}: has {width} columns; expected a column of labels from 2 to {width}, not {column}")
        return column - 1
    if column is not None:
        if column not in names[1:]:
            has = f"the columns {', '.join(names)}" if names else "no header row"
            raise BadInput(f"{path}: has {has}; expected a column of labels, not {column!r}")
        return list(names).index(column)
    if width <= 2:
        return 1
    named = [place for place, name in enumerate(names) if place and plain(name) in LABELS]
    if len(named) == 1:
        return named[0]
    line = next(line for line, row in zip(lines, rows, strict=True) if len(row) == width)
    has = f"the columns {', '.join(names)}" if names else f"{width} fields: {line.text.strip()[:40]!r}"
    raise BadInput(
        f"{path}:{line.number}: has {has}; expected a node and its label: give column, the name or number of the column"
        f" of labels, or column={ALL!r} for several labels a node"
    )
