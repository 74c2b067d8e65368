"""From files of edges to a Graph."""

from nearfield.edges.reading import read_edges as read_edges

__all__ = ["read_edges"]
