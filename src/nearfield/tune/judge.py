"""Learn with given settings, and look how well what came next is foretold."""

from __future__ import annotations

import re
import time
from typing import Any, NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate import Split, item_retrieval
from nearfield.evaluate.rolling import per_owner
from nearfield.tune.presets import Settings
from nearfield.tune.space import QUERY

METRICS = ("hit_rate", "recall", "precision", "ndcg", "mrr")  # the more the better; see `evaluate.accuracy`
QUIET: Settings = {"verbose": False, "checkpoint": None}  # trials leave the caller's screen and folders alone


class Metric(NamedTuple):
    """A figure of accuracy, and how long the lists are that it is of."""

    name: str
    k: int

    @classmethod
    def parse(cls, text: str) -> Metric:
        """Read such as "ndcg@10"."""
        match = re.fullmatch(rf"({'|'.join(METRICS)})@([1-9]\d*)", str(text))
        if not match:
            raise BadInput(f"metric is {text!r}; expected one of {', '.join(METRICS)} with a length, such as ndcg@10")
        return cls(match[1], int(match[2]))

    def __str__(self) -> str:
        return f"{self.name}@{self.k}"


class Judged(NamedTuple):
    """The figure of each sequence, the mean over its cases, float64, and how long learning took."""

    values: np.ndarray
    seconds: float


def judge(estimator: Any, settings: Settings, split: Split, metric: Metric) -> Judged:
    """Fit a copy of an estimator with these settings, and judge it by the cases of each sequence.

    What is asked is `vectors_` where the copy has learnt such, else the copy itself.
    """
    model, query = with_settings(estimator, settings)
    parameters = model.get_params()
    model.set_params(**{name: value for name, value in QUIET.items() if name in parameters})
    started = time.perf_counter()
    model.fit(split.train)
    seconds = time.perf_counter() - started
    recommender = getattr(model, "vectors_", model)
    cases = split.cases.unseen()
    # intervals are drawn once, in the end
    result = item_retrieval(recommender, cases, k=metric.k, resamples=1, **query)
    return Judged(per_owner(result.values[metric.name], cases.owners), seconds)


def with_settings(estimator: Any, settings: Settings) -> tuple[Any, Settings]:
    """Return a new estimator with these settings, not fitted, and what histories are asked with."""
    query = {name: value for name, value in settings.items() if name in QUERY}
    parameters = {name: value for name, value in settings.items() if name not in QUERY}
    return type(estimator)(**(estimator.get_params() | parameters)), query
