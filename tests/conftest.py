"""What all tests share."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from nearfield.errors import DatasetNotFound

# the first example pays for imports and compilation, and other programs run on the same cores
settings.register_profile("nearfield", deadline=None)
settings.load_profile("nearfield")

# a shell that runs the tests in the background has them ignore Ctrl-C, which some of them press
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def dataset():
    """A function that returns what a finder of `nearfield.datasets` finds, or skips the test where it is not here."""

    def found(finder, *arguments):
        try:
            return finder(*arguments)
        except DatasetNotFound as absent:
            pytest.skip(str(absent))

    return found


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a small file and returns its path."""

    def write_file(content: str | bytes, name: str = "corpus.txt") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file
