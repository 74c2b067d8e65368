"""MIND, a cut of the small version: news that were shown, and which of them were clicked (Wu et al. 2020, ACL).

5,000 impressions of 9 to 14 November 2019 with the articles that each user had clicked before, and 2,000 articles,
which are a part of those shown. Microsoft Research License Terms: research only, not for money. See https://msnews.github.io.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nearfield.datasets.location import find
from nearfield.errors import BadInput

if TYPE_CHECKING:
    import polars

TIME = "%m/%d/%Y %I:%M:%S %p"
BEHAVIORS = ["impression", "user", "time", "history", "shown"]
NEWS = ["item", "category", "subcategory", "title", "abstract", "url", "title_entities", "abstract_entities"]


class Mind(NamedTuple):
    """What was shown to whom, what of it was clicked, and what the articles are about.

    Attributes
    ----------
    impressions : polars.DataFrame
        A row for each page of articles shown, in the order of time: impression (str), user (str), time (int64,
        microseconds since 1970-01-01; MIND names no zone, and the clock is read as UTC), history (list of str, what the
        user had clicked before, the oldest first; may be empty, may repeat), clicked (list of str) and skipped (list of
        str: shown in the same page and not clicked, the hard negatives). Lists keep the order of the page.
    news : polars.DataFrame
        A row for each article known: item (str), category (str), subcategory (str), title (str).
    """

    impressions: polars.DataFrame
    news: polars.DataFrame


def load() -> Mind:
    """Read the data set; raise `DatasetNotFound` where it is not here."""
    import polars

    folder = find("mind_sample")
    impressions = _read(folder / "behaviors.tsv.gz", BEHAVIORS).select(
        "impression",
        "user",
        time=polars.col("time").str.to_datetime(TIME, time_unit="us").cast(polars.Int64),
        history=_words("history"),
        clicked=_shown("-1"),
        skipped=_shown("-0"),
    )
    news = _read(folder / "news.tsv.gz", NEWS).select("item", "category", "subcategory", "title")
    return Mind(impressions.sort("time", maintain_order=True), news)


def _read(path: Path, columns: list[str]) -> polars.DataFrame:
    """Read a table without a heading, all as text: TAB between fields, and quotation marks that mean nothing."""
    import polars

    content = gzip.decompress(path.read_bytes())
    table = polars.read_csv(content, separator="\t", has_header=False, infer_schema=False, quote_char=None)
    if table.width != len(columns):
        raise BadInput(f"{path}: has {table.width} columns; expected the {len(columns)} of MIND")
    return table.rename(dict(zip(table.columns, columns, strict=True)))


def _words(column: str) -> polars.Expr:
    import polars

    return polars.col(column).fill_null("").str.split(" ").list.eval(polars.element().filter(polars.element() != ""))


def _shown(mark: str) -> polars.Expr:
    """The articles of a page that have a mark: N123-1 was clicked, N123-0 was not."""
    import polars

    marked = polars.element().filter(polars.element().str.ends_with(mark))
    return _words("shown").list.eval(marked.str.strip_suffix(mark))
