"""Logs as searches: what somebody clicked on, what they took in the end, and what else they could have taken.

Nothing of the future leaks: a `Fold` has what happened before a moment, and the searches of the time after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

LIKED, DISLIKED = 4, 2  # ratings from, and up to


@dataclass(frozen=True)
class Session:
    """What somebody clicked on from `start` to `end` (microseconds), what that led to, and what was refused.

    The first `n_before` items were clicked on before the goal was offered.
    """

    user: str
    start: int
    end: int
    items: list[str]
    n_before: int
    goal: str | None = None
    rejected: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Search:
    """Clicks, the oldest first; the item taken after them; what else was offered. All are known to the fold."""

    user: str
    clicks: list[str]
    goal: str
    offered: list[str]


@dataclass(frozen=True)
class Fold:
    """Sessions before a moment, and searches since."""

    sessions: list[Session]
    searches: list[Search]


@dataclass(frozen=True)
class Log:
    """A log in folds.

    Attributes
    ----------
    groups : mapping of item to group
    offered : str
        What else a search offers.
    parts : names of what the sessions bring: "goals", "groups", "rejected", "users"
    """

    name: str
    folds: list[Fold]
    groups: Mapping[str, str]
    offered: str
    parts: tuple[str, ...]

    @property
    def n_searches(self) -> int:
        return sum(len(fold.searches) for fold in self.folds)


def folds(sessions: Sequence[Session], moments: Iterable[float], groups: Mapping[str, str]) -> list[Fold]:
    """A fold a moment: learn from the sessions that ended before it, search in those begun since, until the next."""
    found = []
    for moment, stop in pairwise([*moments, float("inf")]):
        before = [one for one in sessions if one.end < moment]
        catalogue = Catalogue(before, groups)
        since = (catalogue.search(one) for one in sessions if moment <= one.start < stop)
        found.append(Fold(before, [one for one in since if one is not None]))
    return found


class Catalogue:
    """The items that a fold knows, by group."""

    def __init__(self, sessions: Sequence[Session], groups: Mapping[str, str]) -> None:
        self.known = {item for one in sessions for item in one.items}
        self.group_of = groups
        self.members: dict[str | None, set[str]] = {}
        for item in self.known:
            self.members.setdefault(groups.get(item), set()).add(item)

    def search(self, one: Session) -> Search | None:
        """The session as a search, or None where no known item was clicked on before its goal, or the goal is new.

        Where the session led to nothing, its last item is the goal. A click on the goal itself would give it away.
        Where nothing was refused, all of the goal's group was offered.
        """
        goal = one.goal or one.items[-1]
        clicks = [item for item in one.items[: one.n_before] if item in self.known and item != goal]
        if goal not in self.known or not clicks:
            return None
        of_group = self.members.get(self.group_of.get(goal), set())
        others = self.known.intersection(one.rejected) if one.rejected else of_group
        return Search(one.user, clicks, goal, sorted(others.difference(clicks, [goal])))


def film_folds(
    users: Sequence[str], items: Sequence[str], ratings: Sequence[float], times: Sequence[int], moments: Sequence[int]
) -> list[Fold]:
    """A person's films are one session, cut at the moment; disliked ones are refused.

    A search: the last film that somebody liked, before the next moment; offered are those that they then disliked.
    """
    events: dict[str, list[tuple[int, str, float]]] = {}
    for user, item, rating, time in zip(users, items, ratings, times, strict=True):
        events.setdefault(user, []).append((time, item, rating))
    for one in events.values():
        one.sort(key=lambda event: event[0])  # stable: films of one moment stay in the order of the file
    found = []
    for moment, stop in pairwise([*moments, float("inf")]):
        cut = (_films(user, [event for event in one if event[0] < moment]) for user, one in events.items())
        before = [one for one in cut if one.items]
        known = {item for one in before for item in one.items}
        since = ((user, [event for event in one if event[0] < stop]) for user, one in events.items())
        searches = (_film_search(user, one, moment, known) for user, one in since)
        found.append(Fold(before, [one for one in searches if one is not None]))
    return found


def _films(user: str, events: list[tuple[int, str, float]]) -> Session:
    items = [item for _, item, rating in events if rating > DISLIKED]
    refused = [item for _, item, rating in events if rating <= DISLIKED]
    return Session(user, events[0][0] if events else 0, events[-1][0] if events else 0, items, 0, None, refused)


def _film_search(user: str, events: list[tuple[int, str, float]], moment: int, known: set[str]) -> Search | None:
    at = [i for i, (time, item, rating) in enumerate(events) if time >= moment and rating >= LIKED and item in known]
    if not at:
        return None
    clicks = [item for _, item, rating in events[: at[-1]] if rating > DISLIKED and item in known]
    disliked = {item for time, item, rating in events if time >= moment and rating <= DISLIKED and item in known}
    return Search(user, clicks, events[at[-1]][1], sorted(disliked)) if clicks else None
