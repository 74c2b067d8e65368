"""Moments as they are typed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from nearfield.errors import BadInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# by size, as in a log: below the first seconds, below the second milliseconds, else microseconds
UNITS = ((1e11, 1_000_000), (1e14, 1_000), (9.2e18, 1))


def parse_moments(texts: Iterable[str]) -> list[int]:
    """Return moments as microseconds since 1970 UTC; those that name no zone are UTC."""
    return [_moment(text.strip()) for text in texts]


def _moment(text: str) -> int:
    try:
        number = float(text)
    except ValueError:
        return _from_iso(text)
    for below, unit in UNITS:
        if math.isfinite(number) and abs(number) < below:
            return round(number * unit)
    raise BadInput(f'--times has "{text}"; expected ISO 8601 or seconds since 1970')


def _from_iso(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f'--times has "{text}"; expected ISO 8601 or seconds since 1970') from None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // timedelta(microseconds=1)
