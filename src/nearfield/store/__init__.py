"""Published versions on disk: one is current, none is ever half there, and what fails its checks is not published."""

from nearfield.store.checks import Finite, Forgetting, IndexRecall, Norms, Overlap, Quality
from nearfield.store.difference import Difference, diff
from nearfield.store.gate import Finding
from nearfield.store.store import Store
from nearfield.store.version import Version

__all__ = [
    "Difference",
    "Finding",
    "Finite",
    "Forgetting",
    "IndexRecall",
    "Norms",
    "Overlap",
    "Quality",
    "Store",
    "Version",
    "diff",
]
