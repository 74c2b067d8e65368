"""The clock of a log: how its times were read, from when to when they go, how fine they are, and where the log ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.logs.engine import answer
from nearfield.logs.zones import local_time
from nearfield.moments import DAY, EARLIEST, HOUR, SECOND, last_day, readable, reading_clock

MINUTE = 60 * SECOND
RESOLUTIONS = {"days": DAY, "hours": HOUR, "minutes": MINUTE}
MOST = 0.5  # the share of times that are whole days, hours or minutes from which on the clock is no finer


@dataclass(frozen=True)
class Clock:
    """What is known of a log's times.

    Attributes
    ----------
    reading : str
        How they were read, such as "numbers read as seconds since 1970".
    earliest, latest : int
        Microseconds since 1970-01-01 UTC; 0 where there is no event.
    resolution : {"days", "hours", "minutes", ""}
        Whether more than half of the times are whole ones; "": they are finer.
    """

    reading: str
    earliest: int
    latest: int
    resolution: str = ""

    @property
    def step(self) -> int:
        """How far apart, in microseconds, different times are at least; 1 where they are finer than minutes."""
        return RESOLUTIONS.get(self.resolution, 1)

    @property
    def plausible(self) -> bool:
        """Whether times count from 1970; false for clocks of other kinds, such as seconds since an experiment began."""
        return self.latest >= EARLIEST

    def __str__(self) -> str:
        if not self.latest and not self.earliest:
            return "times: none"
        whole = f", whole {self.resolution}" if self.resolution else ""
        return f"times: {self.reading}, from {readable(self.earliest)} to {readable(self.latest)} UTC{whole}"


def clock_of(table: Any, timezone: str, reading: str) -> Clock:
    """Look at the times of a log."""
    local = local_time(table, timezone)
    counts = {name: (local % step == 0).sum() for name, step in RESOLUTIONS.items()}
    if timezone != "UTC":
        counts["utc_days"] = (table.time % DAY == 0).sum()
    row = answer(table.aggregate(n=table.count(), low=table.time.min(), high=table.time.max(), **counts))[0]
    if not row["n"]:
        return Clock(reading, 0, 0)
    row["days"] = max(row["days"], row.get("utc_days", 0))
    resolution = next((name for name in RESOLUTIONS if row[name] > MOST * row["n"]), "")
    return Clock(reading, row["low"], row["high"], resolution)


def end_of(table: Any) -> int:
    """Return the last moment of a log, in microseconds, without events of clocks that run ahead.

    A day behind the reading clock at the latest; the end of an earlier day where what comes after it is little and far
    behind (see `nearfield.moments.last_day`).
    """
    by_day = table.select(day=table.time // DAY)
    days = answer(by_day.group_by("day").aggregate(n=by_day.count()).order_by("day"))
    now = reading_clock()
    if not days:
        return now + DAY
    day, count = (np.array([row[name] for row in days], np.int64) for name in ("day", "n"))
    last = last_day(day, count, now // DAY)
    return now + DAY if last == day[-1] else min(now + DAY, (last + 1) * DAY - 1)


def newest(table: Any) -> int:
    """Return the time of the newest event that is not of a clock that runs ahead; 0 where there is none."""
    end = end_of(table)
    row = answer(table.aggregate(known=table.time.max(where=table.time <= end), any=table.time.max()))[0]
    return int(row["known"] if row["known"] is not None else row["any"] or 0)
