"""GCN, GraphSAGE and LightGCN for `nearfield fit nodes`: what they read beside the edges, and how each is fitted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli.arguments import read_lines
from nearfield.cli.output import say
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.embed import GCN, GraphSAGE, LightGCN
    from nearfield.graph import Graph

PANEL = "Convolution"

LabelColumn = Annotated[
    str | None, typer.Option(metavar="NAME", help="The column of labels: its name, its number from 1, or all.")
]


@dataclass(frozen=True)
class ConvolutionOptions:
    """The options of a verb that these methods need; to be spread over its parameters."""

    features: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="gcn, sage: the nodes' features: vectors in any known format, JSON lists, or svmlight.",
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
    label_column: LabelColumn = None
    label_header: Annotated[
        bool | None, typer.Option("--label-header/--no-label-header", help="gcn: the first line names the columns.")
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

    path = _needed(options.labels, "gcn", "--labels FILE, a node and its label on each line")
    labels = labels_of(path, options.label_column, "label-header", header=options.label_header)
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


def labels_of(path: Path, column: str | None, option: str = "header", **options: Any) -> dict[str, list[str]]:
    """Read a file of labels, and say that its first line was taken for a header row, if that was detected."""
    from nearfield.edges.labels import read_labels

    place = int(column) if column is not None and column.isdecimal() else column
    try:
        labels, names = read_labels(path, column=place, **options)
    except BadInput as error:
        message = (
            str(error).replace("column='all'", "--label-column all").replace("give column,", "give --label-column,")
        )
        raise BadInput(message) from error
    if names and not options.get("header"):
        said = f"{path}: the first row names the columns: {', '.join(names)[:80]}"
        say(f"{said}; --no-{option} reads it as a label")
    return labels


def _with_features(graph: Graph, options: ConvolutionOptions, method: str) -> Graph:
    path = _needed(options.features, method, "--features PATH, a row of numbers for each node")
    keys, rows = features_of(path)
    known = [i for i, key in enumerate(keys) if key in graph.vocabulary]
    if not known:
        raise BadInput(f"{path}: knows none of the graph's {len(graph):,} nodes; expected their features")
    if len(known) < len(graph):
        say(f"{path}: has no features of {len(graph) - len(known):,} nodes of the graph, which get zeros")
    return graph.with_features(rows[known], [keys[i] for i in known])


def features_of(path: Path) -> tuple[Sequence[str], Any]:
    """Return keys, and a row of features for each: a scipy matrix, or an ndarray where they are saved as vectors."""
    from nearfield.edges import features
    from nearfield.formats import load
    from nearfield.io import ending

    if ending(path) in features.ENDINGS:
        return features.read_features(path)
    vectors = load(path)
    return vectors.keys, vectors.input


def _needed(path: Path | None, method: str, option: str) -> Path:
    if path is None:
        raise BadInput(f"--method {method} needs {option}")
    return path
