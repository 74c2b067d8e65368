"""An approximate index over vectors that knows how approximate it is.

Hierarchical navigable small worlds (Malkov & Yashunin 2018, arXiv:1603.09320) by usearch. What the index finds is
scored again with the vectors' own rows, so that scores are exact and only an absent neighbour can be wrong; how many
are absent is measured against exact search when the index is built, and kept with it.

Dot products are turned into cosines (Bachrach et al. 2014, "Speeding up the Xbox recommender system using a Euclidean
transformation for inner-product spaces", section 3): with M the length of the longest row, a row x becomes
(x / M, √(1 - |x|² / M²)) and a query (q, 0), which all have their order by q·x.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from nearfield.arrays import mapped
from nearfield.errors import BadInput, import_extra
from nearfield.files import atomic_folder, check_files, read_config, reads_whole_folder, write_config
from nearfield.parameters import Between, Count, Seed, checks_arguments
from nearfield.search.distinct import Groups as EqualRows
from nearfield.search.distinct import equal_rows, groups_of
from nearfield.search.facts import MOST_EXPANSION, IndexFacts, read_facts
from nearfield.search.index import Groups, Index, Question, table_of
from nearfield.tables import Table
from nearfield.topk import top_k
from nearfield.vectors import Vectors

Storage = Literal["float32", "float16", "int8"]
Expansion = Annotated[int, Between(1, MOST_EXPANSION)]

KIND = "hnsw"
FORMAT_VERSION = 2
FILE, GROUPS = "index.usearch", "groups.npy"
DTYPES = {"float32": "f32", "float16": "f16", "int8": "i8"}
MIN_RECALL = 0.9
ENOUGH_RECALL = 0.95
EXPANSIONS = (128, 256, 512, 1024, 2048, 4096)
BLOCK_ROWS = 4_096
ROUNDING = 1e-5  # two orders of adding up the same products differ by so much, relatively
EDGES = 32  # rows that the graph looks at for each that it finds, about: twice the usual connectivity


class HNSWIndex(Index):
    """Answers `similar` or `next` of some vectors approximately; `build` makes one, `load` opens a saved one.

    Attributes
    ----------
    vectors : Vectors
    facts : IndexFacts
    """

    def __init__(
        self, vectors: Vectors, index: Any, equal: EqualRows, facts: IndexFacts, groups: Groups | None = None
    ) -> None:
        super().__init__(vectors, facts.question, groups)
        self.facts, self._index, self._equal = facts, index, equal

    @classmethod
    @checks_arguments
    def build(
        cls,
        vectors: Vectors,
        *,
        question: Question = "similar",
        storage: Storage = "float32",
        connectivity: Annotated[int, Between(2, 1_000)] = 16,
        expansion_add: Expansion = 128,
        expansion_search: Expansion | None = None,
        recall_k: Count = 10,
        sample: Count = 500,
        seed: Seed = 1,
        groups: Groups | None = None,
    ) -> HNSWIndex:
        """Build an index by one thread, and measure its recall.

        Parameters
        ----------
        vectors : Vectors
            Of equal rows the index holds one; all are found.
        question : {"similar", "next"}
            Over input rows by cosine, or over output rows by dot product.
        storage : {"float32", "float16", "int8"}
            How the index keeps rows; answers are scored with the vectors' own.
        connectivity, expansion_add : int
            Edges a node, and how far building looks (M and ef_construction in the paper).
        expansion_search : int or None
            How far searching looks (ef in the paper). None: 128, doubled while the measured recall is below 0.95, up to
            4,096.
        recall_k, sample, seed : int
            Recall is measured at `recall_k` over so many keys, drawn by the seed.
        groups : mapping of key to its group or groups, optional
            What `groups` of the questions chooses from. Not saved: to be given to `load` again.

        Raises
        ------
        BadInput
            An option that is none; vectors without rows, or without an output matrix for "next".
        MissingExtra
            usearch is not installed: pip install "nearfield[search]".
        """
        if not len(vectors):
            raise BadInput("the vectors hold no key; expected at least one")
        table, weights = table_of(vectors, question)
        longest = float(table.norms.max()) or 1.0

        def rows_of(ids: np.ndarray) -> np.ndarray:
            return with_last(table[ids] / longest) if weights is None else table[ids] * weights[ids, None]

        equal = equal_rows(rows_of, len(vectors))
        index = import_extra("usearch.index", "search").Index(
            ndim=vectors.dim + (weights is None),
            metric="ip",
            dtype=DTYPES[storage],
            connectivity=connectivity,
            expansion_add=expansion_add,
        )
        firsts = equal.firsts
        for start in range(0, len(firsts), BLOCK_ROWS):
            ids = firsts[start : start + BLOCK_ROWS]
            # one thread: several may leave nodes that no search reaches
            index.add(np.arange(start, start + len(ids)), rows_of(ids), threads=1)
        size = len(vectors), vectors.dim, len(equal)
        facts = IndexFacts(question, storage, *size, _fingerprint(vectors, table), 1, 0.0, recall_k, 0, None)
        built = cls(vectors, index, equal, facts, groups)
        built._measure(EXPANSIONS if expansion_search is None else (expansion_search,), sample, seed)
        return built

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder: the index and what it is of; whole or not at all."""
        with atomic_folder(path) as folder:
            self._index.save(str(folder / FILE))
            np.save(folder / GROUPS, self._equal.numbers())
            write_config(folder, KIND, FORMAT_VERSION, asdict(self.facts))

    @classmethod
    @checks_arguments
    @reads_whole_folder
    def load(
        cls,
        path: str | os.PathLike[str],
        vectors: Vectors,
        *,
        min_recall: Annotated[float, Between(0, 1)] = MIN_RECALL,
        groups: Groups | None = None,
    ) -> HNSWIndex:
        """Open what `save` wrote, memory-mapped; `groups` as for `build`.

        Its files are compared with their checksums first: about 0.1 s for 100 MB.

        Raises
        ------
        BadInput
            The folder is damaged, be it by one changed byte; the index is of other vectors; its recall is below
            `min_recall`.
        """
        folder = Path(path)
        config = read_config(folder, KIND, FORMAT_VERSION)
        facts = read_facts(folder, config)
        table, _ = table_of(vectors, facts.question)
        if (len(vectors), vectors.dim, _fingerprint(vectors, table)) != (facts.keys, facts.dim, facts.fingerprint):
            raise BadInput(
                f"{folder}: the index is of other vectors ({facts.keys:,} × {facts.dim}, these are {len(vectors):,} ×"
                f" {vectors.dim}); build it again"
            )
        if not facts.recall >= min_recall:
            raise BadInput(
                f"{folder}: recall@{facts.recall_k} is {facts.recall:.3f}; expected at least {min_recall}: build it"
                " with a larger expansion_search or connectivity, or search exactly"
            )
        check_files(folder, FILE, GROUPS)
        return cls(vectors, _restored(folder / FILE, facts), _read_groups(folder / GROUPS, facts), facts, groups)

    def search(
        self,
        queries: np.ndarray,
        k: int,
        *,
        exclude: Sequence[np.ndarray] | None = None,
        allow: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what `topk.top_k` does, approximately: ids, -1 where there are no more, and exact scores.

        The index knows no filters: as many more rows are looked for as are likely to be left out. A query that then has
        fewer than k, or for which scoring all that is allowed is less work, is answered exactly.
        """
        queries = self._checked_queries(queries)
        if not isinstance(k, int | np.integer) or k < 1:
            raise BadInput(f"k is {k!r}; expected a whole number of at least 1")
        out = [np.empty(0, np.int64)] * len(queries) if exclude is None else list(exclude)
        mask = np.ones(len(self.vectors), bool) if allow is None else np.zeros(len(self.vectors), bool)
        mask[slice(None) if allow is None else allow] = True
        k = min(k, int(mask.sum()))
        ids, scores = np.full((len(queries), k), -1, np.int64), np.full((len(queries), k), -np.inf, np.float32)
        short = []
        for some, size in self._sizes(k, out, mask) if k else ():
            found = self._found(queries[some], size) if size else [np.empty(0, np.int64)] * len(some)
            for i, candidates in zip(some, found, strict=True):
                kept = candidates[mask[candidates] & ~np.isin(candidates, out[i])]
                exact = self._scores(queries[i], kept)
                order = np.lexsort((kept, -exact))[:k]
                ids[i, : len(order)], scores[i, : len(order)] = kept[order], exact[order]
                if len(order) < k:
                    short.append(i)
        if short:
            left = [out[i] for i in short]
            answer = top_k(queries[short], self._table, k, weights=self._weights, exclude=left, allow=allow)
            ids[short], scores[short] = answer
        return ids, scores

    def _sizes(self, k: int, out: list[np.ndarray], mask: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
        """Yield queries and how many rows to look for, 0 where exact search is less work.

        Needs are rounded up to k times a power of two, so that one long list does not widen all searches, and those of
        about the same need are searched together.
        """
        n, n_allowed = len(mask), int(mask.sum())
        needs = (k + np.fromiter(map(len, out), np.int64, len(out))) * n / n_allowed
        sizes = np.minimum(k * 2 ** np.ceil(np.log2(needs / k)), n).astype(np.int64)
        sizes[(sizes > k) & (sizes * EDGES > n_allowed)] = 0
        for size in np.unique(sizes).tolist():
            yield np.flatnonzero(sizes == size), size

    def _found(self, queries: np.ndarray, count: int) -> list[np.ndarray]:
        """Return for each query the ids of `count` rows or more: of groups of equal rows the index finds so many."""
        lengths = np.linalg.norm(queries, axis=1, keepdims=True)
        queries = np.divide(queries, lengths, out=np.zeros_like(queries), where=lengths > 0)
        if self._weights is None:
            queries = np.concatenate([queries, np.zeros((len(queries), 1), np.float32)], axis=1)
        matches = self._index.search(queries, min(count, len(self._equal)))
        groups = np.asarray(matches.keys).astype(np.int64).reshape(len(queries), -1)
        counts = np.atleast_1d(np.asarray(getattr(matches, "counts", groups.shape[1])))
        parts = zip(groups, np.broadcast_to(counts, len(queries)), strict=True)
        return [self._equal.rows(row[:n]) for row, n in parts]

    def _scores(self, query: np.ndarray, ids: np.ndarray) -> np.ndarray:
        scores = self._table[ids] @ query
        return scores if self._weights is None else scores * self._weights[ids]

    def _measure(self, expansions: Sequence[int], sample: int, seed: int) -> None:
        """Search as far as the first of some expansions whose recall is enough, or as the last; keep the facts."""
        drawn = np.random.default_rng(seed).permutation(len(self.vectors))[:sample]
        similar = self.facts.question == "similar"
        queries = self.vectors.input_table.unit(drawn) if similar else self.vectors.input_table[drawn]
        _, exact = top_k(queries, self._table, self.facts.recall_k, weights=self._weights)
        # a row of zeros is nowhere, and finds nothing
        asking = np.flatnonzero(queries.any(axis=1)) if similar else np.empty(0, np.int64)
        for expansion in expansions:
            self._index.expansion_search = expansion
            recall, own = self._recall(queries, exact, drawn)
            if recall >= ENOUGH_RECALL:
                break
        self_recall = float(own[asking].mean()) if len(asking) else None
        self.facts = replace(
            self.facts, expansion_search=expansion, recall=recall, sample=len(drawn), self_recall=self_recall
        )

    def _recall(self, queries: np.ndarray, exact: np.ndarray, drawn: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the share of exact neighbours found, by score, and whether each query's own row is; bool, (m,)."""
        k = exact.shape[1]
        n_found, own = 0, np.zeros(len(queries), bool)
        for i, rows in enumerate(self._found(queries, k)):
            scores = -np.sort(-self._scores(queries[i], rows))[:k]
            n_found += int(np.count_nonzero(scores >= exact[i, -1] - ROUNDING * abs(exact[i, -1])))
            own[i] = drawn[i] in rows
        return n_found / exact.size, own


def with_last(rows: np.ndarray) -> np.ndarray:
    """Return rows of length 1 at most with one more number that makes it 1, float32, shape (k, dim + 1)."""
    wide = rows.astype(np.float64)
    rest = np.maximum(0.0, 1.0 - np.einsum("ij,ij->i", wide, wide))
    return np.concatenate([rows, np.sqrt(rest)[:, None].astype(np.float32)], axis=1)


def _fingerprint(vectors: Vectors, table: Table) -> int:
    """A checksum that tells one set of vectors from another."""
    checksum = zlib.crc32("\n".join(vectors.keys).encode("utf-8", "surrogatepass"))
    for _, rows in table.blocks():
        checksum = zlib.crc32(np.ascontiguousarray(rows).data, checksum)
    return checksum


def _read_groups(file: Path, facts: IndexFacts) -> EqualRows:
    numbers = np.array(mapped(file))
    if numbers.dtype != np.int32 or numbers.shape != (facts.keys,):
        raise BadInput(f"{file}: holds {numbers.dtype} {numbers.shape}; expected int32 ({facts.keys},)")
    if numbers.min() < 0 or numbers.max() >= facts.distinct or len(np.unique(numbers)) != facts.distinct:
        raise BadInput(f"{file}: does not number {facts.distinct:,} groups of rows; the folder is damaged")
    return groups_of(numbers)


def _restored(file: Path, facts: IndexFacts) -> Any:
    index = None
    try:
        index = import_extra("usearch.index", "search").Index.restore(str(file), view=True)
    except Exception as error:
        raise BadInput(f"{file}: cannot be read ({str(error).strip()}); the folder is damaged") from error
    size = facts.distinct, facts.dim + (facts.question == "next")
    if index is None or (len(index), index.ndim) != size:
        raise BadInput(f"{file}: does not hold {size[0]:,} rows of {size[1]}; the folder is damaged")
    index.expansion_search = facts.expansion_search  # the file does not keep it, and recall was measured with it
    return index
