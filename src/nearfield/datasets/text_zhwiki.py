"""Chinese Wikipedia, simplified and segmented by jieba: 34,433 articles, 12.68 million tokens.

A sentence a line, tokens by spaces, a blank line between articles. CC BY-SA.
"""

from __future__ import annotations

from pathlib import Path

from nearfield.datasets.location import find


def path() -> Path:
    """Return the gzip file, UTF-8; raise `DatasetNotFound` where it is not here."""
    return find("text_zhwiki", "zhwiki.seg.txt.gz")
