"""Random walks over a Graph."""
