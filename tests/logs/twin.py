"""Cleaning and sessions as loops over Python lists make them."""

from __future__ import annotations

import statistics
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


def details_of(events, gap, *, min_count=1, min_length=1, max_length=None):
    """Split (user, item, time, event) into [(user, items, goal, rejected)]: "buy" is the goal, "skip" rejects."""
    seen = Counter(item for _, item, _, kind in events if kind != "skip")
    found = []
    for user, session in sessions_of([(user, (item, kind), time) for user, item, time, kind in events], gap):
        steps = [step for step, _ in session]
        kept = [item for item, kind in steps if kind != "skip" and seen[item] >= min_count]
        goal = next((item for item, kind in reversed(steps) if kind == "buy"), None)
        rejected = [item for item, kind in steps if kind == "skip"]
        if len(kept) >= min_length:
            length = max_length or len(kept)
            found += [(user, kept[at : at + length], goal, rejected) for at in range(0, len(kept), length)]
    return found


def cleaned_of(
    events,
    *,
    per_minute=None,
    per_hour=None,
    in_period=None,
    purchases=None,
    period=None,
    same_item=None,
    variation=None,
    regular=30,
):
    """Judge (user, item, time, event) by each rule; return what is left, and of each rule how many events it took."""
    minute, hour, day = 60_000_000, 3_600_000_000, 86_400_000_000
    times = {user: [time for who, _, time, _ in events if who == user] for user, *_ in events}
    bought = {user: [time for who, _, time, kind in events if who == user and kind == "buy"] for user in times}
    left, dropped, seen = [], Counter(), set()
    for event in events:
        user, item, _, _ = event
        on_item = [time for who, what, time, _ in events if (who, what) == (user, item)]
        against = {
            "duplicates": event in seen,
            "per min": crowded(times[user], minute, per_minute),
            "per h": crowded(times[user], hour, per_hour),
            "events": crowded(times[user], period, in_period),
            "purchases": crowded(bought[user], period, purchases),
            "regular": even(times[user], regular, variation),
            "same item": crowded(on_item, day, same_item),
        }
        seen.add(event)
        rule = next((name for name, speaks in against.items() if speaks), None)
        left += [event] if rule is None else []
        dropped[rule] += 1
    dropped.pop(None, None)
    return left, dict(dropped)


def crowded(times, length, most):
    """Whether a stretch of this length that begins with one of the moments holds more than `most` of them."""
    return most is not None and any(sum(start <= time < start + length for time in times) > most for start in times)


def even(times, n, variation):
    """Whether the gaps between n moments or more hardly vary."""
    if variation is None or len(times) < max(n, 2):
        return False
    gaps = [after - before for before, after in zip(sorted(times), sorted(times)[1:], strict=False)]
    return statistics.pstdev(gaps) < variation * statistics.mean(gaps)
