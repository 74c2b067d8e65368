"""Random walks over a Graph."""

from nearfield.walks.corpus import random_walks as random_walks

__all__ = ["random_walks"]
