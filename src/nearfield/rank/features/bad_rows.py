"""Rows that cannot be read: refused by name, or counted and left out."""

from __future__ import annotations

import warnings
from typing import Literal, get_args

from nearfield.errors import BadInput

OnBadRow = Literal["raise", "skip"]


class BadRows:
    """What to do with a bad row, and how many there have been.

    Parameters
    ----------
    policy : {"raise", "skip"}
    """

    def __init__(self, policy: OnBadRow) -> None:
        if policy not in get_args(OnBadRow):
            raise BadInput(f"on_bad_row is {policy!r}; expected one of {', '.join(get_args(OnBadRow))}")
        self._policy = policy
        self._first = ""
        self.skipped = 0

    def add(self, message: str) -> None:
        """Raise `BadInput` with what is wrong, or count it."""
        if self._policy == "raise":
            raise BadInput(f"{message} (on_bad_row='skip' leaves such rows out)")
        self._first = self._first or message
        self.skipped += 1

    def warn(self) -> None:
        """Say how many rows were left out, and what was wrong with the first."""
        if self.skipped:
            warnings.warn(f"left out {self.skipped:,} bad rows; the first: {self._first}", stacklevel=3)
