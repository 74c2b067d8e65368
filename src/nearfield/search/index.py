"""What all indexes answer: `similar` or `next` of some vectors, with filters by key and by group."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np

from nearfield.errors import BadInput, UnknownKey
from nearfield.moments import Moment
from nearfield.parameters import Count, Decay, checks_arguments
from nearfield.queries import Neighbours, allowed_ids, asked_rows, excluded_ids, named
from nearfield.recency import HalfLife, Unknown
from nearfield.tables import Table
from nearfield.vectors import Vectors
from nearfield.vocabulary import Keys, as_list

Question = Literal["similar", "next"]
Groups = Mapping[str, Keys]


class Index(ABC):
    """Answers one question of some vectors; how it finds rows, `search`, is what indexes differ in.

    Attributes
    ----------
    vectors : Vectors
    question : {"similar", "next"}
        Over input rows by cosine, or over output rows by dot product.
    """

    def __init__(self, vectors: Vectors, question: str, groups: Groups | None) -> None:
        self.vectors, self.question = vectors, question
        self._table, self._weights = table_of(vectors, question)
        self._members = _members(vectors, groups or {})

    @abstractmethod
    def search(
        self,
        queries: np.ndarray,
        k: int,
        *,
        exclude: Sequence[np.ndarray] | None = None,
        allow: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return ids and scores as `topk.top_k` does."""

    @checks_arguments
    def similar_batch(
        self,
        queries: Sequence[Keys] | np.ndarray,
        *,
        k: Count = 10,
        exclude: Sequence[Keys] | None = None,
        allow: Keys | None = None,
        groups: Keys | None = None,
    ) -> list[Neighbours]:
        """Answer `Vectors.similar` for many keys, lists of keys (by the sum of their unit rows), or vectors.

        Parameters
        ----------
        queries : sequence of m keys or lists of keys, or ndarray of shape (m, dim)
        k : int
        exclude : sequence of m keys or lists of keys, optional
            What each query must not get, beside its own keys. They need not be known.
        allow : str or list of str, optional
            The only keys that any query may get. They need not be known.
        groups : str or list of str, optional
            Only members of any of these groups; with `allow`, what both let through.

        Returns
        -------
        list of m lists of (key, score)

        Raises
        ------
        UnknownKey
            A key of a query, or a group, that is not known.
        BadInput
            An index for another question, a query without direction, k below 1.
        """
        self._expect("similar")
        vocabulary = self.vectors.vocabulary
        out = excluded_ids(vocabulary, exclude, len(queries))
        if isinstance(queries, np.ndarray):
            rows = np.asarray(queries, np.float32)
        else:
            key_rows = self.vectors.key_rows()
            ids = [key_rows.ids(keys) for keys in queries]
            out = [np.concatenate(pair) for pair in zip(out, ids, strict=True)]
            sums = [key_rows.unit(one).sum(axis=0) for one in ids]
            rows = np.array(sums, np.float32).reshape(-1, self.vectors.dim)
        lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
        if not lengths.all():
            raise BadInput("a query has no direction: its vector is zero; expected another key or vector")
        return named(vocabulary, *self.search(rows / lengths, k, exclude=out, allow=self.allowed(allow, groups)))

    @checks_arguments
    def next_batch(
        self,
        histories: Sequence[Keys] | np.ndarray,
        *,
        k: Count = 10,
        exclude: Sequence[Keys] | None = None,
        allow: Keys | None = None,
        groups: Keys | None = None,
        half_life: HalfLife | None = None,
        times: Sequence[Sequence[Moment] | np.ndarray] | None = None,
        decay: Decay | None = None,
        unknown: Unknown = "refuse",
    ) -> list[Neighbours]:
        """Answer `Vectors.next` for many histories; `allow` and `groups` as for `similar_batch`."""
        self._expect("next")
        vocabulary, table = self.vectors.vocabulary, self.vectors.input_table
        out = excluded_ids(vocabulary, exclude, len(histories))
        means, answerable = asked_rows(vocabulary, table, histories, half_life, times, decay, unknown)
        ids, scores = self.search(means, k, exclude=out, allow=self.allowed(allow, groups))
        ids[~answerable] = -1
        return named(vocabulary, ids, scores)

    def allowed(self, allow: Keys | None = None, groups: Keys | None = None) -> np.ndarray | None:
        """Return the ids that both filters let through, int64, each once and rising, or None for all.

        What `search` takes; worth keeping where many searches have the same filter.
        """
        ids = allowed_ids(self.vectors.vocabulary, allow)
        if groups is None:
            return None if ids is None else np.unique(ids).astype(np.int64)
        members = [np.empty(0, np.int64), *map(self._group, as_list(groups))]
        grouped = np.unique(np.concatenate(members))
        return grouped if ids is None else np.intersect1d(grouped, ids).astype(np.int64)

    def _group(self, group: str) -> np.ndarray:
        if group not in self._members:
            raise UnknownKey(group, self._members)
        return self._members[group]

    def _checked_queries(self, queries: np.ndarray) -> np.ndarray:
        queries = np.ascontiguousarray(queries, np.float32)
        if queries.ndim != 2 or queries.shape[1] != self.vectors.dim:
            raise BadInput(f"queries have shape {queries.shape}; expected (number of queries, {self.vectors.dim})")
        return queries

    def _expect(self, question: str) -> None:
        if self.question != question:
            raise BadInput(f"the index answers {self.question!r}, not {question!r}; build one for it")


def table_of(vectors: Vectors, question: str) -> tuple[Table, np.ndarray | None]:
    """The rows that are searched, and what their scores are multiplied by: inverse norms give cosines."""
    if question not in get_args(Question):
        raise BadInput(f"question is {question!r}; expected one of {', '.join(get_args(Question))}")
    if question == "similar":
        return vectors.input_table, vectors.input_table.inverse_norms
    if vectors.output_table is None:
        raise BadInput("these vectors have no output matrix, which an index for next needs; build one for similar")
    return vectors.output_table, None


def _members(vectors: Vectors, groups: Groups) -> dict[str, np.ndarray]:
    """Group → the ids of its members; keys without a vector are in none."""
    found: dict[str, list[int]] = {}
    for key, given in groups.items():
        i = vectors.vocabulary.get(key)
        for group in as_list(given):
            members = found.setdefault(group, [])
            if i is not None:
                members.append(i)
    return {group: np.array(ids, np.int64) for group, ids in found.items()}
