"""Log: events with our columns, on whatever engine they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nearfield.errors import BadInput
from nearfield.logs.clean import Rules, marked, rules_for
from nearfield.logs.decay import HalfLives, by_event, cooling
from nearfield.logs.engine import load_ibis
from nearfield.logs.report import CleaningReport, Dropped
from nearfield.logs.schema import extent, in_time
from nearfield.logs.sessions import SessionDetails, collect, in_sessions, rows_of
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
        What cleaning took away.
    """

    def __init__(self, table: Any, *, timezone: str = "UTC", report: CleaningReport | None = None) -> None:
        self.table, self.timezone, self.report = table, timezone, report

    def __len__(self) -> int:
        return int(self.table.count().to_pyarrow().as_py())

    def __repr__(self) -> str:
        return f"Log({len(self):,} events, {', '.join(self.table.columns)})"

    def clean(self, **rules: Any) -> Log:
        """Return the log without cheating and broken traffic; `report` says what was dropped, and why.

        Parameters
        ----------
        **rules
            See `logs.clean.Rules`: `duplicates, earliest, latest, min_dwell, max_per_minute, max_per_hour, max_events,
            max_purchases, purchases, period, min_gap_variation, regular_events, max_same_item, min_user_events,
            min_item_users`. None switches a rule off.

        Raises
        ------
        BadInput
            A rule that there is none, or a number that is none; nothing is left.
        """
        try:
            chosen = Rules(**rules)
        except TypeError as error:
            known = ", ".join(Rules.__dataclass_fields__)
            raise BadInput(f"{error}; the rules are {known}") from None
        applied = list(rules_for(chosen, tuple(self.table.columns)))
        judged = marked(self.table, applied).cache()  # read more than once
        counts = judged.group_by("rule").aggregate(events=judged.count(), users=judged.user.nunique())
        found = {row["rule"]: row for row in counts.to_pyarrow().to_pylist()}
        none = {"events": 0, "users": 0}
        dropped = [
            Dropped(rule.name, rule.why, **{name: found.get(i, none)[name] for name in none})
            for i, rule in enumerate(applied)
        ]
        left = judged.filter(judged.rule < 0).drop("rule")
        for support in (
            ("user support", "item", "user", chosen.min_user_events),
            ("item support", "user", "item", chosen.min_item_users),
        ):
            left, more = self._supported(left, *support)
            dropped += more
        before, after = _sizes(judged), _sizes(left)
        report = CleaningReport(before[0], after[0], before[1], after[1], tuple(dropped))
        if not after[0]:
            raise BadInput(f"cleaning leaves nothing of {before[0]:,} events: {_worst(dropped)}; loosen or drop a rule")
        return Log(left, timezone=self.timezone, report=report)

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
        for name, number in (("min_length", min_length), ("min_count", min_count), ("max_length", max_length)):
            if number is not None and number < 1:
                raise BadInput(f"{name} is {number}; expected at least 1")
        weighed = self._weighed(event_weights, half_life, now)
        sessions = in_sessions(weighed, gap, start_event, self.timezone).cache()
        return collect(*rows_of(sessions, min_count, min_length, _cached), max_length)

    def session_details(
        self,
        gap: str | float | None = "10min",
        *,
        goal: str = "buy",
        rejected: str | None = None,
        start_event: str | None = None,
        min_length: int = 1,
        min_count: int = 1,
    ) -> SessionDetails:
        """Split into sessions and tell whose they are, what they led to, and what was refused in them.

        Parameters
        ----------
        gap, start_event, min_length, min_count
            As for `sessions`.
        goal : str
            The kind of event that a session leads to: its last item with it is the goal.
        rejected : str, optional
            The kind of event that refuses an item; such events stand in no sequence.
        """
        if "event" not in self.table.columns:
            raise BadInput("a goal, but the log has no events; name their column: read_log(event=…)")
        sessions = in_sessions(self._weighed(None, None, None), gap, start_event, self.timezone).cache()
        chosen = sessions if rejected is None else sessions.filter((sessions.event != rejected).fill_null(True))
        rows, items = rows_of(chosen, min_count, min_length, _cached)
        sequences = collect(rows, items, None)
        begun = rows.filter(rows.position == 0)
        first = begun.order_by([begun.user, *in_time(begun)]).select("user", "session").to_pyarrow().to_pylist()
        number = {(row["user"], row["session"]): i for i, row in enumerate(first)}
        goals: list[str | None] = [None] * len(first)
        refused: list[list[str]] = [[] for _ in first]
        for kind in (goal, rejected):
            found = sessions.filter(sessions.event == kind)
            found = found.order_by([found.user, *in_time(found)])
            for row in found.select("user", "session", "item").to_pyarrow().to_pylist() if kind else ():
                i = number.get((row["user"], row["session"]))
                if i is not None and kind == goal:
                    goals[i] = row["item"]
                elif i is not None:
                    refused[i].append(row["item"])
        return SessionDetails(sequences, [row["user"] for row in first], goals, refused)

    def _weighed(self, event_weights: Mapping[str, float] | None, half_life: HalfLives | None, now: int | None) -> Any:
        table = self.table
        weight = by_event(table, event_weights or {}) if event_weights else None
        if half_life is not None:
            cooled = cooling(table, half_life, extent(table)[1] if now is None else now)
            weight = cooled if weight is None else weight * cooled
        return table.mutate(weight=load_ibis().literal(1.0) if weight is None else weight.cast("float64"))

    def _supported(self, table: Any, name: str, counted: str, by: str, least: int | None) -> tuple[Any, list[Dropped]]:
        """Leave out users with too few events, or items with too few users."""
        if least is None:
            return table, []
        of = table.group_by(by)
        support = of.aggregate(n=table.count() if by == "user" else table[counted].nunique())
        few = table.semi_join(support.filter(support.n < least), by)
        events, users = _sizes(few)
        what = "events" if by == "user" else "users"
        kept = table.semi_join(support.filter(support.n >= least), by)
        return kept, [Dropped(name, f"{by}s with fewer than {least:,} {what}", events, users)]


def _cached(table: Any) -> Any:
    return table.cache()


def _sizes(table: Any) -> tuple[int, int]:
    """Events and users."""
    row = table.aggregate(events=table.count(), users=table.user.nunique()).to_pyarrow().to_pylist()[0]
    return int(row["events"]), int(row["users"])


def _worst(dropped: list[Dropped]) -> str:
    if not dropped:
        return "there was none"
    most = max(dropped, key=lambda one: one.events)
    return f"most went to {most.rule!r} ({most.why})"
