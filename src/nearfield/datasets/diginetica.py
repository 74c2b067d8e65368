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

    folder = find("diginetica_sample")
    column = polars.col
    views, products = (
        polars.read_csv(gzip.decompress((folder / name).read_bytes()), separator=";", infer_schema=False)
        for name in ("sample_train-item-views.csv.gz", "product-categories.csv.gz")
    )
    day = column("eventdate").str.to_datetime("%Y-%m-%d", time_unit="us").cast(polars.Int64)
    typed = views.select(
        session="session_id",
        user=column("user_id").replace("NA", None),
        item="item_id",
        time=day + column("timeframe").cast(polars.Int64) * MILLISECOND,
    )
    return Diginetica(typed, dict(products.select("itemId", "categoryId").iter_rows()))
