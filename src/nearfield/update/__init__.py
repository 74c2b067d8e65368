"""Updates that keep what was learnt, what changes from one version to the next, and maps that make up for it."""

import sys
from types import ModuleType

from nearfield.update.alignment import SpaceMap, align
from nearfield.update.memory import Reservoir, RowReservoir
from nearfield.update.report import Update
from nearfield.update.stability import cross_version_recall, neighbour_overlap, rsa, similarity_to_previous
from nearfield.update.strategies import EWC, FineTune, Freeze, LwF, Replay, Retrain, Settle, Strategy
from nearfield.update.streams import (
    Learner,
    StreamResult,
    StreamSlice,
    evaluate_stream,
    slices_by_time,
    text_slices,
)
from nearfield.update.update import update
from nearfield.update.users import update_users

__all__ = [
    "EWC",
    "FineTune",
    "Freeze",
    "Learner",
    "LwF",
    "Replay",
    "Reservoir",
    "Retrain",
    "RowReservoir",
    "Settle",
    "SpaceMap",
    "Strategy",
    "StreamResult",
    "StreamSlice",
    "Update",
    "align",
    "cross_version_recall",
    "evaluate_stream",
    "neighbour_overlap",
    "rsa",
    "similarity_to_previous",
    "slices_by_time",
    "text_slices",
    "update",
    "update_users",
]


class _Room(ModuleType):
    # Python puts a room that is imported under its name in `nearfield`, where users call the function of that name
    __call__ = staticmethod(update)


sys.modules[__name__].__class__ = _Room
