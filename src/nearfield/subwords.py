"""Subwords: rows of character n-grams, of which the vector of any word is made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nearfield.errors import BadInput
from nearfield.tables import Table

BEGIN, END = b"<", b">"
SENTENCE_END = "</s>"  # a token of fastText, which has no n-grams
FNV_BASIS, FNV_PRIME = 2166136261, 16777619
WORDS_AT_ONCE = 1_000  # whose rows of n-grams are held at a time


class Subwords:
    """Rows of character n-grams, as fastText has them.

    The vector of a word is the mean of its own row, where it has one, and of the rows of its n-grams: all runs of
    `min_n` to `max_n` characters of "<word>". Their rows are found by hashing (FNV-1a over UTF-8 bytes, each taken for
    a signed one) modulo `buckets`. Bojanowski et al. (2017), Enriching Word Vectors with Subword Information, section
    3.2; the details are those of fastText's dictionary.cc.

    Parameters
    ----------
    table : Table, shape (buckets, dim)
        With `kept`, shape (len(kept), dim).
    min_n, max_n : int
        The lengths of n-grams, in characters.
    buckets : int
        How many rows the hash tells apart.
    kept : ndarray of int64, optional
        Which of the buckets a pruned model has kept, in the order of `table`; others add nothing to a word.

    Raises
    ------
    BadInput
        Lengths that are none, or a table of another length.
    """

    def __init__(self, table: Table, min_n: int, max_n: int, buckets: int, kept: np.ndarray | None = None) -> None:
        self.table, self.min_n, self.max_n, self.buckets = table, min_n, max_n, buckets
        self.kept = None if kept is None else np.asarray(kept, np.int64)
        if not 1 <= min_n <= max_n:
            raise BadInput(f"n-grams have {min_n} to {max_n} characters; expected at least 1, and the second no less")
        if buckets < 1 or len(table) != (buckets if kept is None else len(kept)):
            raise BadInput(f"there are {len(table):,} rows of n-grams for {buckets:,} buckets; expected one each")
        self._row_of_bucket = (
            None if self.kept is None else {bucket: row for row, bucket in enumerate(self.kept.tolist())}
        )

    def stored_as(self, table: Table) -> Subwords:
        """Return the same n-grams with their rows in another table."""
        return Subwords(table, self.min_n, self.max_n, self.buckets, self.kept)

    def vector(self, word: str) -> np.ndarray | None:
        """Return the mean of the rows of a word's n-grams, float32, shape (dim,); None where it has none."""
        sums, counts = self._sums([word.encode(errors="surrogatepass")])
        return sums[0] / np.float32(counts[0]) if counts[0] else None

    def compose(self, words: Sequence[bytes], rows: np.ndarray) -> np.ndarray:
        """Return the vectors of words with rows of their own, float32, shape (n, dim).

        Parameters
        ----------
        words : sequence of n bytes
        rows : ndarray of float32, shape (n, dim)
        """
        vectors = np.empty(rows.shape, np.float32)
        for start in range(0, len(words), WORDS_AT_ONCE):
            some = slice(start, start + WORDS_AT_ONCE)
            sums, counts = self._sums(words[some])
            vectors[some] = (rows[some] + sums) / (counts + 1)[:, None].astype(np.float32)
        return vectors

    def _sums(self, words: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
        """Return the sums of the rows of each word's n-grams, and how many these are."""
        word, rows = ngram_buckets(words, self.min_n, self.max_n, self.buckets)
        if self._row_of_bucket is not None:
            rows = np.array([self._row_of_bucket.get(bucket, -1) for bucket in rows.tolist()], np.int64)
            word, rows = word[rows >= 0], rows[rows >= 0]
        counts = np.bincount(word, minlength=len(words))
        sums = np.zeros((len(words), self.table.shape[1]), np.float32)
        if len(word):
            starts = np.cumsum(counts) - counts
            sums[counts > 0] = np.add.reduceat(self.table[rows], starts[counts > 0])
        return sums, counts


def ngram_buckets(words: Sequence[bytes], min_n: int, max_n: int, buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the hashes of all words' n-grams, modulo `buckets`.

    Parameters
    ----------
    words : sequence of bytes
        In UTF-8.

    Returns
    -------
    word : ndarray of int64
        Which word each n-gram is of, rising.
    bucket : ndarray of int64
    """
    parts = [b"" if word == SENTENCE_END.encode() else BEGIN + word + END for word in words]
    data = np.frombuffer(b"".join(parts), np.uint8)
    lengths = np.array([len(part) for part in parts], np.int64)
    starts = np.flatnonzero((data & 0xC0) != 0x80)  # of characters; every part begins with one
    widths = np.diff(starts, append=len(data))
    word = np.repeat(np.arange(len(words)), lengths)[starts]
    per_word = np.bincount(word, minlength=len(words))
    place = np.arange(len(starts)) - (np.cumsum(per_word) - per_word)[word]  # of a character in its word
    # as C does where a byte is a signed char
    signed = data.view(np.int8).astype(np.int32).view(np.uint32)
    found_words, found_buckets = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    first = np.arange(len(starts))
    hashes = np.full(len(starts), FNV_BASIS, np.uint32)
    for n in range(1, max_n + 1):
        goes_on = place[first] + n <= per_word[word[first]]
        first, hashes = first[goes_on], hashes[goes_on]
        if not len(first):
            break
        last = first + n - 1
        for byte in range(int(widths[last].max(initial=0))):
            has = widths[last] > byte
            hashes[has] = (hashes[has] ^ signed[starts[last[has]] + byte]) * np.uint32(FNV_PRIME)
        if n >= min_n:
            # a boundary mark alone is no n-gram
            whole = np.ones(len(first), bool)
            if n == 1:
                whole = (place[first] > 0) & (place[first] + 1 < per_word[word[first]])
            found_words.append(word[first[whole]])
            found_buckets.append(hashes[whole].astype(np.int64) % buckets)
    of_word, bucket = np.concatenate(found_words), np.concatenate(found_buckets)
    order = np.argsort(of_word, kind="stable")
    return of_word[order], bucket[order]
