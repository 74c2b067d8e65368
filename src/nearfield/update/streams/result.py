"""What learners of a stream kept and gained, and what it took."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.errors import UnknownKey
from nearfield.evaluate import (
    average_accuracy,
    backward_transfer,
    forgetting,
    forward_transfer,
    intransigence,
    minimum_accuracy,
    worst_case_accuracy,
)

RETRAIN = "retrain"
NEVER = "no update"


@dataclass(frozen=True)
class Course:
    """What one learner did over a stream of T slices.

    Attributes
    ----------
    name : str
    scores : ndarray of float64, shape (T, T)
        R: row i has the scores on slices 0 … i + 1 when slice i has just been learnt; NaN further ahead. Row 0, with
        which all begin, is whole.
    seconds : ndarray of float64, shape (T - 1,)
        Of processor time, for each update.
    nbytes : ndarray of int64, shape (T - 1,)
        What the tables of each version take.
    overlap : ndarray of float64, shape (T - 1,)
        Of the keys that a slice does not name, the share of the ten nearest neighbours that is left after the update;
        NaN where the learner does not say (see `Update.figures`).
    curve : ndarray of float64, shape (points, T)
        The scores on the slices learnt before, in the midst of updates and after each.
    learning : ndarray of int64, shape (points,)
        Which slice is in work at each point of the curve.
    """

    name: str
    scores: np.ndarray
    seconds: np.ndarray
    nbytes: np.ndarray
    overlap: np.ndarray
    curve: np.ndarray
    learning: np.ndarray

    @property
    def ahead(self) -> np.ndarray:
        """The score on each slice before it is learnt, by a version that has been updated; shape (T - 2,)."""
        return np.diagonal(self.scores, 1)[1:]

    @property
    def behind(self) -> np.ndarray:
        """The mean score on all slices behind the one just learnt, after each update; shape (T - 1,)."""
        return np.array([self.scores[i, :i].mean() for i in range(1, len(self.scores))])

    @property
    def moments(self) -> np.ndarray:
        """Where the points of the curve stand, float64: i when slice i is learnt, those in its midst evenly before."""
        found = np.empty(len(self.learning))
        for i in np.unique(self.learning):
            points = np.flatnonzero(self.learning == i)
            found[points] = i - 1 + np.arange(1, len(points) + 1) / len(points)
        return found


@dataclass(frozen=True)
class StreamResult:
    """How learners did on a stream: `figures` by name, `str()` as a table, `report` with plots.

    Attributes
    ----------
    measure : str
        What the scores are, the more the better, such as "NDCG@10".
    slices : tuple of str
        Their names, in order.
    courses : tuple of Course
        "no update", which stays as the first slice left it; then the learners as they were given.
    """

    measure: str
    slices: tuple[str, ...]
    courses: tuple[Course, ...]

    def __getitem__(self, name: str) -> Course:
        """Return the course of a learner; raise `UnknownKey` where there is none."""
        if name not in self.names:
            raise UnknownKey(name, self.names)
        return self.courses[self.names.index(name)]

    @property
    def names(self) -> tuple[str, ...]:
        """Who took part."""
        return tuple(one.name for one in self.courses)

    def figures(self, name: str) -> dict[str, float]:
        """Return what a learner's course comes to; NaN where a figure is not defined.

        next, old : the means of `Course.ahead` and `Course.behind`, and as shares of retraining's where it took part.
        average, backward, forward, forgetting, intransigence, min-ACC, WC-ACC : see `evaluate.continual`; forward
        transfer is against "no update", so that it says what updates are worth, and intransigence against "retrain".
        overlap@10 : the mean. seconds : the median update, and as a share of retraining's. bytes : of the last version.
        """
        course, undefined = self[name], float("nan")
        whole = self[RETRAIN] if RETRAIN in self.names else None
        ahead, behind, seconds = _mean(course.ahead), _mean(course.behind), _median(course.seconds)
        return {
            "next": ahead,
            "next of retrain": _share(ahead, _mean(whole.ahead)) if whole else undefined,
            "old": behind,
            "old of retrain": _share(behind, _mean(whole.behind)) if whole else undefined,
            "average": average_accuracy(course.scores),
            "backward": backward_transfer(course.scores),
            "forward": forward_transfer(course.scores, self.courses[0].scores[0]),
            "forgetting": forgetting(course.scores),
            "intransigence": intransigence(course.scores, whole.scores) if whole else undefined,
            "min-ACC": minimum_accuracy(course.curve, course.learning),
            "WC-ACC": worst_case_accuracy(course.curve, course.learning),
            "overlap@10": _mean(course.overlap),
            "seconds": seconds,
            "seconds of retrain": _share(seconds, _median(whole.seconds)) if whole else undefined,
            "bytes": float(course.nbytes[-1]),
        }

    def as_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds; what is not a number is None."""
        courses = [
            {"learner": one.name, "figures": _jsonable(self.figures(one.name))}
            | {name: _jsonable(getattr(one, name).tolist()) for name in ARRAYS}
            for one in self.courses
        ]
        return {"measure": self.measure, "slices": list(self.slices), "courses": courses}

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write one HTML file with the table and plots, which needs nothing beside it; whole or not at all."""
        from nearfield.update.streams.report import write_report

        write_report(self, path)

    def __str__(self) -> str:
        rows = [HEAD, *([name, *table_row(self.figures(name))] for name in self.names)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        slices = f"{len(self.slices)} slices, from {self.slices[0]} to {self.slices[-1]}; scores are {self.measure}"
        return "\n".join([*lines, slices])


ARRAYS = ("scores", "seconds", "nbytes", "overlap", "curve", "learning")
SHARES = ("next of retrain", "old of retrain", "seconds of retrain")
COLUMNS = (
    *("next", "next of retrain", "old", "old of retrain", "average", "backward", "forward", "forgetting"),
    *("intransigence", "min-ACC", "WC-ACC", "overlap@10", "seconds", "seconds of retrain", "bytes"),
)
HEAD = ["learner", *COLUMNS]


def table_row(figures: dict[str, float]) -> list[str]:
    """Return the figures as they are printed, in the order of COLUMNS."""
    return [shown(name, figures[name]) for name in COLUMNS]


def shown(name: str, value: float) -> str:
    """Return a figure as it is printed."""
    if np.isnan(value):
        return "–"
    if name in SHARES:
        return f"{value:.1%}"
    if name == "bytes":
        return f"{value:,.0f}"
    return f"{value:.2f}" if name == "seconds" else f"{value:.4f}"


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _share(value: float, whole: float) -> float:
    return value / whole if whole else float("nan")


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _jsonable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_jsonable(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
