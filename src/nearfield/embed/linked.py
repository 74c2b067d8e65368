"""What methods that learn from edges alone can learn from: the nodes that edges join."""

from __future__ import annotations

from collections.abc import Iterable

from nearfield.embed.progress import say
from nearfield.errors import BadInput
from nearfield.graph import Graph


def linked_graph(graph: Graph, *, keep: Iterable[str] = (), verbose: bool = False) -> Graph:
    """Return the graph without isolated nodes, and say how many they are; refuse one without any other node.

    Nodes in `keep` stay: an update leaves their vectors as they were.

    An isolated node would keep the row that it was started with, and be similar to others by chance.
    """
    if not isinstance(graph, Graph):
        raise BadInput(f"fit was given a {type(graph).__name__}; expected a Graph, such as read_edges returns")
    linked = graph.without_isolated(keep=keep) if len(graph) else graph
    if not len(linked):
        raise BadInput(
            f"the graph has {len(graph):,} nodes and no edge that joins two of them; expected at least one such edge"
        )
    if verbose and len(linked) < len(graph):
        isolated = len(graph) - len(linked)
        example = next(key for key in graph.keys if key not in linked.vocabulary)
        say(f"left out {isolated:,} isolated nodes, such as {example!r}: they get no vector")
    return linked
