"""Sessions as a loop over Python lists makes them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))


def sessions_of(events, gap, *, timezone="UTC", min_count=1, min_length=1, max_length=None):
    """Split (user, item, time) into [(user, [(item, time)])]; `gap` in microseconds, "day", or None.

    Events of one moment stay in the order given; users come in the order of their names.
    """
    seen = Counter(item for _, item, _ in events)
    found = []
    for user in sorted({user for user, _, _ in events}):
        own = sorted(((time, at, item) for at, (who, item, time) in enumerate(events) if who == user))
        sessions, before = [], None
        for time, _, item in own:
            if before is None or ends(before, time, gap, timezone):
                sessions.append([])
            sessions[-1].append((item, time))
            before = time
        for session in sessions:
            kept = [(item, time) for item, time in session if seen[item] >= min_count]
            if len(kept) >= min_length and kept:
                step = max_length or len(kept)
                found += [(user, kept[start : start + step]) for start in range(0, len(kept), step)]
    return found


def ends(before, time, gap, timezone):
    """Whether a session ends between two moments."""
    if gap == "day":
        return day(time, timezone) != day(before, timezone)
    return gap is not None and time - before > gap


def day(time, timezone):
    """The calendar day of a moment by the zone's clock."""
    return (EPOCH + timedelta(microseconds=time)).astimezone(ZoneInfo(timezone)).date()


def as_lists(sequences):
    """What `Log.sessions` gave, as [[(item, time)]]."""
    times = sequences.times
    return [
        list(zip(sequences.keys(i), times[sequences.offsets[i] : sequences.offsets[i + 1]].tolist(), strict=True))
        for i in range(len(sequences))
    ]
