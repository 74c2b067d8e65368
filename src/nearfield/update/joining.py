"""Several sequences, or rows, as one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nearfield.examples import Examples, FeatureSpace
from nearfield.rank.features.collecting import Collector
from nearfield.reading import SEEN, differences
from nearfield.sequences import Sequences
from nearfield.vocabulary import Vocabulary


def joined(parts: list[Sequences], vocabulary: Vocabulary | None = None) -> Sequences:
    """Return sequences one behind the other, over `vocabulary` or else over the keys of all, the most frequent first.

    Weights and times stay where all parts have them, and how they were read where all were read alike. A key that
    `vocabulary` has not is left out.
    """
    if vocabulary is None:
        vocabulary = Vocabulary.from_counts(key_counts(parts))
    moved = [over(part, vocabulary) for part in parts]
    tokens, lengths = (np.concatenate([one[i] for one in moved]) for i in range(2))
    extras: dict[str, Any] = {}
    if parts and not any(differences(parts[0].reading, part.reading) for part in parts[1:]):
        extras["reading"] = {name: options for name, options in parts[0].reading.items() if name != SEEN}
    for place, name in enumerate(("weights", "times"), start=2):
        if all(getattr(part, name) is not None for part in parts):
            extras[name] = np.concatenate([one[place] for one in moved])
    return Sequences(vocabulary, tokens, np.concatenate([[0], np.cumsum(lengths)]), **extras)


def joined_rows(parts: Iterable[Examples], space: FeatureSpace) -> Examples:
    """Lay rows one after another, without times, which only some may have and no training asks for.

    Groups stay where all parts have them.
    """
    collector, parts = Collector(), list(parts)
    grouped = all(part.groups is not None for part in parts)
    for part in parts:
        arrays = part.labels, part.indptr, part.features, part.fields, part.values
        groups = part.groups if grouped else None
        collector.add(Examples(*arrays, weights=part.weights, groups=groups, space=part.space))
    return collector.examples(space)


def key_counts(parts: Iterable[Sequences]) -> dict[str, int]:
    """Return how often each key stands in sequences; keys that do not are left out."""
    counts: dict[str, int] = {}
    for part in parts:
        seen = np.bincount(part.tokens, minlength=len(part.vocabulary)).tolist()
        for key, n in zip(part.vocabulary.keys, seen, strict=True):
            if n:
                counts[key] = counts.get(key, 0) + n
    return counts


def over(part: Sequences, vocabulary: Vocabulary) -> tuple[np.ndarray, ...]:
    """Tokens over another vocabulary, the length of each sequence, weights and times (empty where there are none)."""
    final = np.array([vocabulary.get(key, -1) for key in part.vocabulary.keys] or [-1], np.int32)
    tokens = final[part.tokens]
    kept = tokens >= 0
    before = np.concatenate([[0], np.cumsum(kept)])
    lengths = np.diff(before[part.offsets])
    arrays = (np.empty(0) if array is None else array[kept] for array in (part.weights, part.times))
    return tokens[kept], lengths, *arrays
