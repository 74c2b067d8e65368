"""Text for the tests: real files where they are."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def text8() -> Path:
    """The head of text8: 1.2 million words on a single line, gzip."""
    folder = Path(os.environ.get("NEARFIELD_DATA", CHECKOUT.parent / "shared" / "data"))
    path = folder / "text8_head" / "text8_head.gz"
    if not path.is_file():
        pytest.skip("the text8 head is not here; set NEARFIELD_DATA to the folder of data sets")
    return path


@pytest.fixture(scope="session")
def text8_lines(text8: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same words, 1,000 a line, not compressed."""
    words = gzip.decompress(text8.read_bytes()).decode().split()
    path = tmp_path_factory.mktemp("text8") / "text8.txt"
    path.write_text("".join(" ".join(words[i : i + 1000]) + "\n" for i in range(0, len(words), 1000)))
    return path
