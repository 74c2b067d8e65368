"""What the verbs over graphs share: where the edges are, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nearfield.graph import Graph

PANEL = "Edges"

Edges = Annotated[list[str], typer.Argument(metavar="EDGES", help="Files with an edge on each line or row.")]


@dataclass(frozen=True)
class EdgeOptions:
    """The options of a verb that reads edges; to be spread over its parameters."""

    directed: Annotated[
        bool, typer.Option("--directed", help="Edges go from the first node to the second only.", rich_help_panel=PANEL)
    ] = False
    weighted: Annotated[
        bool, typer.Option("--weighted", help="The third field is the edge's weight.", rich_help_panel=PANEL)
    ] = False
    separator: Annotated[
        str | None, typer.Option(help="What is between fields; white space if not given.", rich_help_panel=PANEL)
    ] = None
    header: Annotated[bool, typer.Option("--header", help="The first line is a heading.", rich_help_panel=PANEL)] = (
        False
    )


def read_graph(files: list[str], options: EdgeOptions) -> Graph:
    """Read the graph that the command line names."""
    from nearfield.edges import read_edges

    return read_edges(
        [Path(file) for file in files] if len(files) > 1 else files[0],
        directed=options.directed,
        weighted=options.weighted,
        separator=options.separator,
        header=options.header,
    )
