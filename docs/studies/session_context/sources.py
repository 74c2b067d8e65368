"""The logs of the study, as folds of sessions and searches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from searches import Log, Session, film_folds, folds

import nearfield as nf
from nearfield.datasets import diginetica, mind_sample, movielens_100k, taobao
from nearfield.logs import SessionDetails

DAY = 86_400_000_000  # microseconds
LONGEST = 50  # clicks of a news history; some have hundreds


def mind() -> Log:
    """News: a history of clicks, then an impression with what was clicked and what was skipped; a fold a day."""
    data = mind_sample.load()
    sessions = []
    for user, time, history, clicked, skipped in data.impressions.drop("impression").iter_rows():
        before = history[-LONGEST:]
        sessions.append(Session(user, time, time, [*before, *clicked], len(before), clicked[-1], skipped))
    moments = np.unique([one.start // DAY * DAY for one in sessions])[2:].tolist()  # two days, to begin with
    groups = dict(data.news.select("item", "category").iter_rows())
    return Log("MIND", folds(sessions, moments, groups), groups, "shown and skipped", ("goals", "groups", "rejected"))


def diginetica_sessions() -> Log:
    """A shop: views, and in some sessions a purchase, the last of which is the goal."""
    data, bought = diginetica.load(), diginetica.purchases()
    ordered = data.views.sort("session", "time", maintain_order=True).group_by("session", maintain_order=True)
    sessions = [
        Session(key, times[0], times[-1], items, before_goal(items, goal), goal)
        for key, items, times in ordered.agg("item", "time").iter_rows()
        for goal in [bought.get(key, [None])[-1]]
    ]
    return shop("Diginetica", sessions, data.categories, ("goals", "groups"))


def taobao_nine_days() -> Log:
    """A shop: all that 114 users clicked on, put into carts and bought."""
    log = nf.read_log(taobao.nine_days(), columns=taobao.COLUMNS, event="behaviour", group="category")
    rows = log.table.select("item", "group").distinct().to_pyarrow().to_pylist()
    sessions = list(sessions_of(log.session_details("30min", goal="buy")))
    return shop("Taobao", sessions, {row["item"]: row["group"] for row in rows}, ("goals", "groups", "users"))


def films_100k() -> Log:
    """MovieLens 100k: what was liked later, beside what was disliked."""
    data = movielens_100k.load()
    columns = [data.interactions[name].to_list() for name in ("user", "item", "rating", "time")]
    return films("MovieLens 100k", *columns, data.genres)


def films(
    name: str,
    users: list[str],
    items: list[str],
    ratings: list[float],
    times: list[int],
    genres: Mapping[str, list[str]],
) -> Log:
    """The last fifth of the time in two folds; the first genre named is the group."""
    moments = np.quantile(times, [0.8, 0.9], method="higher").tolist()
    groups = {item: of_item[0] for item, of_item in genres.items() if of_item}
    found = film_folds(users, items, ratings, times, moments)
    return Log(name, found, groups, "disliked later", ("groups", "rejected", "users"))


def shop(name: str, sessions: list[Session], groups: Mapping[str, str], parts: tuple[str, ...]) -> Log:
    """The second half of the time in four folds; offered is all that is known of the goal's category."""
    moments = np.quantile([one.start for one in sessions], [0.5, 0.625, 0.75, 0.875]).tolist()
    return Log(name, folds(sessions, moments, groups), groups, "of the category", parts)


def sessions_of(details: SessionDetails) -> Iterator[Session]:
    """Sessions one by one."""
    sequences, times = details.sequences, details.sequences.times
    for i, (user, goal) in enumerate(zip(details.users, details.goals, strict=True)):
        items, when = sequences.keys(i), times[sequences.offsets[i] : sequences.offsets[i + 1]].tolist()
        yield Session(user, when[0], when[-1], items, before_goal(items, goal), goal)


def before_goal(items: list[str], goal: str | None) -> int:
    """How many items were clicked on before the last click on the goal: what came after it did not lead to it."""
    taken = goal or items[-1]
    return len(items) - 1 - items[::-1].index(taken) if taken in items else len(items)


LOGS = {
    "mind": mind,
    "diginetica": diginetica_sessions,
    "taobao": taobao_nine_days,
    "ml-100k": films_100k,
}
