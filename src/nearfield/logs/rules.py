"""What cleaning may drop, and from how many on."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from nearfield.errors import BadInput
from nearfield.recency import microseconds

FRACTIONS = ("min_dwell", "min_gap_variation")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What `Log.clean` drops; None or False switches a rule off.

    Rates are looked at in every stretch of time of their length, whenever it begins: "more than 100 in a minute" means
    that some event and the hundredth after it are less than 60 seconds apart.

    Parameters
    ----------
    duplicates : bool
        The same user, item, event and moment again.
    earliest, latest : int
        Events before or after these moments, microseconds since 1970 UTC; `earliest` is by default 1, which drops
        clocks that were never set.
    min_dwell : float
        Events that lasted less, in seconds (where the log has `dwell`).
    max_per_minute, max_per_hour : int
        All events of users who ever had more in a minute or an hour: no hand is that quick.
    max_events, max_purchases : int
        All events of users who ever had more, or more of the events in `purchases`, in a `period`. Alibaba drops users
        with more than 3,500 clicks or 1,000 purchases in less than three months (Wang et al. 2018, section 3.2).
    purchases : tuple of str
    period : str
    min_gap_variation : float
        All events of users with at least `regular_events` events whose gaps vary less: the standard deviation over the
        mean. People are irregular, cron jobs are not.
    regular_events : int
    max_same_item : int
        All events of a user on an item on which there ever were more of them in 24 hours.
    min_user_events, min_item_users : int
        Users with fewer events and items with fewer users, after all other rules.
    """

    duplicates: bool = True
    earliest: int | None = 1
    latest: int | None = None
    min_dwell: float | None = 1.0
    max_per_minute: int | None = 100
    max_per_hour: int | None = 1_500
    max_events: int | None = 3_500
    max_purchases: int | None = 1_000
    purchases: tuple[str, ...] = ("buy", "purchase", "order")
    period: str = "90d"
    min_gap_variation: float | None = 0.05
    regular_events: int = 30
    max_same_item: int | None = 200
    min_user_events: int | None = None
    min_item_users: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name not in ("duplicates", "purchases", "period"):
                _check(field.name, getattr(self, field.name))
        if isinstance(self.purchases, str):
            raise BadInput(f"purchases is {self.purchases!r}; expected a list of events, such as [{self.purchases!r}]")
        microseconds(self.period)


def _check(name: str, value: object) -> None:
    if value is None and name != "regular_events":
        return
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < math.inf:
        raise BadInput(f"{name} is {value!r}; expected more than 0, or None to switch the rule off")
    if name not in FRACTIONS and not isinstance(value, int):
        raise BadInput(f"{name} is {value!r}; expected a whole number")
