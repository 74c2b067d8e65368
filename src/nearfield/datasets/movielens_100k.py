"""MovieLens 100k: 943 people, 1,682 films, 100,000 ratings with their times (Harper and Konstan 2015).

For research; not to be passed on for money. See https://grouplens.org/datasets/movielens/100k/.
"""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nearfield.datasets.location import find
from nearfield.datasets.wheel import from_wheel
from nearfield.errors import BadInput, DatasetNotFound
from nearfield.sequences import Sequences
from nearfield.vocabulary import Vocabulary

if TYPE_CHECKING:
    import polars

SECOND = 1_000_000  # in microseconds


@dataclass(frozen=True)
class MovieLens:
    """Ratings, what the films are called, and who the people are.

    Attributes
    ----------
    interactions : polars.DataFrame
        A row for each rating, as they stand in the file: user (str), item (str), rating (float32), time (int64,
        microseconds since 1970-01-01 UTC).
    titles : dict of str to str
        Film → its title with its year. Some films stand twice, under two numbers.
    genres : dict of str to list of str
    people : dict of str to (str, str, str)
        User → age in years, gender (F, M), occupation.
    """

    interactions: polars.DataFrame
    titles: dict[str, str]
    genres: dict[str, list[str]]
    people: dict[str, tuple[str, str, str]]

    @property
    def users(self) -> list[str]:
        """The users in the order of their numbers, which is that of `sequences`."""
        return sorted(self.interactions["user"].unique(), key=int)

    def sequences(self) -> Sequences:
        """Return the films that each user rated, in the order of time; ratings of one moment in that of the file."""
        columns = self.interactions
        user, time = columns["user"].cast(int).to_numpy(), columns["time"].to_numpy()
        order = np.lexsort((time, user))  # stable
        vocabulary = Vocabulary.from_counts(Counter(columns["item"]))
        tokens = vocabulary.ids(columns["item"].gather(order))
        ends = np.flatnonzero(np.diff(user[order])) + 1
        return Sequences(vocabulary, tokens, np.concatenate([[0], ends, [len(order)]]), times=time[order])


def load() -> MovieLens:
    """Read the data set; where it is not here, it is downloaded (2 MB, in RecBole's wheel) and kept in the cache."""
    try:
        folder = find("ml-100k")
    except DatasetNotFound:
        folder = from_wheel("recbole==1.2.1", "recbole/dataset_example/ml-100k", "ml-100k")
    interactions = _read(folder / "ml-100k.inter", ["user_id", "item_id", "rating", "timestamp"])
    films = list(_read(folder / "ml-100k.item", ["item_id", "movie_title", "release_year", "class"]).iter_rows())
    people = _read(folder / "ml-100k.user", ["user_id", "age", "gender", "occupation"]).iter_rows()
    return MovieLens(
        _typed(interactions),
        titles={item: f"{title} ({year})" for item, title, year, _ in films},
        genres={item: genres.split() for item, _, _, genres in films},
        people={user: (age, gender, occupation) for user, age, gender, occupation in people},
    )


def _typed(raw: polars.DataFrame) -> polars.DataFrame:
    import polars

    return raw.select(
        user="user_id",
        item="item_id",
        rating=polars.col("rating").cast(polars.Float32),
        time=polars.col("timestamp").cast(polars.Float64).cast(polars.Int64) * SECOND,
    )


def _read(path: Path, columns: list[str]) -> polars.DataFrame:
    """Read columns of one of RecBole's tables, all as text: TAB between them, `name:type` in the heading."""
    import polars

    packed = path.with_name(path.name + ".gz")
    content = gzip.decompress(packed.read_bytes()) if packed.is_file() else path.read_bytes()
    table = polars.read_csv(content, separator="\t", infer_schema=False, quote_char=None)
    table = table.rename({name: name.partition(":")[0] for name in table.columns})
    if absent := [name for name in columns if name not in table.columns]:
        raise BadInput(f"{path}: has no column {absent[0]!r}; expected RecBole's copy of MovieLens 100k")
    return table.select(columns)
