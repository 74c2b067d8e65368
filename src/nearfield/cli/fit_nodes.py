"""`nearfield fit nodes`: from edges to node vectors, by any of the methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nearfield.cli import graphs, saving, training
from nearfield.cli.arguments import spread
from nearfield.cli.convolution import METHODS as CONVOLUTIONS
from nearfield.cli.convolution import ConvolutionOptions, fit_convolution
from nearfield.cli.output import say
from nearfield.cli.side import Side, check_side, read_side, with_cold_items
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.graph import Graph
    from nearfield.vectors import Vectors

WALKS = "Walks"
ESTIMATORS = {
    "deepwalk": "DeepWalk",
    "node2vec": "Node2Vec",
    "line": "Line",
    "prone": "ProNE",
    "eges": "EGES",
    "gcn": "GCN",
    "sage": "GraphSAGE",
    "lightgcn": "LightGCN",
}
FILES = {
    "eges": ("side", "side_encoding"),
    "gcn": ("features", "labels", "label_column", "label_header", "validation"),
    "sage": ("features",),
    "lightgcn": ("users",),
}
PROPAGATED = ("deepwalk", "node2vec", "line")
# parameters that have the name of an option that means something else
NOT_OFFERED = {"prone": ("order",)}
# EGES has sequences: these are the walks', which learns from each of them in every epoch
EGES_WALKS = {"num_walks": 10, "walk_length": 10, "p": 1.0, "q": 1.0, "extended": False}
SETTINGS = (
    *("num_walks", "walk_length", "p", "q", "extended", "loss", "order", "vector_size", "window", "negative", "alpha"),
    *("epochs", "workers"),
)


@dataclass(frozen=True)
class NodeOptions(graphs.EdgeOptions, ConvolutionOptions):
    """How edges are read, what convolution reads beside them, and settings; one that is None has its own default."""

    num_walks: Annotated[int | None, typer.Option(min=1, help="Walks from each node.", rich_help_panel=WALKS)] = None
    walk_length: Annotated[int | None, typer.Option(min=1, help="Nodes in a walk.", rich_help_panel=WALKS)] = None
    p: Annotated[float | None, typer.Option(help="node2vec: below 1, walks go back more.", rich_help_panel=WALKS)] = (
        None
    )
    q: Annotated[
        float | None, typer.Option(help="node2vec: below 1, walks go further away.", rich_help_panel=WALKS)
    ] = None
    extended: Annotated[
        bool, typer.Option("--extended", help="node2vec+: weights tell who is near.", rich_help_panel=WALKS)
    ] = False
    side: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help='eges: a table, nodes first, then what is known of them, a field a column, "|" in between.',
            rich_help_panel=WALKS,
        ),
    ] = None
    side_encoding: training.SideEncoding = None
    loss: Annotated[
        Literal["negative", "hierarchical"] | None,
        typer.Option(help="deepwalk, node2vec: negative sampling or a Huffman tree.", rich_help_panel=training.MODEL),
    ] = None
    order: Annotated[
        Literal["both", "first", "second"] | None,
        typer.Option(help="line: the order of proximity.", rich_help_panel=training.MODEL),
    ] = None
    propagate: Annotated[
        bool,
        typer.Option(
            "--propagate",
            help="deepwalk, node2vec, line: spectral propagation afterwards, as prone has it.",
            rich_help_panel=training.MODEL,
        ),
    ] = False
    vector_size: Annotated[int | None, typer.Option(min=1, help="Dimensions.", rich_help_panel=training.MODEL)] = None
    window: Annotated[
        int | None, typer.Option(min=1, help="The furthest neighbour in a walk.", rich_help_panel=training.MODEL)
    ] = None
    negative: Annotated[
        int | None, typer.Option(min=1, help="Negative samples.", rich_help_panel=training.TRAINING)
    ] = None
    alpha: Annotated[float | None, typer.Option(help="The first learning rate.", rich_help_panel=training.TRAINING)] = (
        None
    )
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the data.", rich_help_panel=training.TRAINING)
    ] = None
    workers: training.Workers = None


@spread(NodeOptions)
def fit_nodes(
    edges: graphs.Edges,
    output: training.Output,
    options: NodeOptions,
    method: Annotated[
        Literal["deepwalk", "node2vec", "line", "prone", "eges", "gcn", "sage", "lightgcn"],
        typer.Option(help="Settings that are not given are the method's own."),
    ] = "deepwalk",
    seed: training.Seed = 1,
    quiet: training.Quiet = False,
) -> None:
    """Learn node vectors from edges and save them."""
    from nearfield.formats import check_target

    check_target(output)
    if method == "lightgcn":
        saving.check_room(output)
    settings = _given_settings(method, options) | {"seed": seed, "verbose": not quiet}
    known = read_side(_needed_side(options.side), options.side_encoding) if method == "eges" else {}
    graph = graphs.read_graph(edges, options, verbose=not quiet)
    if method in CONVOLUTIONS:
        model = fit_convolution(method, graph, options, **settings)
        users = {saving.USERS: model.users_} if method == "lightgcn" else {}
        _save(model.vectors_, output, quiet, users)
    elif method == "eges":
        _save(_fit_eges(graph, settings, known, options.side), output, quiet)
    else:
        _fit(method, graph, settings, output, propagate=options.propagate)


def _given_settings(method: str, options: NodeOptions) -> dict[str, Any]:
    """Return the settings that were given; refuse those, and files, that the method knows nothing of."""
    from nearfield import embed

    known = getattr(embed, ESTIMATORS[method]).parameter_names() + (list(EGES_WALKS) if method == "eges" else [])
    known = [name for name in known if name not in NOT_OFFERED.get(method, ())]
    given = {name: getattr(options, name) for name in SETTINGS}
    given = {name: value for name, value in given.items() if value is not None and value is not False}
    every = dict.fromkeys(name for names in FILES.values() for name in names)
    files = [name for name in every if getattr(options, name) is not None]
    strange = [name for name in given if name not in known] + [
        name for name in files if name not in FILES.get(method, ())
    ]
    if strange:
        has = [name for name in SETTINGS if name in known] + list(FILES.get(method, ()))
        raise BadInput(f"--method {method} has no {_option(strange[0])}; it has {', '.join(map(_option, has))}")
    if options.propagate and method not in PROPAGATED:
        why = "it does so by itself" if method == "prone" else f"expected one of {', '.join(PROPAGATED)}"
        raise BadInput(f"--propagate is given with --method {method}; {why}")
    return given


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _fit(method: str, graph: Graph, settings: dict[str, Any], output: Path, *, propagate: bool) -> None:
    """Train and save; what was learnt before Ctrl-C is saved, too, but a refused run leaves the folder as it is."""
    from nearfield import embed

    model = getattr(embed, ESTIMATORS[method])(**settings)
    quiet = not settings["verbose"]
    try:
        model.fit(graph)
    except KeyboardInterrupt:
        if hasattr(model, "vectors_"):
            _save(model.vectors_, output, quiet)
        raise
    _save(embed.spectral_propagation(model.vectors_, graph) if propagate else model.vectors_, output, quiet)


def _needed_side(side: Path | None) -> Path:
    if side is None:
        raise BadInput("--method eges needs --side FILE, a table of nodes and what is known of them")
    return side


def _fit_eges(graph: Graph, settings: dict[str, Any], known: Side, path: Path | None) -> Vectors:
    """Walk once and for all, then learn; nodes that stand in the table only get vectors from what is known of them."""
    from nearfield.embed import EGES
    from nearfield.walks import random_walks

    walks = {name: settings.pop(name, default) for name, default in EGES_WALKS.items()}
    check_side(known, graph.vocabulary, "nodes of the graph", path)
    model = EGES(**settings)
    sequences = random_walks(graph, **walks, seed=settings["seed"], workers=settings.get("workers"))
    return with_cold_items(model.fit(sequences, side=known), known)


def _save(vectors: Vectors, output: Path, quiet: bool, users: Mapping[str, Vectors] | None = None) -> None:
    """Save vectors, for LightGCN those of items, and within their folder those of users."""
    saving.save(vectors, output, users or {})
    if quiet:
        return
    if users:
        n = len(users[saving.USERS])
        say(
            f"saved {output}: {len(vectors):,} items and, in {output / saving.USERS}, {n:,} users × {vectors.dim}"
            f" dimensions; try: nearfield next {output} ITEM"
        )
        return
    say(f"saved {output}: {len(vectors):,} nodes × {vectors.dim} dimensions; try: nearfield similar {output} NODE")
