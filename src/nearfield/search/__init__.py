"""Nearest neighbours where exact search is too slow, and search by tags where tags are missing."""

from nearfield.search.hnsw import HNSWIndex
from nearfield.search.tags import TagSearch

__all__ = ["HNSWIndex", "TagSearch"]
