"""From columns of events to one sequence a user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from nearfield.sequences import Sequences
from nearfield.vocabulary import Vocabulary


def in_time_order(users: Sequence[str], items: Sequence[str], times: np.ndarray) -> Sequences:
    """Return each user's items, users as they first come, events of one moment in the order given."""
    numbers: dict[str, int] = {}
    user = np.array([numbers.setdefault(name, len(numbers)) for name in users], np.int64)
    order = np.lexsort((times, user))  # stable
    vocabulary = Vocabulary.from_counts(Counter(items))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(user, minlength=len(numbers)))])
    return Sequences(vocabulary, vocabulary.ids(items)[order], offsets, times=times[order])
