"""A stream replayed: each slice is foretold, learnt by several learners, and looked back at from then on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.embed.corpus import balanced
from nearfield.embed.progress import say
from nearfield.errors import BadInput
from nearfield.sequences import Sequences
from nearfield.update.joining import joined
from nearfield.update.report import Update
from nearfield.update.strategies import Retrain, Strategies, name_of, parse
from nearfield.update.streams.result import NEVER, Course, StreamResult
from nearfield.update.streams.scores import NextItemScore
from nearfield.update.streams.slices import StreamSlice
from nearfield.update.update import update
from nearfield.vectors import Vectors

STRATEGIES = ("retrain", "fine_tune", "replay", "lwf", "ewc", "freeze", "settle", "replay+settle")
UNTOUCHED = "untouched overlap@10"  # as `Update.figures` has it

# a version, new data, all data of before (a graph: the one before) → the next version, or an Update
Learn = Callable[[Any, Any, Any], Any]
Score = Callable[[Any, Any], float]


@dataclass(frozen=True)
class Learner:
    """How one version becomes the next.

    Attributes
    ----------
    name : str
    learn : callable
        `learn(version, new, old)` returns the next version or an `Update`; it leaves what it is given as it is.
    goes_on : bool
        Whether it starts from the version it is given. One that starts anew is not looked at in the midst of updates.
    """

    name: str
    learn: Learn
    goes_on: bool = True

    @classmethod
    def of(cls, strategy: Strategies, *, name: str | None = None, **settings: Any) -> Learner:
        """Return one that calls `nearfield.update` with a strategy and settings."""
        parts = parse(strategy)

        def learn(version: Any, new: Any, old: Any) -> Update:
            return update(version, new, strategy=parts, old=old, **settings)

        return cls(name or name_of(parts), learn, not any(isinstance(part, Retrain) for part in parts))


def evaluate_stream(
    slices: Iterable[StreamSlice],
    first: Any,
    learners: Iterable[Learner | Strategies] | Mapping[str, Learn] = STRATEGIES,
    *,
    score: Score | None = None,
    measure: str = "NDCG@10",
    portions: int = 5,
    verbose: bool = True,
) -> StreamResult:
    """Replay a stream for several learners: judge each version on the slice to come and on all that lie behind.

    Everybody starts from the same version of the first slice. Before a slice is learnt, the version is scored on what
    that slice holds out; then it is learnt; then the version is scored on what all slices so far hold out.

    Parameters
    ----------
    slices : iterable of StreamSlice
        Two or more; see `slices_by_time` and `text_slices`.
    first : estimator or version
        An estimator is fitted on the first slice, and what it has learnt (`vectors_`, or itself where it has none) is
        the first version; anything else is the first version itself.
    learners : iterable of Learner, strategy or mix; or mapping of name to callable
        See `Learner`, whose `learn` the callables are. A strategy stands for `nearfield.update` with it.
    score : callable
        `score(version, held)`, the higher the better; by default a `NextItemScore`.
    measure : str
        What `score` is called.
    portions : int
        Into how many portions of about equal size an update is cut to look at old slices in its midst, aside from the
        update that counts. 1: none. Graphs are never cut.
    verbose : bool
        Tell the progress on standard error.

    Raises
    ------
    BadInput
        Fewer than two slices; no learner, or two of one name; what learners and the score refuse.
    """
    slices, learners, score = list(slices), _learners(learners), score or NextItemScore()
    if len(slices) < 2:
        raise BadInput(f"{len(slices)} slices; expected two or more, the first to begin with")
    if isinstance(portions, bool) or not isinstance(portions, int) or portions < 1:
        raise BadInput(f"portions is {portions!r}; expected a whole number of at least 1")
    version = _fitted(first, slices[0].learn)
    start = np.array([score(version, one.held) for one in slices])
    if verbose:
        say(f"learnt {slices[0].name}: {measure} {start[0]:.4f}, of the slice to come {start[1]:.4f}")
    courses = [_unmoved(version, start)]
    for learner in learners:
        courses.append(_Replay(slices, learner, score, portions).run(version, start))
        if verbose:
            course = courses[-1]
            say(f"{learner.name}: {measure} {course.scores[-1].mean():.4f} in {course.seconds.sum():.1f} s")
    return StreamResult(measure, tuple(one.name for one in slices), tuple(courses))


@dataclass(frozen=True)
class _Replay:
    """One learner's way through the slices."""

    slices: Sequence[StreamSlice]
    learner: Learner
    score: Score
    portions: int

    def run(self, version: Any, start: np.ndarray) -> Course:
        n = len(self.slices)
        scores, curve, learning = np.full((n, n), np.nan), [start], [0]
        scores[0] = start
        seconds, nbytes, overlap = np.empty(n - 1), np.empty(n - 1, np.int64), np.empty(n - 1)
        for i in range(1, n):
            old = self._before(i)
            for midst in self._midst(version, i, old):
                curve.append(self._scores(midst, i))
                learning.append(i)
            done, seconds[i - 1] = self._timed(version, self.slices[i].learn, old)
            version, figures = (done.content, done.figures) if isinstance(done, Update) else (done, {})
            nbytes[i - 1], overlap[i - 1] = _bytes(version), figures.get(UNTOUCHED, np.nan)
            scores[i] = self._scores(version, i + 2)
            curve.append(scores[i])
            learning.append(i)
        return Course(self.learner.name, scores, seconds, nbytes, overlap, np.array(curve), np.array(learning))

    def _timed(self, version: Any, new: Any, old: Any) -> tuple[Any, float]:
        """What the learner returns, and the processor seconds that it took."""
        began, clock = time.process_time(), time.perf_counter()
        done = self.learner.learn(version, new, old)
        processor, clock = time.process_time() - began, time.perf_counter() - clock
        # an update's own seconds, by the clock, are without the figures that it measures of itself
        return done, done.seconds * processor / clock if isinstance(done, Update) else processor

    def _scores(self, version: Any, n: int) -> np.ndarray:
        """The scores on the first n slices; NaN on the others."""
        found = np.full(len(self.slices), np.nan)
        found[:n] = [self.score(version, one.held) for one in self.slices[:n]]
        return found

    def _before(self, i: int) -> Any:
        if isinstance(self.slices[0].learn, Sequences):
            return joined([one.learn for one in self.slices[:i]])
        return self.slices[i - 1].learn

    def _midst(self, version: Any, i: int, old: Any) -> Iterable[Any]:
        """Yield the versions in the midst of an update that learns a slice portion by portion, the last left out."""
        new = self.slices[i].learn
        if not self.learner.goes_on or self.portions == 1 or not isinstance(new, Sequences):
            return
        for start, stop in balanced(new.offsets, self.portions)[:-1]:
            part = joined([new.take(np.arange(start, stop))])
            done = self.learner.learn(version, part, old)
            version, old = done.content if isinstance(done, Update) else done, joined([old, part])
            yield version


def _learners(given: Iterable[Learner | Strategies] | Mapping[str, Learn]) -> list[Learner]:
    if isinstance(given, Mapping):
        found = [Learner(name, learn) for name, learn in given.items()]
    else:
        listed = [given] if isinstance(given, str | Learner) else given
        found = [one if isinstance(one, Learner) else Learner.of(one) for one in listed]
    names = [one.name for one in found]
    if not names or len({NEVER, *names}) < len(names) + 1:
        raise BadInput(f"learners are {names}; expected at least one, each name once, and {NEVER!r} is taken")
    return found


def _fitted(first: Any, data: Any) -> Any:
    if not hasattr(first, "fit"):
        return first
    first.fit(data)
    return getattr(first, "vectors_", first)


def _unmoved(version: Any, start: np.ndarray) -> Course:
    """The course of the first version, which is never updated."""
    n = len(start)
    scores = np.tile(start, (n, 1))
    nbytes = np.full(n - 1, _bytes(version))
    return Course(NEVER, scores, np.zeros(n - 1), nbytes, np.ones(n - 1), scores, np.arange(n))


def _bytes(version: Any) -> int:
    return version.nbytes if isinstance(version, Vectors) else 0
