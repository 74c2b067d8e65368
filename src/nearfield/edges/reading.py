"""From files of edges to a Graph."""

from __future__ import annotations

from collections.abc import Sequence

from nearfield.adjacency import check_policies
from nearfield.edges.collecting import Edges
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.io import Source, find_files
from nearfield.reading import step

KINDS = {".parquet": "Parquet", ".pq": "Parquet", ".mat": "MATLAB"}


def read_edges(
    source: Source,
    *,
    directed: bool = False,
    weighted: bool = False,
    separator: str | None = None,
    header: bool = False,
    columns: Sequence[str] | None = None,
    duplicates: str = "sum",
    self_loops: str = "keep",
) -> Graph:
    """Read a graph from files of edges.

    Text files have an edge on a line: source, target and, if `weighted`, its weight; further fields are passed over, as
    are blank lines and those that begin with # or %. They may be compressed (.gz, .zst, .bz2). Parquet files (.parquet,
    .pq) have a row for each edge. A MATLAB file (.mat) has a sparse matrix `network`, and may have the nodes' labels as
    `group`; it is a whole graph by itself.

    Files are read block by block, and edges wait on disk: beside the keys, memory stays within three times the rows.

    Parameters
    ----------
    source : path, glob, folder, "-" or a list of these
        Several files make one graph. "-" is text on standard input.
    directed : bool
        Whether edges go from source to target only.
    weighted : bool
        Whether edges have weights.
    separator : str, optional
        The character between fields. Without it: a comma if the first line has one, else any run of spaces and tabs.
        Only with a TAB or a comma may keys hold spaces. Fields in quotes are refused there.
    header : bool
        Whether the first line of each text file names its columns.
    columns : names, optional
        For Parquet: source, target and, if `weighted`, weight. Without it the first two or three.
    duplicates : {"sum", "max", "count"}
        What an edge weighs that is named several times; see `Graph.from_edges`.
    self_loops : {"keep", "drop"}

    Returns
    -------
    Graph
        Nodes are those that an edge names, whatever numbers or strings they are: numbers may have gaps.

    Raises
    ------
    BadInput
        No file, no edge; a line or row without both ends, or with a weight that is negative, NaN or infinite: the
        message names file and line. An edge of weight 0 is none, though its nodes exist.
    StorageError
        The operating system refuses.
    """
    reading = step("read_edges", locals(), without=("source",))
    check_policies(duplicates, self_loops, weighted=weighted)
    files = find_files(source)
    kinds = {KINDS.get(file.suffix.lower(), "text") for file in files}
    if len(kinds) > 1 or (kinds == {"MATLAB"} and len(files) > 1):
        raise BadInput(
            f"{files[0].parent}: holds {len(files)} files of {' and '.join(sorted(kinds))}; give one kind, or one .mat"
        )
    if kinds == {"MATLAB"}:
        from nearfield.edges.matlab import read_matlab

        return read_matlab(files[0], directed=directed or None)._with(reading=reading)
    edges = Edges(weighted=weighted)
    if kinds == {"Parquet"}:
        from nearfield.edges.parquet import RowReader

        reader: RowReader | EdgeReader = RowReader(edges, weighted=weighted, columns=columns)
    else:
        from nearfield.edges.text import EdgeReader

        reader = EdgeReader(edges, weighted=weighted, separator=separator, header=header)
    for file in files:
        reader.read(file)
    keys = reader.keys()
    del reader  # and with it the nodes' numbers
    if not keys:
        raise BadInput(f"{files[0]}: holds no edge; expected lines with a source and a target")
    return edges.graph(keys, directed=directed, reading=reading, duplicates=duplicates, self_loops=self_loops)
