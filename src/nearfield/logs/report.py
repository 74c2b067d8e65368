"""What cleaning took away, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Dropped:
    """What one rule removed: events, and users that had at least one of them."""

    rule: str
    why: str
    events: int
    users: int


@dataclass(frozen=True)
class CleaningReport:
    """A log before and after cleaning.

    Attributes
    ----------
    events_before, events_after, users_before, users_after : int
    dropped : tuple of Dropped
        One for each rule that was applied, in the order of application, also where it removed nothing. An event that
        several rules speak against is counted under the first of them.
    """

    events_before: int
    events_after: int
    users_before: int
    users_after: int
    dropped: tuple[Dropped, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [f"{one.rule}: {one.events:,} events of {one.users:,} users ({one.why})" for one in self.dropped]
        kept = (
            f"kept {self.events_after:,} of {self.events_before:,} events,"
            f" {self.users_after:,} of {self.users_before:,} users"
        )
        return "\n".join([*lines, kept])
