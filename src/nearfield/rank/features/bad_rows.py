"""Rows that cannot be read: refused by name, or counted and left out."""

from __future__ import annotations

from typing import Literal, get_args

from nearfield.errors import BadInput, warn

LONGEST_ROW = 1 << 22  # bytes of text
OnBadRow = Literal["raise", "skip"]


def too_long(length: int, unit: str) -> str:
    """What is wrong with a row that is longer than any row can be."""
    return f"a row of {length:,} {unit}; expected at most {LONGEST_ROW:,}: is a line end missing?"


class BadRow(BadInput):
    """A row that cannot be read; `what` is wrong with it, and `fix` what can be done beside leaving such rows out."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(f"{what} ({fix}{'; ' if fix else ''}on_bad_row='skip' leaves such rows out)")
        self.what, self.fix = what, fix


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

    def add(self, message: str, fix: str = "") -> None:
        """Raise `BadRow` with what is wrong, or count it."""
        if self._policy == "raise":
            raise BadRow(message, fix)
        self._first = self._first or message
        self.skipped += 1

    def warn(self) -> None:
        """Say how many rows were left out, and what was wrong with the first."""
        if self.skipped:
            warn(f"left out {self.skipped:,} bad rows; the first: {self._first}")
