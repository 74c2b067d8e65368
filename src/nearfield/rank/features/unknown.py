"""Features that a space does not have: left out, counted by field, and told where they are many."""

from __future__ import annotations

from collections import Counter

from nearfield.errors import warn

MANY = 0.5  # the share of a field's cells from which on a user is warned


class UnknownFeatures:
    """Counts of known and unknown features of each field.

    Attributes
    ----------
    counts : Counter of str
        How many were unknown, by field.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._all: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def add(self, field: str, unknown: int, total: int, example: str | None = None) -> None:
        """Count the features of a field in some rows; `example` is an unknown one."""
        self._all[field] += total
        if unknown:
            self.counts[field] += unknown
            if example is not None:
                self._first.setdefault(field, example)

    def warn(self) -> None:
        """Name the fields most of whose features are unknown."""
        many = [field for field, n in self.counts.items() if n >= MANY * self._all[field]]
        if many:
            shown = "; ".join(map(self._share, many[:5]))
            more = f"; and {len(many) - 5:,} more" if len(many) > 5 else ""
            warn(f"left out what was not seen in training: {shown}{more}")

    def _share(self, field: str) -> str:
        unknown, total = self.counts[field], self._all[field]
        example = f", such as {self._first[field]!r}" if field in self._first else ""
        return f"{field}: {unknown / total:.0%} of cells unknown ({unknown:,} of {total:,}{example})".replace("%", " %")
