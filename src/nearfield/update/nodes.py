"""Updates of nodes: edges that came and went."""

from __future__ import annotations

import time
from collections.abc import Sequence

from nearfield.embed import DeepWalk
from nearfield.errors import BadInput
from nearfield.graph import Graph
from nearfield.update.report import Update
from nearfield.update.stability import figures_of
from nearfield.update.strategies import Replay, Retrain, Strategy, name_of
from nearfield.vectors import Vectors


def update_nodes(
    vectors: Vectors, model: DeepWalk, after: Graph, strategies: Sequence[Strategy], before: Graph | None
) -> Update:
    """Bring vectors from one state of a graph to the next; see `nearfield.update.update` and `DeepWalk.refresh`.

    Walks through what has changed are new, and those around it are old ones walked again: a refresh is a replay.
    """
    started = time.perf_counter()
    if any(not isinstance(one, Retrain | Replay) for one in strategies):
        raise BadInput(f"strategy is {name_of(strategies)!r}; for nodes expected 'retrain' or 'replay'")
    if isinstance(strategies[0], Retrain):
        found = model.fit(after).vectors_
    elif before is None:
        raise BadInput("the graph that was learnt from is not given; expected it, to see what has changed: old=…")
    else:
        found = model.refresh(before, after, vectors, alpha=model.alpha).vectors_
    done = found.metadata.get("refreshed", [{}])[-1].get("walks", 0) if found is not vectors else 0
    return Update(
        found,
        name_of(strategies),
        time.perf_counter() - started,
        done if isinstance(strategies[0], Replay) else model.num_walks * len(after),
        new_keys=tuple(key for key in found.keys if key not in vectors),
        dropped_keys=tuple(key for key in vectors.keys if key not in found),
        figures=figures_of(vectors, found, ()),
    )
