"""Streams replayed: slice after slice is foretold, learnt in every way there is, and looked back at."""

from nearfield.update.streams.replay import Learner, evaluate_stream
from nearfield.update.streams.result import StreamResult
from nearfield.update.streams.scores import NextItemScore, company_score
from nearfield.update.streams.slices import StreamSlice, slices_by_time, text_slices

__all__ = [
    "Learner",
    "NextItemScore",
    "StreamResult",
    "StreamSlice",
    "company_score",
    "evaluate_stream",
    "slices_by_time",
    "text_slices",
]
