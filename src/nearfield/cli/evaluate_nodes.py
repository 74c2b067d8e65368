"""`nearfield evaluate nodes`: how much of the nodes' labels their vectors tell."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli.convolution import LabelColumn, features_of, labels_of
from nearfield.cli.output import AsJson, print_json, print_rows, say
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.evaluate.nodes import NodeResult, ShareResult
    from nearfield.graph import Graph
    from nearfield.vectors import Vectors

COLUMNS = ("learnt from", "micro-F1", "± between shuffles", "macro-F1", "± between shuffles")
MOST_NUMBERS = 1 << 28  # of features that are taken for vectors: 1 GiB
BAND_COLUMNS = ("learnt from", "nodes", "micro-F1", "macro-F1")
BANDS = {"degree": "neighbours", "count": "visits or neighbours"}  # counts are what the method has counted


def evaluate_nodes(
    path: Annotated[Path, typer.Argument(metavar="DIR", help="Saved vectors, or sparse features: .json, .svmlight.")],
    labels: Annotated[
        Path,
        typer.Argument(
            metavar="LABELS",
            help="A node and its label on each line; or a .mat file with its `group`.",
        ),
    ],
    shares: Annotated[
        str, typer.Option(metavar="X,X…", help="The shares of the nodes that are learnt from.")
    ] = "0.1,0.5,0.9",
    shuffles: Annotated[int, typer.Option(min=1, help="How often nodes are shuffled.")] = 10,
    unit: Annotated[bool, typer.Option("--unit", help="Scale all vectors to length 1 first.")] = False,
    label_column: LabelColumn = None,
    header: Annotated[
        bool | None, typer.Option("--header/--no-header", help="Whether the first line names the columns.")
    ] = None,
    separator: Annotated[
        str | None, typer.Option(metavar="CHAR", help="What is between a node and its label, such as ',' or '\\t'.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of labels that are not UTF-8, such as gb18030.")] = None,
    seed: Annotated[int, typer.Option(help="Of the shuffles.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Foretell labels of nodes from vectors, by DeepWalk's protocol.

    A logistic regression for each label learns from a share of the nodes; of the others it is known how many labels
    each has. Labelled nodes without a vector are left out and counted. Figures follow for nodes of few and of many
    neighbours, where they are known. Needs scikit-learn, the extra `evaluate`.
    """
    from nearfield.evaluate import node_classification
    from nearfield.matching import check_share

    wanted = _shares(shares)
    vectors = _vectors(path)
    graph = _labelled(labels, label_column, header=header, separator=separator, encoding=encoding)
    result = node_classification(
        vectors.normalized() if unit else vectors, graph, shares=wanted, shuffles=shuffles, seed=seed
    )
    n, what, of = result.nodes, f"labelled nodes of {labels}", f"the vectors in {path}"
    check_share(n, n + len(result.unknown), what=what, of=of, unknown=result.unknown, known=vectors.keys)
    if as_json:
        print_json(result.to_dict())
        return
    if result.unknown:
        say(f"left out {len(result.unknown):,} labelled nodes without a vector, such as {result.unknown[0]!r}")
    if result.unused:
        say(f"left out {len(result.unused):,} labels that no node with a vector has, such as {result.unused[0]!r}")
    say(f"{result.nodes:,} nodes with {result.labels:,} labels, {shuffles} shuffles")
    print_rows(COLUMNS, (_row(one) for one in result.shares), as_json=False)
    if result.degrees:
        print_rows((BANDS[result.degrees], *BAND_COLUMNS), _band_rows(result), as_json=False)


def _shares(text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise BadInput(f"--shares is {text!r}; expected numbers between 0 and 1 such as 0.1,0.5,0.9") from None


def _vectors(path: Path) -> Vectors:
    """Load vectors, or take sparse features for vectors."""
    from nearfield.edges import features
    from nearfield.formats import load
    from nearfield.io import ending
    from nearfield.vectors import Vectors

    if ending(path) not in features.ENDINGS:
        return load(path)
    keys, rows = features_of(path)
    if rows.shape[0] * rows.shape[1] > MOST_NUMBERS:
        shape = f"{rows.shape[0]:,} nodes and {rows.shape[1]:,} features"
        raise BadInput(f"{path}: has {shape}; expected up to {MOST_NUMBERS:,} numbers")
    return Vectors(keys, rows.toarray())


def _labelled(path: Path, column: str | None, **options: Any) -> Graph:
    """Read a file of labels, as a graph that need not have edges."""
    from nearfield.edges import read_edges
    from nearfield.graph import Graph

    if path.suffix.lower() == ".mat":
        return read_edges(path)
    labels = labels_of(path, column, **options)
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
