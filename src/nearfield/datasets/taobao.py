"""Two cuts of Taobao's UserBehavior log: user, item, category, behaviour (pv, cart, fav, buy), seconds since 1970.

For research (Zhu et al. 2018; Alibaba Tianchi data set 649). The files have no heading; `COLUMNS` are its names.
"""

from __future__ import annotations

from pathlib import Path

from nearfield.datasets.location import find

COLUMNS = ("user", "item", "category", "behaviour", "time")


def two_hours() -> Path:
    """Return 96,168 events of 58,732 users in the first 1.9 hours of the log: a gzip CSV file."""
    return find("taobao_userbehavior", "UserBehavior.2hours.csv.gz")


def nine_days() -> Path:
    """Return 10,000 events of 114 users over nine days: a gzip CSV file."""
    return find("taobao_userbehavior", "UserBehavior.114users.csv.gz")
