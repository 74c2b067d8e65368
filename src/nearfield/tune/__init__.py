"""Settings by search: within a budget, on a sample, judged by what came next."""

import sys
from types import ModuleType

from nearfield.tune.presets import ITEM_SPACE
from nearfield.tune.result import Compared, Trial, TuningResult
from nearfield.tune.search import tune
from nearfield.tune.space import Range

__all__ = ["ITEM_SPACE", "Compared", "Range", "Trial", "TuningResult", "tune"]


class _Room(ModuleType):
    # Python puts a room that is imported under its name in `nearfield`, where users call the function of that name
    __call__ = staticmethod(tune)


sys.modules[__name__].__class__ = _Room
