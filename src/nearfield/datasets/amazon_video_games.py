"""Amazon reviews of video games: 31,013 users, 287,107 events, in the order of time but without times.

As Kang & McAuley (2018) prepared them for SASRec; for research (McAuley et al. 2015).
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from nearfield.datasets.location import find
from nearfield.sequences import Sequences


@dataclass(frozen=True)
class VideoGames:
    """Where the reviews are."""

    file: Path

    def sequences(self) -> Sequences:
        """Return what each user reviewed, the oldest first."""
        return Sequences.from_lists(self._histories())

    def _histories(self) -> Iterator[list[str]]:
        with gzip.open(self.file, "rt", encoding="utf-8") as file:
            events = (line.split() for line in file)
            for _, of_user in groupby(events, key=lambda event: event[0]):
                yield [item for _, item in of_user]


def load() -> VideoGames:
    """Find the file; raise `DatasetNotFound` where it is not here."""
    return VideoGames(find("amazon_seq", "amazon_video_games_sasrec.txt.gz"))
