"""Exact search with filters: what approximate indexes are held against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nearfield.parameters import checks_arguments
from nearfield.search.index import Groups, Index, Question
from nearfield.topk import top_k
from nearfield.vectors import Vectors


class ExactIndex(Index):
    """Answers `similar` or `next` of some vectors exactly, by blocked matrix products over the rows that are allowed.

    Parameters
    ----------
    vectors : Vectors
    question : {"similar", "next"}
        Over input rows by cosine, or over output rows by dot product.
    groups : mapping of key to its group or groups, optional
        What `groups` of the questions chooses from: a market, a category. Keys without a vector are passed over.

    Raises
    ------
    BadInput
        A question that is none; vectors without an output matrix for "next".
    """

    @checks_arguments
    def __init__(self, vectors: Vectors, *, question: Question = "similar", groups: Groups | None = None) -> None:
        super().__init__(vectors, question, groups)

    def search(
        self,
        queries: np.ndarray,
        k: int,
        *,
        exclude: Sequence[np.ndarray] | None = None,
        allow: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the best k rows for each of some vectors, (m, dim), as `topk.top_k` does: ids and scores.

        `exclude` has ids that each query must not get, `allow` the only ones that any may get (see `allowed`).
        """
        queries = self._checked_queries(queries)
        return top_k(queries, self._table, k, weights=self._weights, exclude=exclude, allow=allow)
