"""Blocks of examples as they are read, on disk, until they are one."""

from __future__ import annotations

import numpy as np

from nearfield.examples import DTYPES, NUMBERS, Examples, FeatureSpace
from nearfield.files import GrowingArray

NEEDED = ("labels", "indptr", "features")
DEFAULTS = {"fields": 0, "values": 1, "weights": 1}  # what an absent array stands for


class Collector:
    """Appends blocks to files without a name under `$TMPDIR`, so that rows larger than memory become one `Examples`."""

    def __init__(self) -> None:
        self._arrays = {name: GrowingArray(dtype) for name, dtype in DTYPES.items() if name not in DEFAULTS}
        self.n_rows, self._n_entries = 0, 0

    def add(self, examples: Examples) -> None:
        """Append a block."""
        for name in DTYPES:
            array = getattr(examples, name)
            if name in DEFAULTS and array is not None and name not in self._arrays:
                self._begin(name)
            if name in self._arrays:
                self._arrays[name].append(self._content(name, array, examples))
        self.n_rows += len(examples)
        self._n_entries += len(examples.features)

    def examples(self, space: FeatureSpace) -> Examples:
        """All that was appended, in a space that has it all; the arrays are memory-mapped."""
        arrays = {
            name: growing.array()
            for name, growing in self._arrays.items()
            if len(growing) or name in (*NEEDED, *DEFAULTS)
        }
        arrays["indptr"] = np.concatenate([[0], arrays["indptr"]])
        if NUMBERS in arrays:
            arrays[NUMBERS] = arrays[NUMBERS].reshape(self.n_rows, -1)
        return Examples(**arrays, space=space)

    def _begin(self, name: str) -> None:
        """Write what the array's absence has stood for until now."""
        self._arrays[name] = GrowingArray(DTYPES[name])
        before = self.n_rows if name == "weights" else self._n_entries
        self._arrays[name].append(np.full(before, DEFAULTS[name], DTYPES[name]))

    def _content(self, name: str, array: np.ndarray | None, examples: Examples) -> np.ndarray:
        if name == "indptr":
            return examples.indptr[1:] + self._n_entries
        if array is not None:
            return array
        n = len(examples) if name == "weights" else len(examples.features)
        return np.full(n if name in DEFAULTS else 0, DEFAULTS.get(name, 0), DTYPES[name])
