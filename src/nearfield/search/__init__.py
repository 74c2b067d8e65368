"""Nearest neighbours with filters, exact or where that is too slow, and search by tags where tags are missing."""

from nearfield.search.exact import ExactIndex
from nearfield.search.hnsw import HNSWIndex
from nearfield.search.tags import TagSearch

__all__ = ["ExactIndex", "HNSWIndex", "TagSearch"]
