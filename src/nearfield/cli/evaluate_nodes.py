"""`nearfield evaluate nodes`: how much of the nodes' labels their vectors tell."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli.arguments import Folder
from nearfield.cli.convolution import read_labels
from nearfield.cli.output import AsJson, print_json, print_rows, say
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.evaluate.nodes import NodeResult, ShareResult
    from nearfield.graph import Graph

COLUMNS = ("learnt from", "micro-F1", "± between shuffles", "macro-F1", "± between shuffles")
BAND_COLUMNS = ("learnt from", "nodes", "micro-F1", "macro-F1")
BANDS = {"degree": "neighbours", "count": "visits or neighbours"}  # counts are what the method has counted


def evaluate_nodes(
    path: Folder,
    labels: Annotated[
        Path,
        typer.Argument(
            metavar="LABELS",
            help="A node and its label on each line, by TAB, comma or spaces; or a .mat file with its `group`.",
        ),
    ],
    shares: Annotated[
        str, typer.Option(metavar="X,X…", help="The shares of the nodes that are learnt from.")
    ] = "0.1,0.5,0.9",
    shuffles: Annotated[int, typer.Option(min=1, help="How often nodes are shuffled.")] = 10,
    unit: Annotated[bool, typer.Option("--unit", help="Scale all vectors to length 1 first.")] = False,
    header: Annotated[bool, typer.Option("--header", help="The first line is a heading.")] = False,
    seed: Annotated[int, typer.Option(help="Of the shuffles.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Foretell labels of nodes from vectors, by DeepWalk's protocol.

    A logistic regression for each label learns from a share of the nodes; of the others it is known how many labels
    each has. Labelled nodes without a vector are left out and counted. Figures follow for nodes of few and of many
    neighbours, where they are known. Needs scikit-learn, the extra `evaluate`.
    """
    from nearfield.evaluate import node_classification
    from nearfield.formats import load

    wanted = _shares(shares)
    vectors = load(path)
    graph = _labelled(labels, header=header)
    result = node_classification(
        vectors.normalized() if unit else vectors, graph, shares=wanted, shuffles=shuffles, seed=seed
    )
    if as_json:
        print_json(result.to_dict())
        return
    if result.unknown:
        say(f"left out {len(result.unknown):,} labelled nodes without a vector, such as {result.unknown[0]!r}")
    say(f"{result.nodes:,} nodes with {result.labels:,} labels, {shuffles} shuffles")
    print_rows(COLUMNS, (_row(one) for one in result.shares), as_json=False)
    if result.degrees:
        print_rows((BANDS[result.degrees], *BAND_COLUMNS), _band_rows(result), as_json=False)


def _shares(text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise BadInput(f"--shares is {text!r}; expected numbers between 0 and 1 such as 0.1,0.5,0.9") from None


def _labelled(path: Path, *, header: bool) -> Graph:
    """Read a file of labels, as a graph that need not have edges."""
    from nearfield.edges import read_edges
    from nearfield.graph import Graph

    if path.suffix.lower() == ".mat":
        return read_edges(path)
    labels = read_labels(path, header=header)
    if not labels:
        raise BadInput(f"{path}: holds no label; expected a node and its label on each line")
    return Graph.from_edges([], [], nodes=labels).with_labels(labels)


def _row(one: ShareResult) -> tuple[Any, ...]:
    from numpy import std

    spreads = [float(std(values)) for values in (one.micro_f1, one.macro_f1)]
    return f"{one.share:.0%}", one.micro, spreads[0], one.macro, spreads[1]


def _band_rows(result: NodeResult) -> Iterator[tuple[Any, ...]]:
    for one in result.shares:
        for band in one.by_degree:
            name = f"{band.low:,}" if band.low == band.high else f"{band.low:,} to {band.high:,}"
            scores = (None if math.isnan(value) else value for value in (band.micro, band.macro))
            yield name, f"{one.share:.0%}", band.nodes, *scores
