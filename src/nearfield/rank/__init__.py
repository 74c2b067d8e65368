"""Models that rank: from examples to a probability or a value."""

from nearfield.rank.logistic_regression import LogisticRegression as LogisticRegression
from nearfield.rank.ranker import Ranker as Ranker
from nearfield.rank.ranker import load_ranker as load_ranker

MODELS: dict[str, type[Ranker]] = {"LogisticRegression": LogisticRegression}

__all__ = ["MODELS", "LogisticRegression", "Ranker", "load_ranker"]
