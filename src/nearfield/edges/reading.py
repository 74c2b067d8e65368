"""From files of edges to a Graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from nearfield.adjacency import check_policies
from nearfield.edges.collecting import Edges
from nearfield.edges.report import EdgeReport
from nearfield.errors import BadInput, warn
from nearfield.graph import Graph
from nearfield.io import Source, ending, find_files, is_regular, open_input
from nearfield.parameters import checks_arguments
from nearfield.reading import step

Format = Literal["edges", "adjacency", "matrix-market", "parquet", "matlab"]
FORMATS: tuple[str, ...] = get_args(Format)
ENDINGS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".mat": "matlab",
    ".mtx": "matrix-market",
    ".mm": "matrix-market",
    ".adjlist": "adjacency",
}
WHOLE_GRAPHS = ("matlab", "matrix-market")
BANNER = b"%%MatrixMarket"


@checks_arguments
def read_edges(
    source: Source,
    *,
    directed: bool | None = None,
    weighted: bool = False,
    format: Format | None = None,
    separator: str | None = None,
    header: bool | None = None,
    columns: Sequence[str | int] | None = None,
    comments: str | None = None,
    quotes: bool = True,
    encoding: str | None = None,
    duplicates: str = "sum",
    self_loops: str = "keep",
) -> Graph:
    """Read a graph from files of edges.

    In text an edge is a line: source, target and, if `weighted`, its weight. It may be compressed (.gz, .zst, .bz2).
    The layout is detected from the first lines of each file, and what a person may not have meant is said as a warning:
    a header row, further fields that were passed over, lines with # or % in front that are edges. `graph.report` has
    the counts of all that was passed over or merged.

    Files are read block by block, and edges wait on disk: beside the keys, memory stays within three times the rows.

    Parameters
    ----------
    source : path, glob, folder, "-", a list of these, or a table of pandas, Polars or Arrow
        Several files make one graph. "-" is standard input.
    directed : bool, optional
        Whether edges go from source to target only. Without it they go both ways, but in a matrix that is asymmetric.
    weighted : bool
        Whether edges have weights.
    format : {"edges", "adjacency", "matrix-market", "parquet", "matlab"}, optional
        "adjacency": a node and its neighbours on each line, as DeepWalk and networkx write it. Without it the endings
        .adjlist, .mtx, .parquet, .pq and .mat say so, or the first lines do; lines of different lengths that may mean
        either are refused. "matrix-market": nodes are "1" … "n", as in the file. "matlab": a sparse matrix `network`,
        and labels as `group` where they are there. Either is a whole graph by itself, with weights unless all are 1.
    separator : str, optional
        The character between fields, also as an escape: "\\\\t". Without it: a TAB, a comma, a semicolon or "|" if the
        first lines have it throughout, else any run of spaces and TABs. With one of these keys may hold spaces.
    header : bool, optional
        Whether the first line of each text file names its columns. Without it, a first line is a header row if it has
        usual names, such as source and target, or words where all others have numbers.
    columns : names of the header row or numbers from 1, optional
        Of source, target and, if `weighted`, weight. Without it the usual names in the header row, else the first ones.
    comments : str, optional
        Characters that begin comments: "#%", or "" for none. Without it, lines that begin with # or % are comments at
        the head of the file, and where a blank follows; others, such as hashtags, are edges.
    quotes : bool
        Whether a field may stand in double quotes.
    encoding : str, optional
        Of text that is not UTF-8, such as "gb18030".
    duplicates : {"sum", "max", "count"}
        What an edge weighs that is named several times; see `Graph.from_edges`.
    self_loops : {"keep", "drop"}

    Returns
    -------
    Graph
        Nodes are those that are named. Keys are as they stand in the file, "01" and "1" are two; where all are whole
        numbers, "3.0" is "3".

    Raises
    ------
    BadInput
        No file, no edge; a line or row without both ends, or with a weight that is negative, NaN or infinite: the
        message names file and line. An edge of weight 0 is none, though its nodes exist.
    StorageError
        The operating system refuses.
    """
    from nearfield.edges.rows import is_table

    reading = step("read_edges", locals(), without=("source", "is_table"))
    check_policies(duplicates, self_loops, weighted=weighted)
    if format is not None and format not in FORMATS:
        raise BadInput(f"format is {format!r}; expected one of {', '.join(FORMATS)}")
    if isinstance(columns, str):
        raise BadInput(f"columns is {columns!r}; expected a list, such as ['source', 'target']")
    report = EdgeReport(weighted=weighted)
    text = {"separator": separator, "header": header, "comments": comments, "encoding": encoding}
    if is_table(source):
        _refuse_options({**text, "format": format}, "a table")
        edges, keys = _from_table(source, weighted, columns, report)
    else:
        _refuse_graphs(source)
        files = find_files(source)
        kind = _kind_of(files, format)
        if kind in WHOLE_GRAPHS:
            _refuse_options({**text, "columns": columns}, f"a file in the format {kind}")
            graph = _whole_graph(files[0], kind, directed, weighted or None, report)._with(reading=reading)
            return _reported(graph, report, "keep")
        edges = Edges(weighted=weighted)
        if kind == "parquet":
            from nearfield.edges.rows import RowReader

            _refuse_options(text, "Parquet")
            reader: Any = RowReader(edges, weighted=weighted, columns=columns, report=report)
            report.format = kind
        else:
            from nearfield.edges.layout import Options
            from nearfield.edges.text import EdgeReader

            chosen = None if columns is None else tuple(columns)
            options = Options(weighted, separator, header, chosen, kind, comments, quotes)
            reader = EdgeReader(edges, options, report, encoding)
        for file in files:
            reader.read(file)
        keys = reader.keys()
        del reader  # and with it the nodes' numbers
        if not keys:
            raise BadInput(f"{files[0]}: holds no edge; expected lines with a source and a target")
    policies = {"duplicates": duplicates, "self_loops": self_loops}
    graph = edges.graph(keys, directed=bool(directed), reading=reading, **policies)
    return _reported(graph, report, self_loops)


def _from_table(
    table: Any, weighted: bool, columns: Sequence[str | int] | None, report: EdgeReport
) -> tuple[Edges, list[str]]:
    from nearfield.edges.rows import RowReader

    edges = Edges(weighted=weighted)
    reader = RowReader(edges, weighted=weighted, columns=columns, report=report)
    reader.read_table(table)
    keys = reader.keys()
    if not keys:
        raise BadInput("table: holds no edge; expected rows with a source and a target")
    return edges, keys


def _whole_graph(file: Path, kind: str, directed: bool | None, weighted: bool | None, report: EdgeReport) -> Graph:
    if kind == "matlab":
        from nearfield.edges.matlab import read_matlab

        report.format = kind
        return read_matlab(file, directed=directed)
    from nearfield.edges.matrix_market import read_matrix_market

    return read_matrix_market(file, report, directed=directed, weighted=weighted)


def _reported(graph: Graph, report: EdgeReport, self_loops: str) -> Graph:
    report.finish(graph, self_loops)
    graph.report = report
    for surprise in report.surprises():
        warn(surprise)
    return graph


def _kind_of(files: Sequence[Path], format: str | None) -> str | None:
    """Return the one format that files have, by the option, their endings or their first bytes; None: text."""
    kinds = {format or ENDINGS.get(ending(file)) or _begun(file) or "text" for file in files}
    if len(kinds) > 1 or (kinds & set(WHOLE_GRAPHS) and len(files) > 1):
        raise BadInput(
            f"{files[0].parent}: holds {len(files)} files of {' and '.join(sorted(kinds))}; expected files of one"
            " format, or one matrix"
        )
    kind = kinds.pop()
    return None if kind == "text" else kind


def _begun(file: Path) -> str | None:
    if not is_regular(file):
        return None
    with open_input(file) as opened:
        return "matrix-market" if opened.read(len(BANNER)).lower() == BANNER.lower() else None


def _refuse_options(options: dict[str, Any], what: str) -> None:
    for name, value in options.items():
        if value is not None:
            raise BadInput(f"{name} is {value!r} and the edges are {what}, which has none; leave it out")


def _refuse_graphs(source: Any) -> None:
    kind = type(source).__module__.partition(".")[0]
    if kind in ("networkx", "scipy"):
        raise BadInput(f"source is a {type(source).__name__}; give it to Graph.from_{kind}")
    if isinstance(source, list | tuple) and source and isinstance(source[0], list | tuple):
        raise BadInput("source is a list of pairs; give Graph.from_edges(sources, targets)")
