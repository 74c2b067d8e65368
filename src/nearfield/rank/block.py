"""From examples to what a kernel is given: addresses, and the arrays behind them kept alive."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from nearfield.examples import Examples
from nearfield.rank.kernels.layout import Rows


class Block:
    """Some rows of examples in an order, for a kernel; `rows` is valid as long as the block is there.

    Parameters
    ----------
    examples : Examples
    order : ndarray of int64, optional
        The rows to see, in this order; without it all, as they come.
    """

    def __init__(self, examples: Examples, order: np.ndarray | None = None) -> None:
        self.order = np.arange(len(examples)) if order is None else np.ascontiguousarray(order, np.int64)
        given = (
            examples.indptr,
            examples.features,
            examples.entry_fields,
            examples.values,
            examples.labels,
            examples.weights,
        )
        self._kept = [None if array is None else np.ascontiguousarray(array) for array in given]
        addresses = (0 if array is None else array.ctypes.data for array in self._kept)
        longest = int(np.diff(examples.indptr).max(initial=0))
        self.rows = Rows._make((len(self.order), self.order.ctypes.data, *addresses, longest))

    def split(self, parts: int) -> list[Rows]:
        """The same rows as several runs of the order, none empty."""
        cuts = [len(self.order) * i // parts for i in range(parts + 1)]
        runs = pairwise(cuts)
        return [
            self.rows._replace(n_rows=stop - start, order=self.order.ctypes.data + 8 * start)
            for start, stop in runs
            if stop > start
        ]
