"""fastText's own binary models (.bin, .ftz): words with their counts, and rows of character n-grams. Read only.

The layout is that of fastText 0.9, `FastText::saveModel`: magic and version, arguments, dictionary, input matrix,
output matrix; the last is not read. All numbers are little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.formats.options import ReadOptions
from nearfield.formats.rows import Collector
from nearfield.formats.streams import MAX_DIM, Source
from nearfield.subwords import Subwords
from nearfield.tables import Table
from nearfield.vectors import Vectors

MAGIC = struct.pack("<i", 793712314)
VERSIONS = (11, 12)
ARGUMENTS = struct.Struct("<12i d")
DICTIONARY = struct.Struct("<3i 2q")
ENTRY = struct.Struct("<q b")  # behind a word and a zero: its count, and whether it is a word or a label
PRUNED = np.dtype([("bucket", "<i4"), ("row", "<i4")])
MATRIX = struct.Struct("<2q")
QUANTIZED = struct.Struct("<? 2q i")
QUANTIZER = struct.Struct("<4i")
CENTROIDS = 256
MAX_WORD = 1 << 16
CHUNK_BYTES = 1 << 22
LOSSES = {1: "hierarchical", 2: "negative", 3: "softmax", 4: "one-vs-all"}
MODELS = {1: "cbow", 2: "skipgram", 3: "supervised"}
SUPERVISED = 3
BLOCK_ROWS = 10_000


@dataclass(frozen=True)
class _Dictionary:
    words: list[bytes]
    counts: np.ndarray
    kept: np.ndarray | None  # the buckets that a pruned model has kept
    end: int  # the byte behind it


def read(source: Source, options: ReadOptions) -> Vectors:
    """Read the words of a model and the n-grams that make vectors of unknown words, unsupervised or supervised.

    The vector of a word is, as in fastText, the mean of its row and of those of its n-grams. Labels are left out.
    """
    with source.on_disk() as file, file.open("rb") as opened:
        return _Reader(source.path, file, opened, options, stays=source.size is not None).vectors()


class _Reader:
    def __init__(self, path: Path, file: Path, opened: IO[bytes], options: ReadOptions, *, stays: bool) -> None:
        self._path, self._file, self._opened, self._options = path, file, opened, options
        self._mapped = options.mmap and stays
        self._size = file.stat().st_size

    def vectors(self) -> Vectors:
        magic, version = self._bytes(4), self._unpack(struct.Struct("<i"))[0]
        if magic != MAGIC or version not in VERSIONS:
            raise BadInput(f"{self._path}: is of version {version} of fastText's format; expected 11 or 12")
        arguments = self._unpack(ARGUMENTS)
        dim, loss, model, buckets, min_n, max_n = arguments[0], *arguments[6:11]
        if version == VERSIONS[0] and model == SUPERVISED:
            max_n = 0  # such models had no n-grams whatever they say
        if not 1 <= dim <= MAX_DIM or loss not in LOSSES or model not in MODELS or buckets < 0:
            raise BadInput(f"{self._path}: its settings are {arguments[:11]}, which no model has; the file is damaged")
        words = self._dictionary()
        self._opened.seek(words.end)
        n_grams = (buckets if words.kept is None else len(words.kept)) if max_n > 0 else 0
        matrix = self._matrix(dim)
        if not (len(matrix) == len(words.words) + n_grams or (n_grams == 0 and len(matrix) > len(words.words))):
            raise BadInput(
                f"{self._path}: has {len(matrix):,} rows for {len(words.words):,} words and {n_grams:,} n-grams; the"
                " file is damaged"
            )
        subwords = None
        if n_grams:
            rows = matrix[len(words.words) :]
            table = Table(rows if self._mapped else np.array(rows, np.float32), name=f"{self._path}: n-grams")
            subwords = Subwords(table, max(1, min_n), max_n, buckets, words.kept)
        return self._composed(words, matrix, subwords, _settings(arguments, max_n))

    def _composed(
        self, words: _Dictionary, matrix: np.ndarray, subwords: Subwords | None, settings: dict[str, Any]
    ) -> Vectors:
        collector = Collector(self._path, matrix.shape[1], self._options, "word", len(words.words))
        n = len(words.words) if self._options.limit is None else min(self._options.limit, len(words.words))
        for start in range(0, n, BLOCK_ROWS):
            keys, chosen = [], []
            for i in range(start, min(start + BLOCK_ROWS, n)):
                if (key := collector.key(words.words[i], i + 1)) is not None:
                    keys.append(key)
                    chosen.append(i)
            rows = np.array(matrix[chosen], np.float32)
            if subwords is not None:
                rows = subwords.compose([words.words[i] for i in chosen], rows)
            collector.add(keys, rows, [i + 1 for i in chosen])
            if collector.done:
                break
        vectors = collector.vectors()
        counts = words.counts[np.array(collector.places, np.int64) - 1]
        return Vectors(vectors.keys, vectors.input_table, None, counts, {"trained": settings}, subwords=subwords)

    def _dictionary(self) -> _Dictionary:
        size, n_words, n_labels, _, n_kept = self._unpack(DICTIONARY)
        if not 0 <= n_words <= size or n_words + n_labels != size or n_kept < -1:
            raise BadInput(
                f"{self._path}: its dictionary has {n_words:,} words and {n_labels:,} labels of {size:,} entries; the"
                " file is damaged"
            )
        words: list[bytes] = []
        counts: list[int] = []
        start, data, at = self._opened.tell(), b"", 0
        while len(words) < size:
            end = data.find(b"\0", at, at + MAX_WORD)
            if end < 0 or len(data) - end < 1 + ENTRY.size:
                more = self._opened.read(CHUNK_BYTES)
                if not more or (end < 0 and len(data) - at >= MAX_WORD):
                    raise self._short(f"entry {len(words) + 1:,} of its dictionary")
                start, data, at = start + at, data[at:] + more, 0
                continue
            words.append(data[at:end])
            counts.append(ENTRY.unpack_from(data, end + 1)[0])
            at = end + 1 + ENTRY.size
        self._opened.seek(start + at)
        kept = None
        if n_kept >= 0:
            pairs = np.frombuffer(self._bytes(PRUNED.itemsize * n_kept), PRUNED)
            if not np.array_equal(np.sort(pairs["row"]), np.arange(n_kept)):
                raise BadInput(f"{self._path}: its list of kept n-grams is no list of rows; the file is damaged")
            kept = pairs["bucket"][np.argsort(pairs["row"])].astype(np.int64)
        # words come before labels
        return _Dictionary(words[:n_words], np.array(counts[:n_words], np.int64), kept, self._opened.tell())

    def _matrix(self, dim: int) -> np.ndarray:
        """Return the input matrix, float32; where it is mapped its rows may lie at odd addresses."""
        if self._unpack(struct.Struct("<?"))[0]:
            matrix = self._quantized()
        else:
            n, width = self._unpack(MATRIX)
            self._check_shape(n, width, 4 * n * width)
            matrix = np.memmap(self._file, "<f4", "r", self._opened.tell(), (n, width)) if n else np.empty((0, dim))
        if matrix.shape[1] != dim:
            raise BadInput(
                f"{self._path}: its rows have {matrix.shape[1]:,} numbers; expected {dim:,} as its settings say"
            )
        return matrix

    def _quantized(self) -> np.ndarray:
        """Return the rows that product quantisation stands for: Joulin et al. (2016), FastText.zip, section 3.1."""
        with_norms, n, width, n_codes = self._unpack(QUANTIZED)
        self._check_shape(n, width, n_codes)
        codes = np.frombuffer(self._bytes(n_codes), np.uint8)
        rows = self._decoded(codes, n, width)
        if with_norms:
            rows *= self._decoded(np.frombuffer(self._bytes(n), np.uint8), n, 1)
        return rows

    def _decoded(self, codes: np.ndarray, n: int, width: int) -> np.ndarray:
        """Return what the codes of n rows stand for, by the quantiser that follows in the file."""
        dim, parts, step, last = self._unpack(QUANTIZER)
        if dim != width or parts < 1 or step < 1 or (parts - 1) * step + last != dim or len(codes) != n * parts:
            raise BadInput(
                f"{self._path}: its quantiser has {parts} parts of {step} numbers for rows of {width:,}; the file is"
                " damaged"
            )
        centroids = np.frombuffer(self._bytes(4 * dim * CENTROIDS), "<f4")
        codes = codes.reshape(n, parts)
        rows = np.empty((n, dim), np.float32)
        for part in range(parts):
            first, wide = part * step, last if part == parts - 1 else step
            table = centroids[first * CENTROIDS :][: wide * CENTROIDS].reshape(CENTROIDS, wide)
            rows[:, first : first + wide] = table[codes[:, part]]
        return rows

    def _check_shape(self, n: int, width: int, n_bytes: int) -> None:
        left = self._size - self._opened.tell()
        if n < 0 or width < 0 or not 0 <= n_bytes <= left:
            raise BadInput(
                f"{self._path}: promises a matrix of {n:,} × {width:,} numbers, but {left:,} bytes are left; it is cut"
                " short or damaged"
            )

    def _unpack(self, layout: struct.Struct) -> tuple[Any, ...]:
        return layout.unpack(self._bytes(layout.size))

    def _bytes(self, n: int) -> bytes:
        if n > self._size - self._opened.tell():
            raise self._short("what its settings promise")
        return self._opened.read(n)

    def _short(self, what: str) -> BadInput:
        return BadInput(f"{self._path}: ends within {what}; it is cut short or damaged")


def _settings(arguments: tuple[Any, ...], max_n: int) -> dict[str, Any]:
    """Say how a model was trained, by gensim's names."""
    dim, window, epochs, min_count, negative, word_ngrams, loss, model, buckets, min_n = arguments[:10]
    return {
        "program": "fastText",
        "architecture": MODELS[model],
        "loss": LOSSES[loss],
        "vector_size": dim,
        "window": window,
        "epochs": epochs,
        "min_count": min_count,
        "negative": negative,
        "sample": arguments[12],
        "word_ngrams": word_ngrams,
        "min_n": min_n if max_n else 0,
        "max_n": max_n,
        "buckets": buckets,
    }
