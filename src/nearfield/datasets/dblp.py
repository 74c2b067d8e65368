"""DBLP: 51,264 authors, 127,968 pairs who wrote together, and which of 60 conferences each belongs to.

As Zhang et al. share it with ProNE (IJCAI 2019; https://github.com/THUDM/ProNE).
"""

from __future__ import annotations

from nearfield.datasets.communities import read_communities
from nearfield.datasets.location import find
from nearfield.graph import Graph


def load() -> Graph:
    """Read the data set; raise `DatasetNotFound` where it is not here.

    Undirected; every node has one label of "0" … "59".
    """
    return read_communities(find("graph_dblp", "dblp.ungraph.gz"), find("graph_dblp", "dblp.cmty.gz"))
