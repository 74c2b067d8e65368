"""`nearfield evaluate links`: edges that were held out of a graph, told from pairs that no edge joins."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nearfield.cli import graphs, training
from nearfield.cli.arguments import spread
from nearfield.cli.fit_nodes import ESTIMATORS
from nearfield.cli.output import AsJson, print_json, print_rows, say
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.evaluate import Figure, LinkResult
    from nearfield.graph import Graph
    from nearfield.vectors import Vectors

COLUMNS = ("smaller degree", "pairs", "AUC", "95 % interval", "average precision", "95 % interval")


@spread(graphs.EdgeOptions)
def evaluate_links(
    edges: graphs.Edges,
    options: graphs.EdgeOptions,
    method: Annotated[
        Literal["deepwalk", "node2vec", "line", "prone"],
        typer.Option(help="How vectors are learnt from the rest, with the method's own settings."),
    ] = "prone",
    vectors: Annotated[
        Path | None,
        typer.Option("--vectors", metavar="DIR", help="Judge these instead; they may have seen what is held out."),
    ] = None,
    share: Annotated[float, typer.Option(help="The share of the edges that is held out.")] = 0.5,
    score: Annotated[
        Literal["cosine", "dot", "next", "hadamard"],
        typer.Option(help="next: by output rows, for directions; hadamard: learnt from the edges that are left."),
    ] = "cosine",
    vector_size: training.VectorSize = 128,
    workers: training.Workers = None,
    seed: training.Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Hold edges out of a graph that stays connected, learn from the rest, and foretell them."""
    from nearfield.evaluate import hold_out_edges, link_prediction
    from nearfield.formats import load
    from nearfield.reading import reading_of

    saved = None if vectors is None else load(vectors)
    graph = graphs.read_graph(edges, options, kept=None if saved is None else reading_of(saved))
    if saved is not None:
        _check_nodes(graph, saved, vectors)
    cases = hold_out_edges(graph, share=share, seed=seed)
    if not as_json:
        say(f"holds out {len(cases.edges):,} edges; {cases.train.n_edges:,} are left")
    if saved is None:
        settings: dict[str, Any] = {"vector_size": vector_size, "seed": seed, "verbose": not as_json}
        if method != "prone":  # its products run on as many threads as the linear algebra library has
            settings["workers"] = workers
        if method == "line" and score == "next":
            settings["order"] = "second"  # it alone has output rows
        saved = _learn(method, cases.train, settings)
    result = link_prediction(saved, cases, score=score, seed=seed)
    if as_json:
        print_json({"vectors": str(vectors or method)} | result.to_dict())
    else:
        print_rows(COLUMNS, _rows(result), as_json=False)


def _check_nodes(graph: Graph, vectors: Vectors, path: Path | None) -> None:
    """Refuse vectors that do not know every node: each may be the end of an edge that is held out."""
    from nearfield.matching import check_match, shown

    said = check_match(graph.keys, vectors.vocabulary, what="nodes of the edges", of=f"the vectors in {path}", few=0)
    if unknown := [key for key in graph.keys if key not in vectors]:
        raise BadInput(f"{said}, but not {shown(unknown)}; expected all: fit them on these edges, or leave edges out")


def _learn(method: str, train: Graph, settings: dict[str, Any]) -> Vectors:
    from nearfield import embed

    vectors: Vectors = getattr(embed, ESTIMATORS[method])(**settings).fit(train).vectors_
    return vectors


def _rows(result: LinkResult) -> Iterator[tuple[Any, ...]]:
    rows = [("all", 2 * result.n, result.figures), *((one.name, one.n, one.figures) for one in result.by_degree)]
    for name, n, figures in rows:
        yield name, n, *_cells(figures["auc"]), *_cells(figures["average_precision"])


def _cells(figure: Figure) -> tuple[float | None, str | None]:
    """Return figure and interval; None, which is shown as a dash, where a band has pairs of one kind only."""
    low, high = figure.interval
    interval = None if math.isnan(low) else f"{low:.3f} to {high:.3f}"
    return None if math.isnan(figure.value) else figure.value, interval
