"""Sums and products of keys, and which rows are nearest to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nearfield.errors import BadInput
from nearfield.tables import Table
from nearfield.topk import top_k, top_k_by
from nearfield.vocabulary import Keys, Vocabulary, as_list

EPSILON = 0.001  # Levy & Goldberg (2014), below equation 4


class Arithmetic:
    """Many questions "near to these keys, far from those", as unit rows of their keys with signs, laid out flat.

    Parameters
    ----------
    vocabulary : Vocabulary
    table : Table
    plus, minus : sequences of m keys or lists of keys
    """

    def __init__(
        self, vocabulary: Vocabulary, table: Table, plus: Sequence[Keys], minus: Sequence[Keys] | None = None
    ) -> None:
        minus = [()] * len(plus) if minus is None else minus
        if len(minus) != len(plus):
            raise BadInput(f"minus has {len(minus)} lists for {len(plus)} queries; expected one each")
        near = [vocabulary.ids(as_list(keys)) for keys in plus]
        far = [vocabulary.ids(as_list(keys)) for keys in minus]
        self.table = table
        self.ids = [np.concatenate(pair) for pair in zip(near, far, strict=True)]
        if empty := [i for i, ids in enumerate(self.ids) if not len(ids)]:
            raise BadInput(f"query {empty[0]} is empty; expected at least one key")
        self.offsets = np.cumsum([0, *map(len, self.ids)])
        lengths = [len(ids) for pair in zip(near, far, strict=True) for ids in pair]
        self.signs = np.repeat(np.tile(np.array([1, -1], np.float32), len(self.ids)), lengths)
        self.rows = table.unit(np.concatenate([np.empty(0, np.int32), *self.ids]))

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, k: int, exclude: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """3CosAdd: the cosine with the sum of signed unit rows. Levy & Goldberg (2014), equation 3."""
        sums = np.add.reduceat(self.rows * self.signs[:, None], self.offsets[:-1]) if len(self) else self.rows
        return nearest(self.table, sums, k, exclude)

    def multiply(self, k: int, exclude: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """3CosMul: the product of cosines with `plus` over that with `minus`. Levy & Goldberg (2014), equation 4.

        Cosines are moved to 0 … 1 by (1 + cos) / 2; 0.001 is added to each divisor.
        """

        def score(some: slice, rows: slice) -> np.ndarray:
            terms = slice(self.offsets[some.start], self.offsets[some.stop])
            factors = self.rows[terms] @ (self.table[rows] * self.table.inverse_norms[rows, None]).T
            factors = np.maximum((1 + factors) / 2, 0)
            far = self.signs[terms] < 0
            factors[far] = 1 / (factors[far] + EPSILON)
            return np.multiply.reduceat(factors, self.offsets[some] - self.offsets[some.start])

        return top_k_by(score, len(self), len(self.table), k, exclude=exclude)


def nearest(
    table: Table, queries: np.ndarray, k: int, exclude: Sequence[np.ndarray] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return ids and cosines of the rows nearest to `queries`, (m, dim), as `top_k` does."""
    queries = np.asarray(queries, np.float32)
    if queries.ndim != 2 or queries.shape[1] != table.shape[1]:
        raise BadInput(f"a query has shape {queries.shape[1:]}; expected ({table.shape[1]},)")
    norms = np.linalg.norm(queries, axis=1)
    if not np.isfinite(norms).all() or not norms.all():
        i = int(np.argmin(np.isfinite(norms) & (norms > 0)))
        raise BadInput(f"query {i} has length {norms[i]}; expected a vector with a direction")
    return top_k(queries / norms[:, None], table, k, weights=table.inverse_norms, exclude=exclude)
