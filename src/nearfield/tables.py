"""Table: rows of numbers as they are stored, read as float32."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from nearfield.errors import BadInput
from nearfield.files import release

Storage = Literal["float32", "float16", "int8"]
BLOCK_BYTES = 1 << 22  # what one step over a table takes as float32
SHORTEST = np.finfo(np.float32).tiny  # below it one over the length is infinite


class Table:
    """An immutable matrix, stored as float32, as float16, or as int8 with one float32 scale a row.

    Indexed by an id, a slice or an array of ids it gives float32 rows, so that whoever computes need not know how
    they are stored.

    Parameters
    ----------
    values : ndarray of float32, float16 or int8, shape (n, dim)
        May be memory-mapped. Other kinds of numbers become float32.
    scales : ndarray of float32, shape (n,), optional
        For int8 only: row `i` is `values[i] * scales[i]`.
    name : str
        What errors call it.

    Raises
    ------
    BadInput
        Another shape, no numbers, scales that do not fit; NaN or infinite values. A memory-mapped table is looked
        through when its norms are first needed, not before.
    """

    def __init__(self, values: np.ndarray, scales: np.ndarray | None = None, name: str = "input") -> None:
        self.name = name
        self.values = _read_only(_checked_values(values, name))
        self.scales = None if scales is None else _read_only(np.asarray(scales, np.float32))
        if (self.values.dtype == np.int8) != (self.scales is not None):
            raise BadInput(f"{name} is stored as {self.storage}; expected scales with int8 and with nothing else")
        if self.scales is not None and self.scales.shape != (len(self),):
            raise BadInput(f"{name} has {self.scales.size} scales for {len(self)} rows; expected one each")
        if not isinstance(self.values, np.memmap):
            self.check()

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Return rows as float32: shape (dim,) for an id, (k, dim) for a slice or k ids."""
        values = self.values[rows]
        if self.scales is not None:
            return values * self.scales[rows][..., None]
        return values.astype(np.float32, copy=False)

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and of dimensions."""
        return self.values.shape[0], self.values.shape[1]

    @property
    def storage(self) -> str:
        """How numbers are stored: float32, float16 or int8."""
        return self.values.dtype.name

    @property
    def nbytes(self) -> int:
        """Bytes taken by the stored numbers."""
        return self.values.nbytes + (0 if self.scales is None else self.scales.nbytes)

    @cached_property
    def norms(self) -> np.ndarray:
        """Euclidean norms of the rows, float32, shape (n,)."""
        norms = np.empty(len(self), np.float32)
        for start, block in self.blocks():
            wide = block.astype(np.float64)  # squares of small and of large values stay in range
            norms[start : start + len(block)] = np.sqrt(np.einsum("ij,ij->i", wide, wide))
        if not np.isfinite(norms).all():
            self.check()
        return _read_only(norms)

    @cached_property
    def inverse_norms(self) -> np.ndarray:
        """One over the norms, float32, shape (n,); 0 for rows of no length, whose cosine with anything is then 0."""
        return _read_only(np.divide(1, self.norms, out=np.zeros_like(self.norms), where=self.norms >= SHORTEST))

    def unit(self, ids: np.ndarray) -> np.ndarray:
        """Return the rows `ids` at length 1, float32, shape (k, dim)."""
        return self[ids] * self.inverse_norms[ids][:, None]

    def take(self, ids: np.ndarray) -> Table:
        """Return a table of the rows `ids`, stored as they are here."""
        return Table(self.values[ids], None if self.scales is None else self.scales[ids], self.name)

    def blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first id, float32 rows) over all rows, a few megabytes at a time."""
        step = max(1, BLOCK_BYTES // (4 * max(1, self.shape[1])))
        for start in range(0, len(self), step):
            yield start, self[start : start + step]
            if isinstance(self.values, np.memmap):
                release(self.values, start * self.shape[1], min(start + step, len(self)) * self.shape[1])

    def check(self) -> None:
        """Raise `BadInput` where a value is NaN or infinite."""
        for start, block in self.blocks():
            if not np.isfinite(block).all():
                row, column = np.argwhere(~np.isfinite(block))[0]
                raise BadInput(
                    f"{self.name} row {start + row}, column {column} is {block[row, column]}; expected a number"
                )


def _checked_values(values: np.ndarray, name: str) -> np.ndarray:
    array = np.asanyarray(values)
    if array.ndim != 2:
        raise BadInput(f"{name} has shape {array.shape}; expected (number of keys, dimensions)")
    if array.dtype.name in get_args(Storage):
        return array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype.kind not in "fiu":
        raise BadInput(f"{name} holds {array.dtype}; expected numbers (float32)")
    with np.errstate(over="ignore"):  # an infinite value is refused by name
        return array.astype(np.float32)


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
