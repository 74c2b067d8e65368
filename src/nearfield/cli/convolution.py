"""GCN, GraphSAGE and LightGCN for `nearfield fit nodes`: what they read beside the edges, and how each is fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli.arguments import read_lines
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.embed import GCN, GraphSAGE, LightGCN
    from nearfield.graph import Graph

PANEL = "Convolution"


@dataclass(frozen=True)
class ConvolutionOptions:
    """The options of a verb that these methods need; to be spread over its parameters."""

    features: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="gcn, sage: the nodes' features, saved as vectors in any known format.",
            rich_help_panel=PANEL,
        ),
    ] = None
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="gcn: a node and its label on each line.", rich_help_panel=PANEL),
    ] = None
    validation: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="gcn: nodes, one a line, whose labels tell when to stop.", rich_help_panel=PANEL
        ),
    ] = None
    users: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="lightgcn: the nodes that are users, one a line.", rich_help_panel=PANEL),
    ] = None


def fit_convolution(method: str, graph: Graph, options: ConvolutionOptions, **settings: Any) -> Any:
    """Fit "gcn", "sage" or "lightgcn"; return the estimator, whose `vectors_` are those of nodes, or of items.

    `settings` are the estimator's; one that is None has its default there.

    Raises
    ------
    BadInput
        An option that the method needs is not given; a file that cannot be read.
    """
    return METHODS[method](graph, options, {name: value for name, value in settings.items() if value is not None})


def _gcn(graph: Graph, options: ConvolutionOptions, settings: dict[str, Any]) -> GCN:
    from nearfield.embed import GCN

    labels = read_labels(_needed(options.labels, "gcn", "--labels FILE, a node and its label on each line"))
    validation = None if options.validation is None else read_lines(options.validation)
    graph = _with_features(graph, options, "gcn").with_labels(labels)
    return GCN(**settings).fit(graph, validation=validation)


def _sage(graph: Graph, options: ConvolutionOptions, settings: dict[str, Any]) -> GraphSAGE:
    from nearfield.embed import GraphSAGE

    return GraphSAGE(**settings).fit(_with_features(graph, options, "sage"))


def _lightgcn(graph: Graph, options: ConvolutionOptions, settings: dict[str, Any]) -> LightGCN:
    from nearfield.embed import LightGCN

    users = read_lines(_needed(options.users, "lightgcn", "--users FILE, the nodes that are users, one a line"))
    return LightGCN(**settings).fit(graph, users=users)


METHODS: dict[str, Callable[[Graph, ConvolutionOptions, dict[str, Any]], Any]] = {
    "gcn": _gcn,
    "sage": _sage,
    "lightgcn": _lightgcn,
}


def read_labels(path: Path, *, header: bool = False) -> dict[str, list[str]]:
    """Read a node and its label from each line, with a TAB, a comma or white space between.

    A node on several lines has several labels; `header` passes over the first line.

    Raises
    ------
    BadInput
        No such file, no UTF-8, or a line without two parts.
    """
    found: dict[str, list[str]] = {}
    for number, line in enumerate(read_lines(path), 1):
        separator = next((one for one in "\t," if one in line), None)
        parts = [part.strip() for part in line.split(separator)]
        if len(parts) != 2 or not all(parts):
            raise BadInput(f"{path}: entry {number} is {line[:40]!r}; expected a node and its label")
        if number > 1 or not header:
            found.setdefault(parts[0], []).append(parts[1])
    return found


def _with_features(graph: Graph, options: ConvolutionOptions, method: str) -> Graph:
    from nearfield.formats import load

    features = load(_needed(options.features, method, "--features PATH, a row of numbers for each node"))
    known = [key for key in features.keys if key in graph.vocabulary]
    if not known:
        raise BadInput(f"{options.features}: knows none of the graph's {len(graph):,} nodes; expected their features")
    return graph.with_features(features[known], known)


def _needed(path: Path | None, method: str, option: str) -> Path:
    if path is None:
        raise BadInput(f"--method {method} needs {option}")
    return path
