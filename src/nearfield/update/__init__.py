"""Updates that keep what was learnt, what changes from one version to the next, and maps that make up for it."""

from nearfield.update.alignment import SpaceMap, align
from nearfield.update.memory import Reservoir
from nearfield.update.report import Update
from nearfield.update.stability import cross_version_recall, drift, neighbour_overlap, rsa
from nearfield.update.strategies import EWC, FineTune, Freeze, LwF, Replay, Retrain, Strategy

__all__ = [
    "EWC",
    "FineTune",
    "Freeze",
    "LwF",
    "Replay",
    "Reservoir",
    "Retrain",
    "SpaceMap",
    "Strategy",
    "Update",
    "align",
    "cross_version_recall",
    "drift",
    "neighbour_overlap",
    "rsa",
]
