"""Checks that a version has to pass before it is published."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.errors import BadInput, Refused
from nearfield.rank import Ranker
from nearfield.update.stability import QUERIES, neighbour_overlap
from nearfield.vectors import Vectors


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes
    ----------
    check : str
        Its name.
    passed : bool
    found : float or None
        What was measured; None where there was nothing to measure.
    wanted : str
        In words.
    """

    check: str
    passed: bool
    found: float | None
    wanted: str

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds; a number that it has no name for becomes None."""
        found = None if self.found is None or not math.isfinite(self.found) else float(self.found)
        return {"check": self.check, "passed": bool(self.passed), "found": found, "wanted": self.wanted}

    def __str__(self) -> str:
        found = "not measured" if self.found is None else f"{self.found:.4g}"
        return f"{self.check} is {found}; wanted {self.wanted}"


# what is to be published, and what is current or None → what was found; True or False do, too
Check = Callable[[Any, Any], Finding | bool]


@dataclass(frozen=True)
class Finite:
    """No number is NaN or infinite, in any table of vectors or of a model."""

    def __call__(self, new: Any, old: Any) -> Finding:
        """Look through all tables; `old` is not asked."""
        bad = sum(int(np.count_nonzero(~np.isfinite(block))) for block in _blocks(new))
        return Finding("numbers that are NaN or infinite", bad == 0, bad, "none")


@dataclass(frozen=True)
class Norms:
    """The Euclidean norm of every input row lies between `low` and `high`."""

    low: float
    high: float

    def __call__(self, new: Any, old: Any) -> Finding:
        """Find the norm farthest out; `old` is not asked."""
        norms = _vectors(new, "Norms").input_table.norms
        if not len(norms):
            return Finding("norm", False, None, "at least one row")
        outside = np.maximum(self.low - norms, norms - self.high)
        worst = float(norms[int(np.argmax(outside))])
        return Finding("norm", bool((outside <= 0).all()), worst, f"{self.low:g} to {self.high:g} for every row")


@dataclass(frozen=True)
class Overlap:
    """The neighbours of keys that both versions have stay: see `nearfield.update.neighbour_overlap`."""

    least: float
    k: int = 10
    queries: int = QUERIES
    seed: int = 1

    def __call__(self, new: Any, old: Any) -> Finding:
        """Compare; the first version passes."""
        name, wanted = f"overlap@{self.k}", f"at least {self.least:g}"
        if old is None:
            return Finding(name, True, None, wanted)
        pair = _vectors(old, "Overlap"), _vectors(new, "Overlap")
        found = neighbour_overlap(*pair, self.k, queries=self.queries, seed=self.seed)
        return Finding(name, found >= self.least, found, wanted)


@dataclass(frozen=True)
class Quality:
    """A fixed probe scores no worse than on the current version, up to the share `loss` of its score.

    Attributes
    ----------
    probe : callable
        Takes vectors or a model and returns a number of which more is better.
    loss : float
        0.02 allows a score of 0.5 to become 0.49.
    name : str
    """

    probe: Callable[[Any], float]
    loss: float = 0.0
    name: str = "quality"

    def __call__(self, new: Any, old: Any) -> Finding:
        """Score both; the first version passes with any number."""
        found = float(self.probe(new))
        if old is None:
            return Finding(self.name, math.isfinite(found), found, "a number")
        last = float(self.probe(old))
        least = last - self.loss * abs(last)
        wanted = f"at least {least:.4g} (now {last:.4g})"
        return Finding(self.name, math.isfinite(found) and not found < least, found, wanted)


def run_checks(checks: Sequence[Check], new: Any, old: Any) -> list[Finding]:
    """Run all checks; one that raises `BadInput` has failed, and its message says why."""
    return [_run(check, new, old) for check in checks]


def refuse(report: Sequence[Finding]) -> None:
    """Raise `Refused` where a check has failed."""
    failed = [str(finding) for finding in report if not finding.passed]
    if failed:
        raise Refused(f"not published: {'; '.join(failed)} (force publishes it all the same)", report)


def _run(check: Check, new: Any, old: Any) -> Finding:
    name = getattr(check, "__name__", type(check).__name__)
    try:
        found = check(new, old)
    except BadInput as error:
        return Finding(name, False, None, f"no error, but: {error}")
    if isinstance(found, Finding):
        return found
    if not isinstance(found, bool | np.bool_):
        raise BadInput(f"the check {name} returned {found!r:.40}; expected True, False or a Finding")
    return Finding(name, bool(found), float(found), "True")


def _vectors(content: Any, check: str) -> Vectors:
    if not isinstance(content, Vectors):
        raise BadInput(f"{check} takes vectors; this is a {type(content).__name__}")
    return content


def _blocks(content: Any) -> Iterator[np.ndarray]:
    if isinstance(content, Ranker):
        yield from content._arrays().values()  # what is saved, wherever the model keeps it
    elif isinstance(content, Vectors):
        for table in (content.input_table, content.output_table):
            yield from () if table is None else (block for _, block in table.blocks())
