"""What a folder gets becomes new versions: each byte is learnt once, whenever the program is stopped."""

from nearfield.follow.follower import Follower
from nearfield.follow.logs import Logs
from nearfield.follow.rows import Rows
from nearfield.follow.step import Step
from nearfield.follow.subject import Subject
from nearfield.follow.text import Text

__all__ = ["Follower", "Logs", "Rows", "Step", "Subject", "Text"]
