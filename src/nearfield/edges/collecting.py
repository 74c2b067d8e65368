"""Edges as they are read, on disk, until their graph is built."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from nearfield.files import GrowingArray
from nearfield.graph import Graph
from nearfield.graph_building import assemble
from nearfield.reading import Reading

WHOLE_NUMBER = re.compile(r"-?\d+(\.0*)?", re.ASCII)


def whole_keys(keys: Sequence[str]) -> Sequence[str]:
    """Return keys without ".0" where all of them are whole numbers, as a column with a gap is written by pandas.

    Leading zeros stay: 01 and 1 are different keys.
    """
    if not any("." in key for key in keys) or not all(map(WHOLE_NUMBER.fullmatch, keys)):
        return keys
    return [key.partition(".")[0] for key in keys]


class Edges:
    """Numbered ends, and weights if `weighted`; twelve bytes an edge at most, in the folder for temporary files."""

    def __init__(self, *, weighted: bool) -> None:
        self._sources, self._targets = GrowingArray(np.int32), GrowingArray(np.int32)
        self._weights = GrowingArray(np.float32) if weighted else None

    def append(self, numbers: np.ndarray, weights: np.ndarray | None) -> None:
        """Add edges: the numbers of their ends, shape (2 · m,), source and target by turns, and m weights."""
        self._sources.append(numbers[::2])
        self._targets.append(numbers[1::2])
        if self._weights is not None and weights is not None:
            self._weights.append(weights)

    def graph(self, keys: list[str], *, directed: bool, reading: Reading | None = None, **policies: Any) -> Graph:
        """Build the graph; node i has the key `keys[i]`, and `reading` says how the edges were read."""
        sources, targets = self._sources.array(), self._targets.array()
        names = whole_keys(keys)
        if len(distinct := dict.fromkeys(names)) < len(names):  # 3 and 3.0 were two nodes
            place = {key: i for i, key in enumerate(distinct)}
            numbers = np.array([place[key] for key in names], np.int32)
            sources, targets = numbers[sources], numbers[targets]
        keys = list(distinct)
        weights = None if self._weights is None else self._weights.array()
        rows = assemble(keys, sources, targets, weights, directed=directed, **policies)
        return Graph(*rows, directed=directed, reading=reading)
