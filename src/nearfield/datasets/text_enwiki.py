"""Cleaned English Wikipedia of 2021 in the style of text8: 28,603 articles, one a line, 10.08 million words.

Lower case, a to z only, digits spelled out. CC BY-SA.
"""

from __future__ import annotations

from pathlib import Path

from nearfield.datasets.location import find


def path() -> Path:
    """Return the gzip file, UTF-8; raise `DatasetNotFound` where it is not here."""
    return find("text_enwiki", "enwiki_2021.clean.txt.gz")
