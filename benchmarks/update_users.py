"""Users brought up to date beside leaving them alone and beside training anew: MovieLens 100k, week by week.

    OPENBLAS_NUM_THREADS=1 python benchmarks/update_users.py

Films and users are learnt from the first half of the ratings. After each later week films are updated by `nf.update`,
the old ratings at hand, and users in several ways; then it is foretold what was held out of the week, the last fifth
of what each user rated in it, among all films that the user had not rated before:

- left alone: users as they were fitted, against updated films; who is new has no row and foretells nothing;
- updated: by `update_users`, from the week alone;
- updated from all: in the same way, from all that the users of the week have ever rated;
- anew: `ItemEmbedding(...).fit(..., users=...)` on all ratings so far, films and users;
- mean of the week, mean of the last 5: no row is trained; of the films that the user rated in the week, and of the last
  five before what is foretold, each counting 0.8 times the one after it.

NDCG@10, the mean over what is held out of all weeks, of users who were known before the week and of new ones; means
over three seeds and, in brackets, from the lowest to the highest. Seconds are processor time of the median week, for
users alone but where all is learnt anew, one thread (matrix products have threads of their own, which wait by working).
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

import nearfield as nf
from _paired import machine, markdown, write_results
from nearfield.datasets import movielens_100k
from nearfield.evaluate.rolling import rolling
from nearfield.evaluate.splits import Cases
from nearfield.sequences import Sequences
from nearfield.update import update_users
from nearfield.update.joining import joined
from nearfield.vectors import Vectors

WEEK, FIRST, HELD, K = 7 * 86_400_000_000, 0.5, 0.2, 10
SEEDS = (1, 2, 3)
GROUPS = ("known users", "new users")
Row = Callable[[str, list[str]], np.ndarray | None]  # of a user with a history


class Week(NamedTuple):
    """What is learnt, whose each sequence is, and what is foretold after it."""

    learn: Sequences
    users: list[str]
    held: Cases


def weeks() -> Iterator[Week]:
    """The first half of the ratings, then week by week."""
    data = movielens_100k.load()
    sequences, users = data.sequences(), data.users
    times, lengths = np.asarray(sequences.times), np.diff(sequences.offsets)
    owner = np.repeat(np.arange(len(sequences)), lengths)
    begin = np.sort(times)[int(FIRST * len(times))]
    week = np.maximum(0, (times - begin) // WEEK + 1)
    held = np.zeros(len(times), bool)
    for piece in np.split(np.arange(len(times)), np.flatnonzero(np.diff(owner * (week.max() + 1) + week)) + 1):
        held[piece[len(piece) - int(np.ceil(HELD * len(piece))) :]] = len(piece) > 1
    for number in np.unique(week):
        within = week == number
        learn, cases = rolling(sequences, within & ~held, within & held, None, 1)
        yield Week(learn, [users[i] for i in np.unique(owner[within & ~held])], cases.unseen())


def gains(vectors: Vectors, row_of: Row, week: Week, who: set[str], users: list[str]) -> list[float]:
    """1 / log2(place + 1) of what came next, 0 beyond the K-th place, of each case of these users."""
    found = []
    for history, targets, owner in zip(week.held.histories, week.held.targets, week.held.owners, strict=True):
        if users[owner] in who:
            row = row_of(users[owner], history)
            found.append(0.0 if row is None or targets[0] not in vectors else gain(vectors, row, history, targets[0]))
    return found


def gain(vectors: Vectors, row: np.ndarray, history: list[str], target: str) -> float:
    scores = vectors.output @ row
    scores[vectors.vocabulary.known(history)] = -np.inf
    place = 1 + int((scores > scores[vectors.vocabulary[target]]).sum())
    return 1 / np.log2(place + 1) if place <= K else 0.0


def trained(rows: Vectors) -> Row:
    known = dict(zip(rows.keys, rows.input, strict=True))
    return lambda user, history: known.get(user)


def mean_of_last(vectors: Vectors) -> Row:
    return lambda user, history: vectors.profile(history[-5:], decay=0.8, unknown="skip")


def mean_of_week(vectors: Vectors, week: Week) -> Row:
    """The mean of what each user rated in the week; where nothing of it is known, None."""
    own = {user: week.learn.keys(i) for i, user in enumerate(week.users)}
    rows = {user: vectors.input[vectors.vocabulary.known(keys)] for user, keys in own.items()}
    return lambda user, history: rows[user].mean(axis=0) if user in rows and len(rows[user]) else None


def replay(seed: int) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """One seed: the figures of each way by group of users, and its seconds."""
    first, *later = weeks()
    everybody = movielens_100k.load().users
    settings = {"workers": 1, "seed": seed, "verbose": False}
    fitted = nf.ItemEmbedding(**settings).fit(first.learn, users=first.users)
    items, past, owners = fitted.vectors_, first.learn, list(first.users)
    rows = {"updated": fitted.users_, "updated from all": fitted.users_}
    figures, seconds = defaultdict(lambda: defaultdict(list)), defaultdict(list)
    for week in later:
        items = nf.update(items, week.learn, old=past, seed=seed).vectors
        past, known = joined([past, week.learn]), set(owners)
        owners += week.users
        of_week = [i for i, user in enumerate(owners) if user in set(week.users)]
        parts = {
            "updated": (week.learn, week.users),
            "updated from all": (past.take(np.array(of_week)), [owners[i] for i in of_week]),
        }
        for way, part in parts.items():
            started = time.process_time()
            rows[way] = update_users(rows[way], items, *part, seed=seed)
            seconds[way].append(time.process_time() - started)
        started = time.process_time()
        anew = nf.ItemEmbedding(**settings).fit(past, users=owners)
        seconds["anew"].append(time.process_time() - started)
        ways = {
            "left alone": (items, trained(fitted.users_)),
            **{way: (items, trained(rows[way])) for way in rows},
            "anew": (anew.vectors_, trained(anew.users_)),
            "mean of the week": (items, mean_of_week(items, week)),
            "mean of the last 5": (items, mean_of_last(items)),
        }
        for way, (vectors, row_of) in ways.items():
            for group, who in zip(GROUPS, (known, set(week.users) - known), strict=True):
                figures[way][group] += gains(vectors, row_of, week, who, everybody)
    print(f"seed {seed}:", *(f"{len(found):,} of {group}" for group, found in figures["anew"].items()), flush=True)
    means = {way: {group: float(np.mean(found)) for group, found in by.items()} for way, by in figures.items()}
    return means, {way: statistics.median(found) for way, found in seconds.items()}


def cell(found: list[float]) -> str:
    return f"{statistics.mean(found):.4f} ({min(found):.4f}–{max(found):.4f})"


def main() -> None:
    runs = [replay(seed) for seed in SEEDS]
    rows = []
    for way in runs[0][0]:
        taken = [seconds[way] for _, seconds in runs if way in seconds]
        scores = [cell([figures[way][group] for figures, _ in runs]) for group in GROUPS]
        rows.append([way, *scores, f"{statistics.median(taken):.3f}" if taken else ""])
    head = f"Printed by `python benchmarks/update_users.py`, whose head says what is measured. {machine('numpy')}."
    table = markdown(["users", *(f"NDCG@{K} of {group}" for group in GROUPS), "seconds"], rows)
    print(*table, sep="\n")
    write_results("update_users", ["# Users, updated", "", head, "", *table])


if __name__ == "__main__":
    main()
