"""Graphs whose labels come as communities: a line for each label, with the nodes that have it."""

from __future__ import annotations

from pathlib import Path

from nearfield.edges import read_edges
from nearfield.graph import Graph
from nearfield.io import read_chunks

CHUNK = 1 << 20


def read_communities(edges: Path, communities: Path) -> Graph:
    """Return the undirected graph of an edge list, its nodes labelled by the number of each line they stand in."""
    content = b"".join(read_chunks(communities, CHUNK)).decode("utf-8")
    labels: dict[str, list[str]] = {}
    for number, line in enumerate(content.splitlines()):
        for node in line.split():
            labels.setdefault(node, []).append(str(number))
    return read_edges(edges).with_labels(labels)
