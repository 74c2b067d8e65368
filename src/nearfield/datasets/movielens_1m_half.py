"""Half of MovieLens 1M: 487,650 ratings by users 1 to 2,999 (Harper and Konstan 2015).

For research; not to be passed on for money. Figures published for the whole 1M do not carry over.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nearfield.datasets.histories import in_time_order
from nearfield.datasets.location import find
from nearfield.sequences import Sequences


@dataclass(frozen=True)
class MovieLens1M:
    """Ratings as columns, in the order of the file, what the films are, and who the people.

    Attributes
    ----------
    users, items : list of str
    ratings : ndarray of float32
    times : ndarray of int64
        Microseconds since 1970-01-01 UTC.
    titles : dict of str to str
    genres : dict of str to list of str
    people : dict of str to (str, str, str)
        User → gender (F, M), age (the youngest of a band: 1, 18, 25, 35, 45, 50, 56), number of the occupation.
    """

    users: list[str]
    items: list[str]
    ratings: np.ndarray
    times: np.ndarray
    titles: dict[str, str]
    genres: dict[str, list[str]]
    people: dict[str, tuple[str, str, str]]

    def sequences(self) -> Sequences:
        """Return the films that each user rated, in the order of time; ratings of one moment in that of the file."""
        return in_time_order(self.users, self.items, self.times)


def path() -> Path:
    """Return the folder; raise `DatasetNotFound` where it is not here."""
    return find("ml-1m_half")


def load() -> MovieLens1M:
    """Read the ratings, the films and the people."""
    folder = path()
    with gzip.open(folder / "ratings_head.dat.gz", "rt", encoding="latin-1") as file:
        columns = list(zip(*(line.rstrip("\n").split("::") for line in file), strict=True))
    films = [line.split("\t") for line in (folder / "movies.dat").read_text(encoding="latin-1").splitlines()]
    people = [line.split("\t") for line in (folder / "users.dat").read_text(encoding="latin-1").splitlines()]
    return MovieLens1M(
        users=list(columns[0]),
        items=list(columns[1]),
        ratings=np.array(columns[2], np.float32),
        times=np.array(columns[3], np.int64) * 1_000_000,
        titles={number: title for number, title, _ in films},
        genres={number: genres.split("|") for number, _, genres in films},
        people={number: (gender, age, occupation) for number, gender, age, occupation, _ in people},
    )
