"""The first 6.9 % of Matt Mahoney's text8, English Wikipedia: 1,171,946 words without a line end.

CC BY-SA. Results on it are no text8 results.
"""

from __future__ import annotations

from pathlib import Path

from nearfield.datasets.location import find


def path() -> Path:
    """Return the gzip file, UTF-8; raise `DatasetNotFound` where it is not here."""
    return find("text8_head", "text8_head.gz")
