"""The baseline of item neighbourhoods: what those had who had the same, counted and weighed, without any learning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from nearfield.base import Estimator
from nearfield.parameters import Count, NotNegative
from nearfield.queries import Neighbours, excluded_ids, named
from nearfield.sequences import Sequences
from nearfield.topk import Rows, top_k_by
from nearfield.vocabulary import Keys, Vocabulary, as_list

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Weighting = Literal["cosine", "bm25"]
K1, B = 1.2, 0.75  # of BM25, as Robertson & Zaragoza (2009, section 3.5) say they are mostly set
BLOCK_ITEMS = 1_000  # rows of the similarity matrix made in one go


class ItemKNN(Estimator):
    """Score items by their similarity with those of a history (Sarwar et al. 2001, section 3.1).

    With C the matrix of users by items, 1 where a user had an item, the similarity of items i and j is

        C_i·C_j / (|C_i| |C_j| + shrinkage)                                   "cosine"

    and with "bm25" the entries of C are first weighed as words of documents are: with n users, of whom n_i had item i,
    a user u with l_u items, and l their mean, C_ui = log(n / n_i) · (k1 + 1) / (k1 · (1 - b + b · l_u / l) + 1).

    Parameters
    ----------
    weighting : {"cosine", "bm25"}
    neighbours : int
        For each item only so many of the most similar ones are kept.
    shrinkage : float
        Makes little of similarities that few users bear out.

    Attributes
    ----------
    vocabulary : Vocabulary
    similarity_ : scipy.sparse.csr_array of float32, shape (n, n)
        Row i: the items that item i speaks for.
    """

    weighting: Weighting = "cosine"
    neighbours: Count = 200
    shrinkage: NotNegative = 0.0

    def fit(self, sequences: Sequences) -> Self:
        """Count which items go together; a sequence is a user, and an item counts once in it."""
        self._check_parameters()
        self.vocabulary: Vocabulary = sequences.vocabulary
        users = _users_by_items(sequences)
        weighed = _bm25(users) if self.weighting == "bm25" else users
        self.similarity_: csr_array = self._similarity(weighed)
        return self

    def next_batch(
        self, histories: Sequence[Keys], *, k: int = 10, exclude: Sequence[Keys] | None = None
    ) -> list[Neighbours]:
        """Return the k items with the largest sum of similarities with a history's items, but those to `exclude`.

        Items that are not known are passed over; those that go with no item of the history are no answer.
        """
        similarity = self.similarity_
        from scipy.sparse import csr_array

        ids = [np.unique(self.vocabulary.known(as_list(history))) for history in histories]
        offsets = np.concatenate([[0], np.cumsum([len(one) for one in ids], dtype=np.int64)])
        columns = np.concatenate([np.empty(0, np.int32), *ids])
        had = csr_array((np.ones(len(columns), np.float32), columns, offsets), shape=(len(ids), len(self.vocabulary)))

        def score(some: slice, rows: Rows) -> np.ndarray:
            scores = (had[some] @ similarity)[:, rows].toarray()
            return np.where(scores > 0, scores, np.float32(-np.inf))

        out = excluded_ids(self.vocabulary, exclude, len(histories))
        n = len(self.vocabulary)
        return named(self.vocabulary, *top_k_by(score, len(ids), n, k, exclude=out, block=n))

    def _similarity(self, users: csr_array) -> csr_array:
        from scipy.sparse import vstack

        items = users.T.tocsr()
        norms = np.sqrt(items.power(2).sum(axis=1)).astype(np.float32)
        blocks = []
        for start in range(0, items.shape[0], BLOCK_ITEMS):
            block = (items[start : start + BLOCK_ITEMS] @ users).tocoo()
            rows, columns = block.coords
            below = norms[start + rows] * norms[columns] + np.float32(self.shrinkage)
            values = np.divide(block.data, below, out=np.zeros_like(block.data), where=below > 0)
            values[start + rows == columns] = 0  # an item says nothing of itself
            blocks.append(_largest(rows, columns, values, self.neighbours, block.shape))
        return vstack(blocks, format="csr")


def _users_by_items(sequences: Sequences) -> csr_array:
    """Ones where a sequence holds an item, float32, shape (sequences, items)."""
    from scipy.sparse import csr_array

    shape = len(sequences), len(sequences.vocabulary)
    ones = np.ones(sequences.n_tokens, np.float32)
    users = csr_array((ones, np.array(sequences.tokens), np.array(sequences.offsets)), shape=shape)
    users.sum_duplicates()
    users.data[:] = 1
    return users


def _bm25(users: csr_array) -> csr_array:
    counts = np.bincount(users.indices, minlength=users.shape[1])
    rarity = np.log(users.shape[0] / np.maximum(counts, 1))
    lengths = np.diff(users.indptr)
    damping = K1 * (1 - B + B * lengths / lengths.mean()) + 1
    weighed = users.copy()
    weighed.data = (rarity[users.indices] * (K1 + 1) / np.repeat(damping, lengths)).astype(np.float32)
    return weighed


def _largest(rows: np.ndarray, columns: np.ndarray, values: np.ndarray, n: int, shape: tuple[int, int]) -> csr_array:
    """Keep the n largest positive values of each row; equal ones by smaller column."""
    from scipy.sparse import csr_array

    order = np.lexsort((columns, -values, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    starts = np.searchsorted(rows, np.arange(shape[0]))
    kept = (np.arange(len(rows)) - starts[rows] < n) & (values > 0)
    return csr_array((values[kept], (rows[kept], columns[kept])), shape=shape)
