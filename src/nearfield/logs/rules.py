"""What cleaning may drop, and from how many on."""

from __future__ import annotations

from typing import Annotated

from nearfield.base import Settings
from nearfield.moments import Moment
from nearfield.parameters import Above, AtLeast
from nearfield.recency import microseconds

Limit = Annotated[int | None, AtLeast(1)]
Least = Annotated[float | None, Above(0)]
AUTO = "auto"
MOMENTS = ("earliest", "latest")


class Rules(Settings, kw_only=True):
    """What `Log.clean` drops; None or False switches a rule off.

    Rates are looked at in every stretch of time of their length, whenever it begins: "more than 100 in a minute" means
    that some event and the hundredth after it are less than 60 seconds apart. A rule of a stretch that is shorter than
    the times are fine, such as a minute where they are whole days, is not applied, and the report says so.

    Parameters
    ----------
    duplicates : bool
        The same user, item, event and moment again.
    earliest, latest : "auto", or int, float, str or datetime
        Events before or after these moments: ISO 8601, or a number since 1970. "auto" drops clocks that were never set
        (before 1980, or before 1 µs in a log that does not count from 1970), and those that run ahead: what is more
        than a day ahead of the reading clock, and what is at most 1 % of the events, behind a gap that is longer than
        30 days and longer than the log before it.
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
        mean. People are irregular, cron jobs are not. Where times are whole minutes, hours or days, the mean must be so
        many of them that such a variation shows.
    regular_events : int
    max_same_item : int
        All events of a user on an item on which there ever were more of them in 24 hours.
    min_user_events, min_item_users : int
        Users with fewer events and items with fewer users, after all other rules.
    """

    duplicates: bool = True
    earliest: Moment | None = AUTO
    latest: Moment | None = AUTO
    min_dwell: Least = 1.0
    max_per_minute: Limit = 100
    max_per_hour: Limit = 1_500
    max_events: Limit = 3_500
    max_purchases: Limit = 1_000
    purchases: tuple[str, ...] = ("buy", "purchase", "order")
    period: str = "90d"
    min_gap_variation: Least = 0.05
    regular_events: Annotated[int, AtLeast(1)] = 30
    max_same_item: Limit = 200
    min_user_events: Limit = None
    min_item_users: Limit = None

    def _check_combination(self) -> None:
        microseconds(self.period)
