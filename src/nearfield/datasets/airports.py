"""Airports of Brazil, Europe and the USA, joined by flights; labels say in which quarter by traffic each is.

Where roles count more than neighbourhoods (Ribeiro et al. 2017, struc2vec, arXiv:1704.03165).
"""

from __future__ import annotations

from nearfield.datasets.location import find
from nearfield.edges import read_edges
from nearfield.errors import BadInput
from nearfield.graph import Graph

NAMES = ("brazil", "europe", "usa")


def load(name: str = "usa") -> Graph:
    """Read "brazil", "europe" or "usa"; raise `DatasetNotFound` where it is not here.

    Undirected: 131, 399 and 1,190 nodes, 1,074, 5,995 and 13,599 edges; every node has one label of "0" … "3".
    """
    if name not in NAMES:
        raise BadInput(f"name is {name!r}; expected one of {', '.join(NAMES)}")
    graph = read_edges(find("graph_airports", f"{name}-airports.edgelist"))
    path = find("graph_airports", f"labels-{name}-airports.txt")
    heading, *lines = path.read_text(encoding="utf-8").splitlines()
    if heading.split() != ["node", "label"]:
        raise BadInput(f"{path}:1: {heading!r:.60}; expected the heading: node label")
    return graph.with_labels(dict(line.split() for line in lines if line.strip()))
