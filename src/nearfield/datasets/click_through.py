"""Films and news as click-through: will this user like, or click on, this one? Split by time.

A film is liked that is rated 4 or more. The first 80 % of the rows by time are to learn from, the next 10 % to stop or
to calibrate by, the last 10 % to judge by. What the first do not hold is no feature of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from nearfield.columns import Schema
from nearfield.datasets import mind_sample, movielens_1m_half, movielens_100k
from nearfield.examples import Examples
from nearfield.rank.features.reading import read_examples

if TYPE_CHECKING:
    import polars

LIKED = 4
SHARES = (0.8, 0.9)
FILMS: Schema = {
    "user": "categorical", "item": "categorical", "genres": "multi", "age": "categorical", "gender": "categorical",
    "occupation": "categorical",
}  # fmt: skip
NEWS: Schema = {
    "user": "categorical", "item": "categorical", "category": "categorical", "subcategory": "categorical",
    "history": "multi",
}  # fmt: skip
LONGEST = 25  # of a history: the last articles


class ClickThrough(NamedTuple):
    """Rows to learn from, to stop by and to judge by, in the order of time, in one space.

    The groups are users, or of news the pages that they were shown on.
    """

    train: Examples
    validation: Examples
    test: Examples


def ml_100k() -> ClickThrough:
    """MovieLens 100k: user, film, its genres, and the user's age, gender and occupation."""
    data = movielens_100k.load()
    return _split(_films(data.interactions, data.genres, data.people), FILMS)


def ml_100k_slices(shares: Sequence[float]) -> list[Examples]:
    """MovieLens 100k, the same columns, in slices by time that end where so large shares of all rows have come.

    What a slice is the first to hold stands behind the features of the slices before, which keep their numbers.
    """
    import polars

    data = movielens_100k.load()
    table = _films(data.interactions, data.genres, data.people).sort("time", maintain_order=True)
    table = table.with_columns(polars.col("time").cast(polars.Datetime("us")))
    cuts = [0, *(round(len(table) * share) for share in shares)]
    table = table.select(*FILMS, "time", "label")
    slices = [read_examples(table[: cuts[1]], schema=FILMS, time="time")]
    for start, stop in pairwise(cuts[1:]):
        slices.append(read_examples(table[start:stop], space=slices[-1].space, unknown="grow", time="time"))
    return slices


def ml_1m_half() -> ClickThrough:
    """Half of MovieLens 1M: the same columns; ages are bands there, and occupations numbers."""
    import polars

    data = movielens_1m_half.load()
    columns = {"user": data.users, "item": data.items, "rating": data.ratings, "time": data.times}
    people = {user: (age, gender, occupation) for user, (gender, age, occupation) in data.people.items()}
    return _split(_films(polars.DataFrame(columns), data.genres, people), FILMS)


def mind() -> ClickThrough:
    """MIND, the cut: user, article, its category and subcategory where they are known, and the user's last clicks."""
    import polars

    impressions, news = mind_sample.load()
    of_page = "user", "time", "impression", polars.col("history").list.tail(LONGEST)
    shown = [
        impressions.select(*of_page, item=kind, label=polars.lit(label)).explode("item")
        for kind, label in (("clicked", 1.0), ("skipped", 0.0))
    ]
    known = news.select("item", "category", "subcategory")
    table = polars.concat(shown).drop_nulls("item").join(known, on="item", how="left", maintain_order="left")
    return _split(table, NEWS, group="impression")


def _films(
    ratings: polars.DataFrame, genres: Mapping[str, list[str]], people: Mapping[str, tuple[str, str, str]]
) -> polars.DataFrame:
    """Add to ratings what is known of the film and of the user, and the label."""
    import polars

    films = polars.DataFrame(
        {"item": list(genres), "genres": list(genres.values())}, schema_overrides={"genres": polars.List(polars.String)}
    )
    rows = [(user, *known) for user, known in people.items()]
    users = polars.DataFrame(rows, schema=["user", "age", "gender", "occupation"], orient="row")
    label = (polars.col("rating") >= LIKED).cast(polars.Float32)
    for known, key in ((films, "item"), (users, "user")):
        ratings = ratings.join(known, on=key, how="left", maintain_order="left")
    return ratings.with_columns(label=label)


def _split(table: polars.DataFrame, schema: Schema, group: str = "user") -> ClickThrough:
    """Cut a table with user, time in microseconds, and label by time; rows of one moment stay in their order."""
    import polars

    table = table.sort("time", maintain_order=True)
    table = table.select(*schema, polars.col("time").cast(polars.Datetime("us")), "label", group=group)
    first, second = (int(len(table) * share) for share in SHARES)
    options: dict[str, Any] = {"group": "group", "time": "time"}
    train = read_examples(table[:first], schema=schema, **options)
    validation, test = (
        read_examples(part, space=train.space, **options) for part in (table[first:second], table[second:])
    )
    return ClickThrough(train, validation, test)
