"""Wiki: 2,405 pages of Wikipedia in 17 categories, and the links between them.

As shared with OpenNE (https://github.com/thunlp/OpenNE): 17,981 lines, some of them twice or both ways.
"""

from __future__ import annotations

from nearfield.datasets.location import find
from nearfield.edges import read_edges
from nearfield.graph import Graph


def load(*, directed: bool = False) -> Graph:
    """Read the data set; raise `DatasetNotFound` where it is not here.

    Every node has one label. By default links go both ways, which leaves 12,761 edges of 16,523 directed ones; 1,165
    of either are from a page to itself.
    """
    graph = read_edges(find("graph_wiki", "Wiki_edgelist.txt"), directed=directed)
    lines = find("graph_wiki", "wiki_labels.txt").read_text(encoding="utf-8").splitlines()
    return graph.with_labels(dict(line.split() for line in lines))
