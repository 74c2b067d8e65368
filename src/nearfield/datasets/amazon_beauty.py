"""Amazon reviews of beauty products: 22,363 users, 198,502 events in the order of time, and what the products are.

As Zhou et al. (2020) prepared them for S3-Rec; for research (McAuley et al. 2015).
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass

from nearfield.datasets.location import find
from nearfield.sequences import Sequences


@dataclass(frozen=True)
class Beauty:
    """Histories and attributes.

    Attributes
    ----------
    histories : list of lists of str
        What each user reviewed, the oldest first.
    attributes : dict of str to list of str
        Item → numbers of its categories and its brand.
    """

    histories: list[list[str]]
    attributes: dict[str, list[str]]

    def sequences(self) -> Sequences:
        """Return what each user reviewed, the oldest first."""
        return Sequences.from_lists(self.histories)


def load() -> Beauty:
    """Read the data set; raise `DatasetNotFound` where it is not here."""
    folder = find("amazon_seq")
    with gzip.open(folder / "Beauty.txt.gz", "rt", encoding="utf-8") as file:
        histories = [line.split()[1:] for line in file]
    with gzip.open(folder / "Beauty_item2attributes.json.gz", "rt", encoding="utf-8") as file:
        attributes = {item: [str(number) for number in numbers] for item, numbers in json.load(file).items()}
    return Beauty(histories, attributes)
