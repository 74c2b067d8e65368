"""What all tests of a store share."""

import pytest


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """What a loss of power does is no matter here."""
    monkeypatch.setattr("os.fsync", lambda _: None)
