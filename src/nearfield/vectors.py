"""Vectors: keys with their input and output rows, asked what is alike and what comes next."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import plain
from nearfield.parameters import checks_arguments
from nearfield.queries import Queries
from nearfield.reading import READING
from nearfield.subwords import Subwords
from nearfield.tables import Storage, Table
from nearfield.vocabulary import Vocabulary, as_list

if TYPE_CHECKING:
    import polars

    from nearfield.merging import Conflict


class Vectors(Queries):
    """Keys and their vectors. Immutable: every operation returns a new one.

    Two questions are kept apart: `similar` holds input rows against input rows by cosine (what is alike), `next` holds
    the mean of a history's input rows against output rows by dot product (what comes next).

    Parameters
    ----------
    keys : sequence of str, or Vocabulary
        Unique keys, as a rule most frequent first.
    input : ndarray of float32, shape (n, dim), or Table
        A row for each key. Not copied: whoever made the array must not change it any more.
    output : ndarray of float32, shape (n, dim), or Table, optional
        The context matrix; without it `next` cannot answer.
    counts : array-like of int, shape (n,), optional
        How often each key was seen.
    metadata : dict, optional
        What JSON can hold, such as how the vectors were trained.
    nodes : ndarray of float32, shape (n - 1, dim), or Table, optional
        What hierarchical softmax has in the place of `output`: rows of the inner nodes of the Huffman tree over
        `counts` (see `nearfield.embed.huffman`), which is the same in whatever order the keys stand.
    subwords : Subwords, optional
        Rows of character n-grams, of which unknown keys get vectors: for `vectors[key]`, `similar`, `similarity`,
        `doesnt_match` and `rank`. `key in vectors` and `keys` are about known keys all the same.

    Raises
    ------
    BadInput
        Shapes that do not fit together, values that are NaN or infinite, keys that stand twice, negative counts, nodes
        without counts, metadata that JSON cannot hold.
    """

    def __init__(
        self,
        keys: Sequence[str] | Vocabulary,
        input: np.ndarray | Table,
        output: np.ndarray | Table | None = None,
        counts: Sequence[int] | np.ndarray | None = None,
        metadata: dict[str, Any] | None = None,
        nodes: np.ndarray | Table | None = None,
        subwords: Subwords | None = None,
    ) -> None:
        if isinstance(keys, Vocabulary) and counts is None:
            self.vocabulary = keys
            self.counts: np.ndarray | None = keys.counts if keys.counts.any() else None
        else:
            self.vocabulary = Vocabulary(keys.keys if isinstance(keys, Vocabulary) else keys, counts)
            self.counts = None if counts is None else self.vocabulary.counts
        self.input_table = _as_table(input, "input")
        self.output_table = None if output is None else _as_table(output, "output")
        self.nodes_table = None if nodes is None else _as_table(nodes, "nodes")
        self.subwords = subwords
        if not isinstance(metadata, dict | None):
            raise BadInput(f"metadata is {metadata!r:.40}; expected a dict")
        self.metadata = plain(metadata or {})
        self.vocabulary = self._asked_as_read(self.vocabulary)
        self._check()

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __contains__(self, key: object) -> bool:
        return key in self.vocabulary

    def __getitem__(self, keys: str | Sequence[str]) -> np.ndarray:
        """Return input rows, float32: shape (dim,) for a key, (k, dim) for a list of keys; may raise `UnknownKey`.

        An unknown key has the mean of the rows of its n-grams, where there are subwords.
        """
        if isinstance(keys, str) and (known := self.vocabulary.get(keys)) is not None:
            return self.input_table[known]
        rows = self.key_rows()
        composed = rows[rows.ids(keys)]
        return composed[0] if isinstance(keys, str) else composed

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys; row `i` belongs to `keys[i]`."""
        return self.vocabulary.keys

    @property
    def input(self) -> np.ndarray:
        """The input matrix, float32, shape (n, dim), read-only; a copy if it is stored as float16 or int8."""
        return self.input_table[:]

    @property
    def output(self) -> np.ndarray | None:
        """The output matrix, float32, shape (n, dim), read-only, or None; a copy if stored as float16 or int8."""
        return None if self.output_table is None else self.output_table[:]

    @property
    def nodes(self) -> np.ndarray | None:
        """The rows of a tree's inner nodes, float32, shape (n - 1, dim), read-only, or None; a copy as `output` is."""
        return None if self.nodes_table is None else self.nodes_table[:]

    @property
    def tables(self) -> dict[str, Table]:
        """What there is of "input", "output" and "nodes", as it is stored."""
        found = {"input": self.input_table, "output": self.output_table, "nodes": self.nodes_table}
        return {name: table for name, table in found.items() if table is not None}

    @property
    def dim(self) -> int:
        """The number of dimensions."""
        return self.input_table.shape[1]

    @property
    def storage(self) -> str:
        """How the numbers are stored: float32, float16 or int8."""
        return self.input_table.storage

    @property
    def nbytes(self) -> int:
        """Bytes taken by the stored tables."""
        n_grams = 0 if self.subwords is None else self.subwords.table.nbytes
        return n_grams + sum(table.nbytes for table in self.tables.values())

    def normalized(self) -> Vectors:
        """Return the vectors with input rows of length 1, as float32; rows of zeros stay as they are.

        Cosines do not change. Output rows and nodes stay as they are, so that `next` then gives each key of a history
        the same say, however frequent it is.
        """
        unit = self.input_table[:] * self.input_table.inverse_norms[:, None]
        return self._with(self.tables | {"input": unit}, self.subwords)

    def subset(self, keys: Iterable[str]) -> Vectors:
        """Return the vectors of some keys, in the order given or, where counts are known, most frequent first."""
        ids = self.vocabulary.ids(as_list(keys))
        if self.counts is not None:
            ids = ids[np.argsort(-self.counts[ids], kind="stable")]
        return self.take(ids)

    def take(self, ids: np.ndarray) -> Vectors:
        """Return the vectors at these ids, int, shape (m,), each once, in this order; nodes stay where all keys do."""
        output = None if self.output_table is None else self.output_table.take(ids)
        counts = None if self.counts is None else self.counts[ids]
        nodes = self.nodes_table if len(ids) == len(self) else None
        keys, rows = [self.keys[i] for i in ids], self.input_table.take(ids)
        return Vectors(keys, rows, output, counts, self.metadata, nodes, self.subwords)

    def merge(self, other: Vectors, *, conflict: Conflict = "refuse") -> Vectors:
        """Return the vectors of both; see `nearfield.merging.merge` for what is done with keys that both have."""
        from nearfield.merging import merge

        return merge(self, other, conflict=conflict)

    @checks_arguments
    def quantize(self, storage: Storage) -> Vectors:
        """Return the vectors stored as "float16" (half the size), "int8" (a quarter), or "float32" again.

        int8 has one float32 scale a row, its largest absolute value / 127. What it costs is measured by
        `nearfield.quantization.quantization_loss`. A value beyond float16's range raises `BadInput`.
        """
        from nearfield.quantization import quantize

        subwords = None if self.subwords is None else self.subwords.stored_as(quantize(self.subwords.table, storage))
        return self._with({name: quantize(table, storage) for name, table in self.tables.items()}, subwords)

    def to_dataframe(self) -> polars.DataFrame:
        """Return a Polars frame: key, vector (array of float32), and output and count where they are known."""
        from nearfield.formats.parquet import to_dataframe

        return to_dataframe(self)

    def save(
        self, path: str | os.PathLike[str], format: str | None = None, *, replace_spaces: str | None = None
    ) -> None:
        """Write to `path`: Nearfield's own folder, unless `format` or the ending names another.

        `replace_spaces` is written for white space in keys where the format cannot hold it; see
        `nearfield.formats.save`.
        """
        from nearfield.formats import save

        save(self, path, format=format, replace_spaces=replace_spaces)

    def __repr__(self) -> str:
        tables = " and ".join(self.tables)
        head = "".join(f"{key!r}, " for key in self.keys[:3]) + ("…" if len(self) > 3 else "")
        return f"Vectors({len(self):,} keys × {self.dim} dimensions, {tables}, {self.storage}: {head.rstrip(', ')})"

    def _with(self, tables: Mapping[str, np.ndarray | Table], subwords: Subwords | None) -> Vectors:
        return Vectors(self.keys, counts=self.counts, metadata=self.metadata, subwords=subwords, **tables)

    def _asked_as_read(self, vocabulary: Vocabulary) -> Vocabulary:
        """Return the vocabulary so that `ＡＢＣ` finds `ABC` where the text was read in normal form KC."""
        reading = self.metadata.get(READING)
        options = reading.get("read_text") if isinstance(reading, dict) else None
        form = options.get("normalization") if isinstance(options, dict) else None
        return vocabulary.normalizing("NFKC") if form == "NFKC" else vocabulary

    def _check(self) -> None:
        n, dim = self.input_table.shape
        if n != len(self):
            raise BadInput(f"input has {n} rows for {len(self)} keys; expected one each")
        if dim == 0 and n > 0:
            raise BadInput("input has no dimensions; expected at least 1")
        if self.output_table is not None and self.output_table.shape != (n, dim):
            raise BadInput(f"output has shape {self.output_table.shape}; expected that of input, {(n, dim)}")
        if self.nodes_table is None:
            return
        if self.nodes_table.shape != (max(0, n - 1), dim):
            raise BadInput(f"nodes have shape {self.nodes_table.shape}; expected {(max(0, n - 1), dim)}, one key less")
        if self.counts is None:
            raise BadInput("nodes are given without counts; expected those that their tree is over")


def _as_table(values: np.ndarray | Table, name: str) -> Table:
    return values if isinstance(values, Table) else Table(values, name=name)
