"""Checks that a version has to pass before it is published."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.rank import Ranker
from nearfield.search import HNSWIndex
from nearfield.search.index import Question
from nearfield.store.gate import Finding
from nearfield.update.stability import QUERIES, neighbour_overlap
from nearfield.vectors import Vectors

INDEX_QUERIES = 1_000

Probe = Callable[[Any], float]


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

    probe: Probe
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


@dataclass(frozen=True)
class Forgetting:
    """What is lost on probes of what was learnt before: the drop from the current version to the new one.

    Of the probe that lost most, in its own units; below 0 where all gained. So it is the forgetting of Chaudhry et al.
    2018 (arXiv:1801.10112, equation 3) of the worst slice, against the version before in place of the best ever.

    Parameters
    ----------
    probes : mapping of name to callable
        One for each slice of the past. Takes vectors or a model and returns a number of which more is better.
    most : float
        0.01 allows an NDCG of 0.10 to become 0.09.
    """

    probes: Mapping[str, Probe]
    most: float

    def __call__(self, new: Any, old: Any) -> Finding:
        """Score both on every probe; the first version passes with any numbers."""
        if not self.probes:
            raise BadInput("Forgetting has no probes; expected one for each slice of the past")
        scores = {name: float(probe(new)) for name, probe in self.probes.items()}
        if old is None:
            return Finding("forgetting", all(map(math.isfinite, scores.values())), None, f"at most {self.most:g}")
        lost = {name: float(probe(old)) - scores[name] for name, probe in self.probes.items()}
        # NaN, which no comparison finds, is the worst
        worst = max(lost, key=lambda name: math.inf if math.isnan(lost[name]) else lost[name])
        passed = math.isfinite(scores[worst]) and not lost[worst] > self.most
        return Finding(f"forgetting on {worst}", passed, lost[worst], f"at most {self.most:g}")


@dataclass(frozen=True)
class IndexRecall:
    """An approximate index over the new version finds the exact neighbours: see `nearfield.search.HNSWIndex`."""

    least: float
    k: int = 10
    question: Question = "similar"
    queries: int = INDEX_QUERIES
    seed: int = 1

    def __call__(self, new: Any, old: Any) -> Finding:
        """Build the index and measure; `old` is not asked."""
        index = HNSWIndex.build(
            _vectors(new, "IndexRecall"), question=self.question, recall_k=self.k, sample=self.queries, seed=self.seed
        )
        recall = index.facts.recall
        return Finding(f"recall@{self.k} of an index", recall >= self.least, recall, f"at least {self.least:g}")


def _vectors(content: Any, check: str) -> Vectors:
    """Vectors as they are, or those within a model."""
    parts = getattr(content, "__dict__", {})
    found = content if isinstance(content, Vectors) else parts.get("vectors_", parts.get("vectors"))
    if not isinstance(found, Vectors):
        raise BadInput(f"{check} takes vectors; this is a {type(content).__name__}")
    return found


def _blocks(content: Any) -> Iterator[np.ndarray]:
    """All numbers with a fraction that are published, in blocks."""
    if isinstance(content, np.ndarray):
        yield from [content] if content.dtype.kind == "f" else []
    elif isinstance(content, Vectors):
        for table in content.tables.values():
            yield from (block for _, block in table.blocks())
    elif isinstance(content, Ranker):
        yield from content._arrays().values()  # what is saved, wherever the model keeps it
    else:
        parts = content.values() if isinstance(content, dict) else vars(content).values()
        for part in parts:
            if isinstance(part, np.ndarray | Vectors | Ranker | dict):
                yield from _blocks(part)
