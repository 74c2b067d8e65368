"""Log: events with our columns, on whatever engine they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nearfield.errors import BadInput
from nearfield.logs.clean import marked, rules_for
from nearfield.logs.collecting import Details, SessionDetails, collect
from nearfield.logs.decay import HalfLives, weighed
from nearfield.logs.engine import answer, written
from nearfield.logs.report import CleaningReport, summary
from nearfield.logs.rules import Rules
from nearfield.logs.sessions import counts_of, items_of, rows_of, with_borders
from nearfield.logs.support import supported
from nearfield.reading import SEEN, Reading, step
from nearfield.sequences import Sequences


class Log:
    """A behaviour log; `read_log` makes one. Immutable: `clean` returns a new one.

    Attributes
    ----------
    table : ibis.Table
        user, item (string), time (int64, microseconds since 1970-01-01 UTC), and where there are such: event, group
        (string), value, dwell (float64, dwell in seconds), place (int64, the place in the file).
    timezone : str
    report : CleaningReport or None
        What reading left out, if anything, and what cleaning took away.
    reading : dict of str to dict
        The options of `read_log` and of `clean`; see `nearfield.reading`.
    """

    def __init__(
        self,
        table: Any,
        *,
        timezone: str = "UTC",
        report: CleaningReport | None = None,
        reading: Reading | None = None,
    ) -> None:
        self.table, self.timezone, self.report, self.reading = table, timezone, report, reading or {}

    def __len__(self) -> int:
        return int(answer(self.table.aggregate(n=self.table.count()))[0]["n"])

    def __repr__(self) -> str:
        return f"Log({len(self):,} events, {', '.join(self.table.columns)})"

    def clean(self, **rules: Any) -> Log:
        """Return the log without cheating and broken traffic; `report` says what was dropped, and why.

        Parameters
        ----------
        **rules
            See `logs.rules.Rules`: `duplicates, earliest, latest, min_dwell, max_per_minute, max_per_hour, max_events,
            max_purchases, purchases, period, min_gap_variation, regular_events, max_same_item, min_user_events,
            min_item_users`. None switches a rule off.

        Raises
        ------
        BadInput
            A rule that there is none, or a number that is none; nothing is left.
        """
        chosen = Rules(**rules)
        applied = rules_for(chosen, tuple(self.table.columns))
        users = written(self.table.group_by("user").aggregate(n=self.table.count()))
        judged = written(marked(self.table, applied, users))
        report = summary(judged, users, applied)
        left = judged.filter(judged.rule < 0).drop("rule")
        left, report = supported(left, report, chosen.min_user_events, chosen.min_item_users)
        report = report if self.report is None else self.report.then(report)
        if not report.events_after:
            raise BadInput(f"cleaning leaves nothing of {report.events_before:,} events: {report.worst()}")
        reading = self.reading | step("clean", rules)
        return Log(left, timezone=self.timezone, report=report, reading=reading)

    def sessions(
        self,
        gap: str | float | None = "10min",
        *,
        start_event: str | None = None,
        min_length: int = 1,
        max_length: int | None = None,
        min_count: int = 1,
        event_weights: Mapping[str, float] | None = None,
        half_life: HalfLives | None = None,
        now: int | None = None,
    ) -> Sequences:
        """Split into sessions: one sequence each, users in the order of their keys, events in that of time.

        Parameters
        ----------
        gap : str, float or None
            A user who was idle for longer begins a new session: "10min", "1h", or seconds. "day": one a calendar day in
            the log's zone. None: one sequence a user.
        start_event : str, optional
            Events of this kind begin a new session, too.
        min_length : int
            Shorter sessions are left out.
        max_length : int, optional
            Longer ones are cut into pieces.
        min_count : int
            Items seen less often are left out, before lengths are looked at.
        event_weights : mapping of event to float, optional
            How much each kind counts; kinds that are not named count 1.
        half_life : duration, several, or mapping of event to these, optional
            An event counts half as much when it is that much older than `now`; of several the mean is taken.
        now : int, optional
            Microseconds since 1970 UTC; by default the newest event's time.

        Returns
        -------
        Sequences
            With weights and times.

        Raises
        ------
        BadInput
            A number or duration that is none; no session is left.
        """
        reading = self.reading | step("sessions", locals(), without=("now",))
        _check_lengths(min_length, max_length, min_count)
        counts = written(counts_of(self.table))
        reading |= _seen(counts)
        items = written(items_of(counts, min_count))
        log = with_borders(weighed(self.table, event_weights, half_life, now), gap, start_event, self.timezone)
        return collect(rows_of(log, items), items, min_length, max_length, reading=reading)[0]

    def session_details(
        self,
        gap: str | float | None = "10min",
        *,
        goal: str | None = "buy",
        rejected: str | None = None,
        start_event: str | None = None,
        min_length: int = 1,
        max_length: int | None = None,
        min_count: int = 1,
        event_weights: Mapping[str, float] | None = None,
        half_life: HalfLives | None = None,
        now: int | None = None,
    ) -> SessionDetails:
        """Split into sessions and tell whose they are, what they led to, and what was refused in them.

        The pieces of a session that is longer than `max_length` have its goal and what was refused in it, each.

        Parameters
        ----------
        goal : str, optional
            The kind of event that a session leads to: its last item with it is the goal; None: sessions have none.
        rejected : str, optional
            The kind of event that refuses an item; such events stand in no sequence.
        gap, start_event, min_length, max_length, min_count, event_weights, half_life, now
            As for `sessions`.

        Raises
        ------
        BadInput
            As `sessions`, or the log has no events.
        """
        reading = self.reading | step("sessions", locals(), without=("now",))
        _check_lengths(min_length, max_length, min_count)
        counts = written(counts_of(self.table, rejected))
        reading |= _seen(counts)
        items = written(items_of(counts, min_count))
        log = with_borders(weighed(self.table, event_weights, half_life, now), gap, start_event, self.timezone)
        details = Details()
        rows = rows_of(log, items, goal, rejected, details=True)
        return details.of(*collect(rows, items, min_length, max_length, details, reading=reading))

    def groups(self) -> dict[str, str]:
        """Return the group of each item that has one, as `ItemEmbedding.fit` takes it; of several the last by name."""
        if "group" not in self.table.columns:
            raise BadInput("the log has no groups; name their column: read_log(group=…)")
        grouped = self.table.filter(self.table.group.notnull())
        rows = answer(grouped.group_by("item").aggregate(last=grouped.group.max()))
        return {row["item"]: row["last"] for row in rows}


def _seen(counts: Any) -> Reading:
    """How many events and items there are before rare items and short sessions are left out."""
    found = answer(counts.aggregate(tokens=counts.n.sum(), keys=counts.count()))[0]
    return {SEEN: {name: int(value or 0) for name, value in found.items()}}


def _check_lengths(min_length: int, max_length: int | None, min_count: int) -> None:
    for name, number in (("min_length", min_length), ("min_count", min_count), ("max_length", max_length)):
        if number is None and name == "max_length":
            continue
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise BadInput(f"{name} is {number!r}; expected at least 1")
