"""Log: events with our columns, on whatever engine they lie."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from nearfield.errors import BadInput
from nearfield.logs.clean import marked, rules_for
from nearfield.logs.clock import Clock, clock_of, end_of
from nearfield.logs.collecting import Details, SessionDetails, collect
from nearfield.logs.decay import HalfLives, weighed
from nearfield.logs.engine import answer, written
from nearfield.logs.events import check_events
from nearfield.logs.report import CleaningReport, summary
from nearfield.logs.rules import AUTO, MOMENTS, Rules
from nearfield.logs.sessions import counts_of, items_of, rows_of, with_borders
from nearfield.logs.support import supported
from nearfield.moments import EARLIEST, Moment, moment
from nearfield.parameters import Count, Described, checks_arguments
from nearfield.reading import SEEN, Reading, step
from nearfield.sequences import Sequences

UnknownEvents = Literal["refuse", "skip"]
Gap = Annotated[str | float | None, Described("a duration such as '10min' or seconds, or None")]


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
    clock : Clock
        How times were read, from when to when they go, and how fine they are.
    """

    def __init__(
        self,
        table: Any,
        *,
        timezone: str = "UTC",
        report: CleaningReport | None = None,
        reading: Reading | None = None,
        times: str = "microseconds",
    ) -> None:
        self.table, self.timezone, self.report, self.reading = table, timezone, report, reading or {}
        self._times = times

    def __len__(self) -> int:
        return int(answer(self.table.aggregate(n=self.table.count()))[0]["n"])

    def __repr__(self) -> str:
        return f"Log({len(self):,} events, {', '.join(self.table.columns)})"

    @cached_property
    def clock(self) -> Clock:
        """How times were read, from when to when they go, and how fine they are."""
        return clock_of(self.table, self.timezone, self._times)

    def clean(self, *, unknown_events: UnknownEvents = "refuse", **rules: Any) -> Log:
        """Return the log without cheating and broken traffic; `report` says what was dropped, and why.

        Parameters
        ----------
        unknown_events : {"refuse", "skip"}
            What to do where `purchases` is given and names a kind of event that never occurs.
        **rules
            See `logs.rules.Rules`: `duplicates, earliest, latest, min_dwell, max_per_minute, max_per_hour, max_events,
            max_purchases, purchases, period, min_gap_variation, regular_events, max_same_item, min_user_events,
            min_item_users`. None switches a rule off. Rules of minutes and hours are not applied to times that are
            whole days; the report says so.

        Raises
        ------
        BadInput
            A rule that there is none, or a number that is none; an event that never occurs; nothing is left.
        """
        chosen = self._with_moments(Rules(**rules))
        if "purchases" in rules:
            check_events(self.table, {"purchases": chosen.purchases}, must_occur=unknown_events == "refuse")
        applied = rules_for(chosen, tuple(self.table.columns), self.clock)
        users = written(self.table.group_by("user").aggregate(n=self.table.count()))
        judged = written(marked(self.table, applied, users))
        report = summary(judged, users, applied)
        left = judged.filter(judged.rule < 0).drop("rule")
        left, report = supported(left, report, chosen.min_user_events, chosen.min_item_users)
        report = report if self.report is None else self.report.then(report)
        if not report.events_after:
            raise BadInput(f"cleaning leaves nothing of {report.events_before:,} events: {report.worst()}")
        given = {name: getattr(chosen, name) if name in MOMENTS else value for name, value in rules.items()}
        reading = self.reading | step("clean", given)
        return Log(left, timezone=self.timezone, report=report, reading=reading, times=self._times)

    def _with_moments(self, rules: Rules) -> Rules:
        """The rules with the first and the last moment as microseconds."""
        earliest, latest = rules.earliest, rules.latest
        if earliest == AUTO:
            earliest = EARLIEST if self.clock.plausible else 1
        if latest == AUTO:
            latest = end_of(self.table)
        return replace(rules, earliest=self._moment(earliest, "earliest"), latest=self._moment(latest, "latest"))

    def _moment(self, value: Moment | None, name: str) -> int | None:
        """A moment by the clock of the log: where it does not count from 1970, whole numbers are taken as they are."""
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and not self.clock.plausible):
            return value  # type: ignore[return-value]
        return moment(value, name, zone=self.timezone)

    @checks_arguments
    def sessions(
        self,
        gap: Gap = "10min",
        *,
        start_event: str | None = None,
        min_length: Count = 1,
        max_length: Count | None = None,
        min_count: Count = 1,
        event_weights: Mapping[str, float] | None = None,
        half_life: HalfLives | None = None,
        now: Moment | None = None,
        unknown_events: UnknownEvents = "refuse",
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
        now : int, float, str or datetime, optional
            A moment, as ISO 8601 or a number since 1970; by default the time of the newest event that is not of a clock
            that runs ahead (see `nearfield.moments.last_day`).
        unknown_events : {"refuse", "skip"}
            What to do where `start_event`, `event_weights` or `half_life` name a kind of event that never occurs.

        Returns
        -------
        Sequences
            With weights and times.

        Raises
        ------
        BadInput
            A number or duration that is none; no session is left.
        """
        reading = self.reading | step("sessions", locals(), without=("now", "unknown_events"))
        _check_lengths(min_length, max_length, min_count)
        self._check_events(unknown_events, event_weights, half_life, {"start_event": start_event})
        counts = written(counts_of(self.table))
        reading |= _seen(counts)
        items = written(items_of(counts, min_count))
        log = self._with_sessions(gap, start_event, event_weights, half_life, now)
        return collect(rows_of(log, items), items, min_length, max_length, reading=reading)[0]

    @checks_arguments
    def session_details(
        self,
        gap: Gap = "10min",
        *,
        goal: str | None = "buy",
        rejected: str | None = None,
        start_event: str | None = None,
        min_length: Count = 1,
        max_length: Count | None = None,
        min_count: Count = 1,
        event_weights: Mapping[str, float] | None = None,
        half_life: HalfLives | None = None,
        now: Moment | None = None,
        unknown_events: UnknownEvents = "refuse",
    ) -> SessionDetails:
        """Split into sessions and tell whose they are, what they led to, and what was refused in them.

        The pieces of a session that is longer than `max_length` have its goal and what was refused in it, each.

        Parameters
        ----------
        goal : str, optional
            The kind of event that a session leads to: its last item with it is the goal; None: sessions have none.
        rejected : str, optional
            The kind of event that refuses an item; such events stand in no sequence.
        gap, start_event, min_length, max_length, min_count, event_weights, half_life, now, unknown_events
            As for `sessions`; `goal` and `rejected` are looked at, too.

        Raises
        ------
        BadInput
            As `sessions`, or the log has no events.
        """
        reading = self.reading | step("sessions", locals(), without=("now", "unknown_events"))
        _check_lengths(min_length, max_length, min_count)
        roles = {"start_event": start_event, "goal": goal, "rejected": rejected}
        self._check_events(unknown_events, event_weights, half_life, roles)
        counts = written(counts_of(self.table, rejected))
        reading |= _seen(counts)
        items = written(items_of(counts, min_count))
        log = self._with_sessions(gap, start_event, event_weights, half_life, now)
        details = Details()
        rows = rows_of(log, items, goal, rejected, details=True)
        return details.of(*collect(rows, items, min_length, max_length, details, reading=reading))

    def _with_sessions(
        self,
        gap: str | float | None,
        start_event: str | None,
        event_weights: Mapping[str, float] | None,
        half_life: HalfLives | None,
        now: Moment | None,
    ) -> Any:
        log = weighed(self.table, event_weights, half_life, self._moment(now, "now"))
        return with_borders(log, gap, start_event, self.timezone)

    def _check_events(
        self,
        unknown: UnknownEvents,
        weights: Mapping[str, float] | None,
        half_life: HalfLives | None,
        roles: Mapping[str, str | None],
    ) -> None:
        """Raise `BadInput` where a kind of event is named that never occurs."""
        if unknown not in get_args(UnknownEvents):
            raise BadInput(f"unknown_events is {unknown!r}; expected one of {', '.join(get_args(UnknownEvents))}")
        named: dict[str, Collection[str]] = {role: [kind] for role, kind in roles.items() if kind is not None}
        named |= {"event_weights": list(weights)} if weights else {}
        named |= {"half_life": list(half_life)} if isinstance(half_life, Mapping) else {}
        if named:
            check_events(self.table, named, must_occur=unknown == "refuse")

    def groups(self) -> dict[str, str]:
        """Return the group of each item that has one, as `ItemEmbedding.fit` takes it; of several the last by name."""
        if "group" not in self.table.columns:
            raise BadInput("the log has no groups; name their column: read_log(group=…)")
        grouped = self.table.filter(self.table.group.notnull())
        rows = answer(grouped.group_by("item").aggregate(last=grouped.group.max()))
        if not rows and len(self):
            raise BadInput("the column of groups holds nothing; name another one: read_log(group=…)")
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
