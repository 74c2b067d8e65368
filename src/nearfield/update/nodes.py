"""Updates of nodes: edges that came and went."""

from __future__ import annotations

import time
from collections.abc import Sequence

from nearfield.embed import DeepWalk
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.update.growth import Grown, in_order_of
from nearfield.update.options import Options
from nearfield.update.popularity import follow_counts
from nearfield.update.report import Update
from nearfield.update.stability import figures_of
from nearfield.update.strategies import Strategy, name_of
from nearfield.vectors import Vectors

ALPHA = 0.01  # as `DeepWalk.refresh` has it


def update_nodes(
    vectors: Vectors,
    model: DeepWalk,
    after: Graph,
    before: Graph | None,
    strategies: Sequence[Strategy],
    options: Options,
) -> Update:
    """Bring vectors from one state of a graph to the next; see `nearfield.update.update` and `DeepWalk.refresh`.

    Walks through what has changed are new, and those around it are old ones walked again: a refresh is a replay.
    """
    started, name = time.perf_counter(), name_of(strategies)
    if name == "retrain":
        found, walks = in_order_of(vectors, model.fit(after).vectors_), model.num_walks * len(after)
    elif name != "replay":
        raise BadInput(f"strategy is {name!r}; for nodes expected 'replay', which is a refresh, or 'retrain'")
    elif before is None:
        raise BadInput("the graph that was learnt from is not given; expected it, to see what has changed: old=…")
    else:
        found = model.refresh(before, after, vectors, alpha=options.alpha or ALPHA).vectors_
        walks = n_walks(found) - n_walks(vectors)
        found = as_popular(vectors, found) if walks else found
    return Update(
        found,
        name,
        time.perf_counter() - started,
        walks * model.walk_length,
        new_keys=tuple(key for key in found.keys if key not in vectors),
        dropped_keys=tuple(key for key in vectors.keys if key not in found),
        figures=figures_of(vectors, found, ()),
    )


def as_popular(vectors: Vectors, found: Vectors) -> Vectors:
    """Return refreshed vectors whose output rows are as popular as the visits say: see `follow_counts`.

    Walks start at what has changed, which is visited more often by them than by those of a fit.
    """
    stay = vectors.vocabulary.known(found.keys)
    if vectors.counts is None or found.output is None or vectors.output is None:
        return found
    grown = Grown(found.vocabulary, vectors.input[stay], vectors.output[stay], len(stay), vectors.counts[stay])
    output = found.output.copy()
    follow_counts(grown, found.input, output, frozen=False)
    return Vectors(found.vocabulary, found.input_table, output, found.counts, found.metadata)


def n_walks(vectors: Vectors) -> int:
    """Return how many walks all refreshes so far have made."""
    return sum(one["walks"] for one in vectors.metadata.get("refreshed", []))
