"""`nearfield evaluate links`: edges that were held out of a graph, told from pairs that no edge joins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nearfield.cli import graphs, training
from nearfield.cli.arguments import spread
from nearfield.cli.output import AsJson, print_json, print_rows, say

if TYPE_CHECKING:
    from nearfield.evaluate import LinkResult


@spread(graphs.EdgeOptions)
def evaluate_links(
    edges: graphs.Edges,
    options: graphs.EdgeOptions,
    method: Annotated[Literal["prone", "line"], typer.Option(help="How vectors are learnt from the rest.")] = "prone",
    vectors: Annotated[
        Path | None,
        typer.Option("--vectors", metavar="DIR", help="Judge these instead; they may have seen what is held out."),
    ] = None,
    share: Annotated[float, typer.Option(help="The share of the edges that is held out.")] = 0.3,
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
    from nearfield.cli.proximity import fit_proximity
    from nearfield.evaluate import hold_out_edges, link_prediction
    from nearfield.formats import load

    saved = None if vectors is None else load(vectors)
    cases = hold_out_edges(graphs.read_graph(edges, options), share=share, seed=seed)
    if not as_json:
        say(f"holds out {len(cases.edges):,} edges; {cases.train.n_edges:,} are left")
    if saved is None:
        # LINE's second order alone has output rows
        order = "second" if method == "line" and score == "next" else None
        given = {"vector_size": vector_size, "workers": workers, "seed": seed, "order": order, "verbose": not as_json}
        saved = fit_proximity(method, cases.train, **given).vectors_
    result = link_prediction(saved, cases, score=score, seed=seed)
    if as_json:
        print_json({"vectors": str(vectors or method)} | result.to_dict())
        return
    head = ("smaller degree", "pairs", "AUC", "95 % interval", "average precision", "95 % interval")
    print_rows(head, _rows(result), as_json=False)


def _rows(result: LinkResult) -> Iterator[tuple[Any, ...]]:
    rows = [("all", 2 * result.n, result.figures), *((one.name, one.n, one.figures) for one in result.by_degree)]
    for name, n, figures in rows:
        auc, precision = figures["auc"], figures["average_precision"]
        intervals = [f"{low:.3f} to {high:.3f}" for low, high in (auc.interval, precision.interval)]
        yield name, n, auc.value, intervals[0], precision.value, intervals[1]
