"""Open Bandit Dataset, small version: what ZOZOTOWN showed, where, how likely that was, and whether it was clicked.

Two policies (Bernoulli Thompson sampling "bts", and "random") on two campaigns ("all", "men"), 10,000 shown items each,
a week of November 2019 (Saito et al. 2021, arXiv:2008.07146). CC BY 4.0. A few dozen clicks a file.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from nearfield.datasets.location import find
from nearfield.errors import BadInput

if TYPE_CHECKING:
    import polars

Policy = Literal["bts", "random"]
Campaign = Literal["all", "men"]

USER_FEATURES = [f"user_feature_{i}" for i in range(4)]
ITEM_FEATURES = [f"item_feature_{i}" for i in range(4)]


@dataclass(frozen=True)
class OpenBandit:
    """What was shown to whom.

    Attributes
    ----------
    shown : polars.DataFrame
        A row for each item shown, in the order of time: time (int64, microseconds since 1970-01-01 UTC), item (str),
        position (int8, 1 to 3), click (bool), propensity (float32, how likely the policy was to show it there), user
        (str, the four hashed features together: a kind of user, nobody is named), and these features (str).
    items : polars.DataFrame
        item (str) and its features, the first a number (float32), the others hashed (str).
    """

    shown: polars.DataFrame
    items: polars.DataFrame


def load(policy: Policy = "bts", campaign: Campaign = "all") -> OpenBandit:
    """Read what a policy showed in a campaign; raise `DatasetNotFound` where it is not here."""
    for name, value, known in (("policy", policy, Policy), ("campaign", campaign, Campaign)):
        if value not in get_args(known):
            raise BadInput(f"{name} is {value!r}; expected one of {', '.join(get_args(known))}")
    import polars

    folder = find("obd_zozo") / policy / campaign
    raw = polars.read_csv(gzip.decompress((folder / f"{campaign}.csv.gz").read_bytes()), infer_schema=False)
    items = polars.read_csv(folder / "item_context.csv", infer_schema=False)
    column = polars.col
    shown = raw.select(
        time=column("timestamp").str.to_datetime(time_unit="us", time_zone="UTC").cast(polars.Int64),
        item="item_id",
        position=column("position").cast(polars.Int8),
        click=column("click") == "1",
        propensity=column("propensity_score").cast(polars.Float32),
        user=polars.concat_str(USER_FEATURES, separator=" "),
        **{name: name for name in USER_FEATURES},
    )
    number, *hashed = ITEM_FEATURES
    return OpenBandit(
        shown.sort("time", maintain_order=True),
        items.select(
            item="item_id", **{number: column(number).cast(polars.Float32)}, **{name: name for name in hashed}
        ),
    )
