"""What the verbs over graphs share: where the edges are, and how they are read."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nearfield.cli.output import say
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.graph import Graph
    from nearfield.reading import Reading

PANEL = "Edges"
TYPED = {
    "weighted=True": "--weighted",
    "directed=True": "--directed",
    "header=False": "--no-header",
    "format='adjacency'": "--edge-format adjacency",
    "format='edges'": "--edge-format edges",
    "comments='#%'": "--comments '#%'",
    "quotes=False": "--no-quotes",
    "encoding='gb18030'": "--encoding gb18030",
}

Edges = Annotated[list[str], typer.Argument(metavar="EDGES", help="Files with an edge on each line or row.")]


@dataclass(frozen=True)
class EdgeOptions:
    """The options of a verb that reads edges; to be spread over its parameters."""

    directed: Annotated[
        bool | None,
        typer.Option(
            "--directed/--undirected",
            help="Whether edges go from the first node to the second only; they do not, but in asymmetric matrices.",
            rich_help_panel=PANEL,
        ),
    ] = None
    weighted: Annotated[
        bool,
        typer.Option("--weighted", help="The third field is the edge's weight, or `weight`.", rich_help_panel=PANEL),
    ] = False
    edge_format: Annotated[
        Literal["edges", "adjacency", "matrix-market", "parquet", "matlab"] | None,
        typer.Option(
            "--edge-format",
            help="edges: a pair on each line; adjacency: a node and its neighbours; detected if not given.",
            rich_help_panel=PANEL,
        ),
    ] = None
    separator: Annotated[
        str | None,
        typer.Option(metavar="CHAR", help="What is between fields, such as ',' or '\\t'.", rich_help_panel=PANEL),
    ] = None
    header: Annotated[
        bool | None, typer.Option("--header/--no-header", help="The first line names columns.", rich_help_panel=PANEL)
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(metavar="A,B,…", help="Source, target, weight: names, or numbers from 1.", rich_help_panel=PANEL),
    ] = None
    comments: Annotated[
        str | None,
        typer.Option(metavar="CHARS", help="What begins comments, such as '#%'; '': none.", rich_help_panel=PANEL),
    ] = None
    quotes: Annotated[
        bool, typer.Option("--quotes/--no-quotes", help="Fields may be in double quotes.", rich_help_panel=PANEL)
    ] = True
    encoding: Annotated[
        str | None, typer.Option(help="Of text that is not UTF-8, such as gb18030.", rich_help_panel=PANEL)
    ] = None
    duplicates: Annotated[
        Literal["sum", "max", "count"],
        typer.Option(help="What an edge weighs that is named several times.", rich_help_panel=PANEL),
    ] = "sum"
    self_loops: Annotated[
        Literal["keep", "drop"], typer.Option(help="Edges from a node to itself.", rich_help_panel=PANEL)
    ] = "keep"


def read_options(options: EdgeOptions) -> dict[str, Any]:
    """Return what `read_edges` takes."""
    taken = {name: value for name, value in vars(options).items() if name in EdgeOptions.__dataclass_fields__}
    columns = None if options.columns is None else [_column(name) for name in options.columns.split(",")]
    return taken | {"format": taken.pop("edge_format"), "columns": columns}


def read_graph(files: list[str], options: EdgeOptions, *, verbose: bool = False, kept: Reading | None = None) -> Graph:
    """Read the graph that the command line names; say what a person may not have meant or, if `verbose`, everything.

    `kept` is how that of a fit was read: this one is read alike, but for what is typed.
    """
    from nearfield.cli.reading import of_edges, say_differences
    from nearfield.edges import read_edges

    reading = of_edges(options, kept)
    say_differences(kept or {}, reading)
    source: Any = [Path(file) for file in files] if len(files) > 1 else files[0]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # said below, by the names of options
            graph = read_edges(source, **reading["read_edges"])
    except BadInput as error:
        raise BadInput(as_typed(str(error))) from error
    if verbose:
        say(f"read {graph!r}")
    if graph.report is not None:
        for sentence in graph.report.lines() if verbose else graph.report.surprises():
            say(as_typed(sentence))
    return graph


def as_typed(sentence: str) -> str:
    """Return a sentence of the library with its parameters as options of the command line."""
    for parameter, option in TYPED.items():
        sentence = sentence.replace(parameter, option)
    return sentence


def _column(name: str) -> str | int:
    return int(name) if name.strip().isdecimal() else name.strip()
