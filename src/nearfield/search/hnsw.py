"""An approximate index over vectors that knows how approximate it is.

Hierarchical navigable small worlds (Malkov & Yashunin 2018, arXiv:1603.09320) by usearch. What the index finds is
scored again with the vectors' own rows, so that scores are exact and only an absent neighbour can be wrong; how many
are absent is measured against exact search when the index is built, and kept with it.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np

from nearfield.errors import BadInput, import_extra
from nearfield.files import atomic_folder, read_config, reads_whole_folder, write_config
from nearfield.parameters import Between, Count, Seed, checks_arguments
from nearfield.search.index import Groups, Index, Question, table_of
from nearfield.tables import Table
from nearfield.topk import top_k
from nearfield.vectors import Vectors

Storage = Literal["float32", "float16", "int8"]

KIND = "hnsw"
FORMAT_VERSION = 1
FILE = "index.usearch"
DTYPES = {"float32": "f32", "float16": "f16", "int8": "i8"}
MIN_RECALL = 0.9
EDGES = 32  # rows that the graph looks at for each that it finds, about: twice the usual connectivity


@dataclass(frozen=True)
class IndexFacts:
    """What an index is of, and how good it was when it was built.

    recall is the share of the exact first `recall_k` neighbours that are found, over `sample` of the keys as queries;
    self_recall is the share of those queries that find themselves (for "similar").
    """

    question: str
    storage: str
    keys: int
    dim: int
    fingerprint: int
    expansion_search: int
    recall: float
    recall_k: int
    sample: int
    self_recall: float | None


FACTS: dict[str, Any] = {
    "question": str,
    "storage": str,
    **dict.fromkeys(("keys", "dim", "fingerprint", "expansion_search", "recall_k", "sample"), int),
    "recall": (int, float),
    "self_recall": (int, float, type(None)),
}


class HNSWIndex(Index):
    """Answers `similar` or `next` of some vectors approximately; `build` makes one, `load` opens a saved one.

    Attributes
    ----------
    vectors : Vectors
    facts : IndexFacts
    """

    def __init__(self, vectors: Vectors, index: Any, facts: IndexFacts, groups: Groups | None = None) -> None:
        super().__init__(vectors, facts.question, groups)
        self.facts, self._index = facts, index

    @classmethod
    @checks_arguments
    def build(
        cls,
        vectors: Vectors,
        *,
        question: Question = "similar",
        storage: Storage = "float32",
        connectivity: Annotated[int, Between(2, 1_000)] = 16,
        expansion_add: Annotated[int, Between(1, 1_000_000)] = 128,
        expansion_search: Annotated[int, Between(1, 1_000_000)] = 128,
        recall_k: Count = 10,
        sample: Count = 500,
        seed: Seed = 1,
        groups: Groups | None = None,
    ) -> HNSWIndex:
        """Build an index by one thread, and measure its recall.

        Parameters
        ----------
        vectors : Vectors
        question : {"similar", "next"}
            Over input rows by cosine, or over output rows by dot product.
        storage : {"float32", "float16", "int8"}
            How the index keeps rows; answers are scored with the vectors' own.
        connectivity, expansion_add, expansion_search : int
            Edges a node, and how far building and searching look (M, ef_construction and ef in the paper).
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
        numbers = {"connectivity": connectivity, "expansion_add": expansion_add, "expansion_search": expansion_search}
        if not len(vectors):
            raise BadInput("the vectors hold no key; expected at least one")
        table, weights = table_of(vectors, question)
        index = import_extra("usearch.index", "search").Index(
            ndim=vectors.dim, metric="ip", dtype=DTYPES[storage], **numbers
        )
        for start, rows in table.blocks():
            ids = np.arange(start, start + len(rows))
            # one thread: several may leave nodes that no search reaches
            index.add(ids, rows if weights is None else rows * weights[ids, None], threads=1)
        fingerprint = _fingerprint(vectors, table)
        size = len(vectors), vectors.dim
        facts = IndexFacts(question, storage, *size, fingerprint, expansion_search, 0.0, recall_k, 0, None)
        unmeasured = cls(vectors, index, facts)
        return cls(vectors, index, unmeasured._measured(recall_k, sample, seed), groups)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder: the index and what it is of; whole or not at all."""
        with atomic_folder(path) as folder:
            self._index.save(str(folder / FILE))
            write_config(folder, KIND, FORMAT_VERSION, asdict(self.facts))

    @classmethod
    @reads_whole_folder
    def load(
        cls,
        path: str | os.PathLike[str],
        vectors: Vectors,
        *,
        min_recall: float = MIN_RECALL,
        groups: Groups | None = None,
    ) -> HNSWIndex:
        """Open what `save` wrote, memory-mapped; `groups` as for `build`.

        Raises
        ------
        BadInput
            The folder is damaged; the index is of other vectors; its recall is below `min_recall`.
        """
        folder = Path(path)
        facts = _facts(folder, read_config(folder, KIND, FORMAT_VERSION))
        table, _ = table_of(vectors, facts.question)
        if (len(vectors), vectors.dim, _fingerprint(vectors, table)) != (facts.keys, facts.dim, facts.fingerprint):
            raise BadInput(
                f"{folder}: the index is of other vectors ({facts.keys:,} × {facts.dim}, these are {len(vectors):,} ×"
                f" {vectors.dim}); build it anew"
            )
        if not facts.recall >= min_recall:
            raise BadInput(
                f"{folder}: recall@{facts.recall_k} is {facts.recall:.3f}; expected at least {min_recall}: build it"
                " with a larger expansion_search or connectivity, or search exactly"
            )
        return cls(vectors, _restored(folder / FILE, facts), facts, groups)

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
        if k < 1:
            raise BadInput(f"k is {k}; expected at least 1")
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
        matches = self._index.search(queries, count)
        keys = np.asarray(matches.keys).astype(np.int64).reshape(len(queries), -1)
        counts = np.atleast_1d(np.asarray(getattr(matches, "counts", keys.shape[1])))
        return [row[:n] for row, n in zip(keys, np.broadcast_to(counts, len(queries)), strict=True)]

    def _scores(self, query: np.ndarray, ids: np.ndarray) -> np.ndarray:
        scores = self._table[ids] @ query
        return scores if self._weights is None else scores * self._weights[ids]

    def _measured(self, k: int, sample: int, seed: int) -> IndexFacts:
        drawn = np.random.default_rng(seed).permutation(len(self.vectors))[:sample]
        similar = self.facts.question == "similar"
        queries = self.vectors.input_table.unit(drawn) if similar else self.vectors.input_table[drawn]
        exact, _ = top_k(queries, self._table, k, weights=self._weights)
        found = self._found(queries, exact.shape[1])
        hits = [np.isin(row, one).sum() for row, one in zip(exact, found, strict=True)]
        # a row of zeros is nowhere, and finds nothing
        itself = [drawn[i] in one for i, one in enumerate(found) if self._weights is not None and queries[i].any()]
        return IndexFacts(
            **asdict(self.facts)
            | {
                "recall": float(np.sum(hits) / exact.size),
                "sample": len(drawn),
                "self_recall": float(np.mean(itself)) if itself else None,
            }
        )


def _fingerprint(vectors: Vectors, table: Table) -> int:
    """A checksum that tells one set of vectors from another."""
    checksum = zlib.crc32("\n".join(vectors.keys).encode("utf-8", "surrogatepass"))
    for _, rows in table.blocks():
        checksum = zlib.crc32(np.ascontiguousarray(rows).data, checksum)
    return checksum


def _facts(folder: Path, config: dict[str, Any]) -> IndexFacts:
    file = folder / "config.json"
    for name, kinds in FACTS.items():
        if name not in config:
            raise BadInput(f"{file}: has no {name!r}; the folder is damaged")
        if not isinstance(config[name], kinds) or isinstance(config[name], bool):
            raise BadInput(f"{file}: {name} is {config[name]!r}; the folder is damaged")
    question, expansion = config["question"], config["expansion_search"]
    if question not in get_args(Question) or expansion < 1:
        raise BadInput(f"{file}: question is {question!r}, expansion_search {expansion}; the folder is damaged")
    return IndexFacts(**{name: config[name] for name in FACTS})


def _restored(file: Path, facts: IndexFacts) -> Any:
    if not file.is_file():
        raise BadInput(f"{file}: is missing; the folder is damaged")
    index = None
    try:
        index = import_extra("usearch.index", "search").Index.restore(str(file), view=True)
    except Exception as error:
        raise BadInput(f"{file}: cannot be read ({str(error).strip()}); the folder is damaged") from error
    if index is None or (len(index), index.ndim) != (facts.keys, facts.dim):
        raise BadInput(f"{file}: does not hold {facts.keys:,} rows of {facts.dim}; the folder is damaged")
    index.expansion_search = facts.expansion_search  # the file does not keep it, and recall was measured with it
    return index
