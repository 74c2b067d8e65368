"""New files of a log become new versions: each byte is learnt once, whenever the program is stopped."""

from nearfield.follow.follower import Follower
from nearfield.follow.step import Step

__all__ = ["Follower", "Step"]
