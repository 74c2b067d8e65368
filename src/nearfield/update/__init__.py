"""What changes from one version to the next, and maps that make up for it."""

from nearfield.update.alignment import SpaceMap, align
from nearfield.update.stability import cross_version_recall, drift, neighbour_overlap, rsa

__all__ = ["SpaceMap", "align", "cross_version_recall", "drift", "neighbour_overlap", "rsa"]
