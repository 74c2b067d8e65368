"""Nearest neighbours where exact search is too slow."""

from nearfield.search.hnsw import HNSWIndex

__all__ = ["HNSWIndex"]
