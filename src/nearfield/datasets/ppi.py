"""PPI: 3,890 human proteins, 38,739 interactions, and which of 50 hallmark gene sets each belongs to.

After Grover & Leskovec (2016, arXiv:1607.00653), as Zhang et al. share it with ProNE
(https://github.com/THUDM/ProNE).
"""

from __future__ import annotations

from nearfield.datasets.communities import read_communities
from nearfield.datasets.location import find
from nearfield.graph import Graph


def load() -> Graph:
    """Read the data set; raise `DatasetNotFound` where it is not here.

    Undirected; every node has one label or several, 6,640 in all, called "0" … "49".
    """
    return read_communities(find("graph_ppi", "PPI.ungraph"), find("graph_ppi", "PPI.cmty"))
