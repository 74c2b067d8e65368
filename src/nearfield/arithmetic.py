"""Sums and products of keys, and which rows are nearest to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nearfield.errors import BadInput
from nearfield.key_rows import KeyRows
from nearfield.tables import Table
from nearfield.topk import Rows, top_k, top_k_by
from nearfield.vocabulary import Keys

EPSILON = 0.001  # Levy & Goldberg (2014), below equation 4


class Arithmetic:
    """Many questions "near to these keys, far from those", as unit rows of their keys with signs, laid out flat.

    Parameters
    ----------
    rows : KeyRows
    plus, minus : sequences of m keys or lists of keys
    """

    def __init__(self, rows: KeyRows, plus: Sequence[Keys], minus: Sequence[Keys] | None = None) -> None:
        minus = [()] * len(plus) if minus is None else minus
        if len(minus) != len(plus):
            raise BadInput(f"minus has {len(minus)} lists for {len(plus)} queries; expected one each")
        near = [rows.ids(keys) for keys in plus]
        far = [rows.ids(keys) for keys in minus]
        self.rows, self.table = rows, rows.table
        self.ids = [np.concatenate(pair) for pair in zip(near, far, strict=True)]
        self.lengths = np.array([len(ids) for ids in self.ids], np.int64)
        if not self.lengths.all():
            raise BadInput(f"query {int(np.argmin(self.lengths))} is empty; expected at least one key")
        self.starts = np.cumsum(self.lengths) - self.lengths
        self.flat = np.concatenate([np.empty(0, np.int64), *self.ids])
        counts = [len(ids) for pair in zip(near, far, strict=True) for ids in pair]
        self.signs = np.repeat(np.tile([1, -1], len(self.ids)), counts)

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, k: int, exclude: Sequence[np.ndarray], allow: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """3CosAdd: the cosine with the sum of signed unit rows. Levy & Goldberg (2014), equation 3."""
        rows = self.rows.unit(self.flat) * self.signs[:, None].astype(np.float32)
        sums = np.add.reduceat(rows, self.starts) if len(self) else rows
        return nearest(self.table, sums, k, exclude, allow)

    def multiply(
        self, k: int, exclude: Sequence[np.ndarray], allow: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """3CosMul: the product of cosines with `plus` over that with `minus`. Levy & Goldberg (2014), equation 4.

        Cosines are moved to 0 … 1 by (1 + cos) / 2; 0.001 is added to each divisor.
        """

        # many questions share few keys: each is multiplied with the table once
        signed = (self.flat + 1) * self.signs

        def score(some: slice, rows: Rows) -> np.ndarray:
            starts, lengths = self.starts[some], self.lengths[some]
            distinct, place = np.unique(signed[starts[0] : starts[-1] + lengths[-1]], return_inverse=True)
            factors = self.rows.unit(np.abs(distinct) - 1) @ self.table[rows].T * self.table.inverse_norms[rows]
            factors = np.maximum((1 + factors) / 2, 0)
            factors[distinct < 0] = 1 / (factors[distinct < 0] + EPSILON)
            scores = factors[place[starts - starts[0]]]
            for j in range(1, lengths.max()):
                longer = slice(None) if lengths.min() > j else lengths > j
                scores[longer] *= factors[place[starts[longer] - starts[0] + j]]
            return scores

        return top_k_by(score, len(self), len(self.table), k, exclude=exclude, allow=allow)


def nearest(
    table: Table,
    queries: np.ndarray,
    k: int,
    exclude: Sequence[np.ndarray] | None,
    allow: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return ids and cosines of the rows nearest to `queries`, (m, dim), as `top_k` does."""
    queries = np.asarray(queries, np.float32)
    if queries.ndim != 2 or queries.shape[1] != table.shape[1]:
        raise BadInput(f"a query has shape {queries.shape[1:]}; expected ({table.shape[1]},)")
    norms = np.linalg.norm(queries, axis=1)
    if not np.isfinite(norms).all() or not norms.all():
        i = int(np.argmin(np.isfinite(norms) & (norms > 0)))
        raise BadInput(f"query {i} has length {norms[i]}; expected a vector with a direction")
    return top_k(queries / norms[:, None], table, k, weights=table.inverse_norms, exclude=exclude, allow=allow)
