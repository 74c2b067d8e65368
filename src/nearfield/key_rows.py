"""The rows that stand for the keys of a question."""

from __future__ import annotations

import numpy as np

from nearfield.subwords import Subwords
from nearfield.tables import Table
from nearfield.vocabulary import Keys, Vocabulary, as_list


class KeyRows:
    """Ids and rows of the keys that questions name.

    Known keys have the ids and rows of the table. An unknown key that subwords make a vector of gets an id behind
    them; without subwords it is refused.

    Parameters
    ----------
    vocabulary : Vocabulary
    table : Table, shape (len(vocabulary), dim)
    subwords : Subwords, optional
    """

    def __init__(self, vocabulary: Vocabulary, table: Table, subwords: Subwords | None = None) -> None:
        self.table = table
        self._vocabulary, self._subwords = vocabulary, subwords
        self._composed: dict[str, int] = {}
        self._rows: list[np.ndarray] = []

    def ids(self, keys: Keys) -> np.ndarray:
        """Return the ids of keys, int64; raise `UnknownKey` at one that has no row."""
        if self._subwords is None:
            return self._vocabulary.ids(as_list(keys)).astype(np.int64)
        return np.array([self._id(key) for key in as_list(keys)], np.int64)

    def __getitem__(self, ids: np.ndarray) -> np.ndarray:
        """Return the rows of ids, float32, shape (k, dim)."""
        behind = ids >= len(self.table)
        if not behind.any():
            return self.table[ids]
        rows = np.empty((len(ids), self.table.shape[1]), np.float32)
        rows[~behind] = self.table[ids[~behind]]
        rows[behind] = [self._rows[i - len(self.table)] for i in ids[behind].tolist()]
        return rows

    def unit(self, ids: np.ndarray) -> np.ndarray:
        """Return the rows of ids at length 1, float32, shape (k, dim); rows of zeros stay as they are."""
        if not self._rows:
            return self.table.unit(ids)
        rows = self[ids].astype(np.float64)
        norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0).astype(np.float32)

    def _id(self, key: str) -> int:
        known = self._vocabulary.get(key) if isinstance(key, str) else None
        if known is not None:
            return known
        if key not in self._composed:
            vector = self._subwords.vector(key) if self._subwords is not None and isinstance(key, str) else None
            if vector is None:
                return self._vocabulary[key]  # which raises
            self._composed[key] = len(self.table) + len(self._rows)
            self._rows.append(vector)
        return self._composed[key]
