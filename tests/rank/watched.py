"""Rows with names: who, what is offered, what was seen before, an age; some without a history, one without anything."""

import numpy as np

from nearfield.examples import Examples, FeatureSpace

FIELDS = ("user", "item", "seen", "age")
USERS, ITEMS = 12, 16
NAMES = (
    *(f"user={i}" for i in range(USERS)), *(f"item={i}" for i in range(ITEMS)),
    *(f"seen={i}" for i in range(ITEMS)), "age",
)  # fmt: skip
SEEN, AGE = USERS + ITEMS, USERS + 2 * ITEMS


def watched(n=120, seed=0, weights=True):
    """n rows: items of the parity that a user has seen before are liked."""
    random = np.random.default_rng(seed)
    features, fields, values, lengths, labels = [], [], [], [], []
    for row in range(n):
        item, n_seen = int(random.integers(ITEMS)), int(random.integers(0, 6))
        parity = random.integers(2)
        seen = (2 * random.permutation(ITEMS // 2)[:n_seen] + parity).tolist()
        entries = [(AGE, 3, random.normal()), (int(random.integers(USERS)), 0, 1.0), (USERS + item, 1, 1.0)]
        entries += [(SEEN + one, 2, random.uniform(0.5, 1.5)) for one in seen]
        entries = [] if row == 5 else entries
        lengths.append(len(entries))
        labels.append(float(random.random() < (0.85 if item % 2 == parity else 0.15)))
        for part, column in zip((features, fields, values), zip(*entries, strict=True), strict=False):
            part.extend(column)
    return Examples(
        np.array(labels, np.float32), np.concatenate([[0], np.cumsum(lengths)]), np.array(features, np.int32),
        np.array(fields, np.int32), np.array(values, np.float32), space=FeatureSpace(len(NAMES), FIELDS, NAMES),
        weights=random.uniform(0.5, 2, n).astype(np.float32) if weights else None,
    )  # fmt: skip
