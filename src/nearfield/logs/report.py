"""What cleaning took away, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from nearfield.logs.clean import Rule
from nearfield.logs.engine import answer


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
        What reading left out, if anything: rows without a user, an item or a time. Then one for each rule that was
        applied, in the order of application, also where it removed nothing. An event that several rules speak against
        is counted under the first of them.
    """

    events_before: int
    events_after: int
    users_before: int
    users_after: int
    dropped: tuple[Dropped, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds."""
        return asdict(self)

    def then(self, later: CleaningReport) -> CleaningReport:
        """Return what both took away, this one first."""
        return CleaningReport(
            self.events_before,
            later.events_after,
            self.users_before,
            later.users_after,
            (*self.dropped, *later.dropped),
        )

    def worst(self) -> str:
        """Say which rule removed most, for a log of which nothing is left."""
        most = max(self.dropped, key=lambda one: one.events, default=None)
        if most is None or not most.events:
            return "there was none"
        return f"most went to {most.rule!r} ({most.why}); loosen or drop a rule"

    def __str__(self) -> str:
        lines = [f"{one.rule}: {one.events:,} events of {one.users:,} users ({one.why})" for one in self.dropped]
        kept = (
            f"kept {self.events_after:,} of {self.events_before:,} events,"
            f" {self.users_after:,} of {self.users_before:,} users"
        )
        return "\n".join([*lines, kept])


def summary(judged: Any, users: Any, rules: list[Rule]) -> CleaningReport:
    """Return what rules took away.

    `judged` has the number of the rule that speaks against each event, or -1, as `rule`; `users` how many events each
    user has, as `n`.
    """
    dropped = judged.filter(judged.rule >= 0)
    lost = dropped.group_by("user", "rule").aggregate(lost=dropped.count())
    found = lost.group_by("rule").aggregate(events=lost.lost.sum(), users=lost.count())
    by_rule = {row["rule"]: row for row in answer(found)}
    in_all = lost.group_by("user").aggregate(lost=lost.lost.sum())
    gone = in_all.inner_join(users, [in_all.user == users.user, in_all.lost == users.n])
    n_gone = answer(gone.aggregate(n=gone.count()))[0]["n"]
    before = answer(users.aggregate(events=users.n.sum().fill_null(0), users=users.count()))[0]
    none = {"events": 0, "users": 0}
    counted = tuple(
        Dropped(rule.name, rule.why, **{name: int(by_rule.get(i, none)[name]) for name in none})
        for i, rule in enumerate(rules)
    )
    events, n_users = int(before["events"]), int(before["users"])
    return CleaningReport(events, events - sum(one.events for one in counted), n_users, n_users - n_gone, counted)
