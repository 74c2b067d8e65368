"""Diginetica (CIKM Cup 2016), a part: what was viewed in 2,986 sessions of a shop, and the category of each product.

12,391 views of 7,139 products over 142 days; the categories are those of the whole shop. No licence is stated.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearfield.datasets.location import find
from nearfield.sequences import Sequences

if TYPE_CHECKING:
    import polars

MILLISECOND = 1_000  # in microseconds


@dataclass(frozen=True)
class Diginetica:
    """Views, and what the products are.

    Attributes
    ----------
    views : polars.DataFrame
        A row for each view: session (str), user (str, null for most), item (str), time (int64, microseconds since
        1970-01-01 UTC).
    categories : dict of str to str
        Product → the number of its category.
    """

    views: polars.DataFrame
    categories: dict[str, str]

    def sequences(self) -> Sequences:
        """Return what was viewed in each session, the oldest first."""
        ordered = self.views.sort("session", "time", maintain_order=True)
        return Sequences.from_lists(ordered.group_by("session", maintain_order=True).agg("item")["item"].to_list())


def load() -> Diginetica:
    """Read the data set; raise `DatasetNotFound` where it is not here."""
    import polars

    column = polars.col
    views, products = _read("sample_train-item-views.csv.gz"), _read("product-categories.csv.gz")
    day = column("eventdate").str.to_datetime("%Y-%m-%d", time_unit="us").cast(polars.Int64)
    typed = views.select(
        session="session_id",
        user=column("user_id").replace("NA", None),
        item="item_id",
        time=day + column("timeframe").cast(polars.Int64) * MILLISECOND,
    )
    return Diginetica(typed, dict(products.select("itemId", "categoryId").iter_rows()))


def purchases() -> dict[str, list[str]]:
    """Return what was bought in each session of the whole shop; 138 of those sessions are among the views."""
    bought: dict[str, list[str]] = {}
    for session, item in _read("train-purchases.csv.gz").select("sessionId", "itemId").iter_rows():
        bought.setdefault(session, []).append(item)
    return bought


def _read(name: str) -> polars.DataFrame:
    """Read one of the files, all as text."""
    import polars

    content = gzip.decompress(find("diginetica_sample", name).read_bytes())
    return polars.read_csv(content, separator=";", infer_schema=False)
