"""Criteo, the first 1,999 rows and another 200: advertisements shown, and whether they were clicked. To check formats.

13 counts and 26 hashed categories a row, as in the Kaggle contest of 2014. Too few rows to say how good a model is.
Criteo's terms: research, not for money.
"""

from __future__ import annotations

from typing import NamedTuple

from nearfield.columns import Column
from nearfield.datasets.location import find
from nearfield.examples import Examples
from nearfield.rank.features.reading import read_examples

SCHEMA = {f"I{i}": Column("numeric", scaling="log") for i in range(1, 14)} | {
    f"C{i}": Column("categorical") for i in range(1, 27)
}


class Criteo(NamedTuple):
    """The head of the training part, and a sample of it, in one space; the contest's test part has no labels."""

    train: Examples
    sample: Examples


def load() -> Criteo:
    """Read both; raise `DatasetNotFound` where they are not here."""
    folder = find("criteo_tiny")
    train = read_examples(folder / "train.tiny.csv.gz", label="Label", schema=SCHEMA, drop=["Id"])
    sample = read_examples(folder / "deepctr_criteo_sample.txt", format="csv", space=train.space)
    return Criteo(train, sample)
