"""BlogCatalog: 10,312 bloggers, 333,983 friendships, and which of 39 interests each has (Tang & Liu 2009).

As Perozzi et al. share it with DeepWalk (https://github.com/phanein/deepwalk).
"""

from __future__ import annotations

from nearfield.datasets.location import find
from nearfield.edges import read_edges
from nearfield.graph import Graph


def load() -> Graph:
    """Read the data set; raise `DatasetNotFound` where it is not here.

    Undirected; every node has one label or several, 14,476 in all, called "0" … "38".
    """
    return read_edges(find("graph_blogcatalog", "blogcatalog.mat"))
