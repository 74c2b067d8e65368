"""Examples: rows of (field, feature, value) with a label, for models that rank."""

from __future__ import annotations

import os
from copy import copy
from pathlib import Path
from typing import Any, Self

import numpy as np

from nearfield.arrays import mapped, run_places, typed
from nearfield.errors import BadInput
from nearfield.feature_space import FeatureSpace as FeatureSpace
from nearfield.feature_space import read_space, space_config, write_space
from nearfield.files import atomic_folder, read_config, reads_whole_folder, write_config

KIND = "examples"
FORMAT_VERSION = 1
DTYPES: dict[str, Any] = {
    "labels": np.float32,
    "indptr": np.int64,
    "features": np.int32,
    "fields": np.int32,
    "values": np.float32,
    "weights": np.float32,
    "groups": np.int64,
    "times": np.int64,
    "numbers": np.float64,
}
NUMBERS = "numbers"  # the only array of two dimensions
ENTRIES = ("features", "fields", "values")  # one an entry; the others one a row


class Examples:
    """n rows, each with a label and some of the features of a space. Immutable.

    Parameters
    ----------
    labels : ndarray of float32, shape (n,)
        0 and 1 for classes, or how likely 1 is; any finite number for values.
    indptr : ndarray of int64, shape (n + 1,)
        Row `i` has the entries `indptr[i]` … `indptr[i + 1] - 1`.
    features, fields : ndarray of int32, shape (m,)
        Of each entry. Without fields all entries are of field 0.
    values : ndarray of float32, shape (m,), optional
        Without them every value is 1.
    weights : ndarray of float32, shape (n,), optional
        How much each row counts, 0 or more.
    groups : ndarray of int64, shape (n,), optional
        Which rows are ranked against one another, such as those of a user or query.
    times : ndarray of int64, shape (n,), optional
        In microseconds since 1970-01-01 UTC.
    numbers : ndarray of float64, shape (n, number of `space.number_fields`), optional
        The cells of numeric and bucketed columns, NaN where missing: what rows need to be read by other columns, such
        as those of a model with other buckets.
    space : FeatureSpace, optional
        Without one it is as large as the ids found.

    Attributes
    ----------
    skipped : int
        How many bad rows `read_examples` has left out; 0 for a part of what it returned.
    unknown : dict of str to int
        How many features of each field were left out, because the space does not have them, when these rows were read
        or brought into it; empty for a part of them.

    Raises
    ------
    BadInput
        Arrays that do not fit together, ids outside of the space, NaN or infinite numbers.
    """

    def __init__(
        self,
        labels: np.ndarray,
        indptr: np.ndarray,
        features: np.ndarray,
        fields: np.ndarray | None = None,
        values: np.ndarray | None = None,
        *,
        weights: np.ndarray | None = None,
        groups: np.ndarray | None = None,
        times: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
        space: FeatureSpace | None = None,
    ) -> None:
        given = {"labels": labels, "indptr": indptr, "features": features, "fields": fields, "values": values}
        given |= {"weights": weights, "groups": groups, "times": times}
        for name, array in given.items():
            setattr(self, name, None if array is None else typed(name, array, DTYPES[name]))
        self.numbers = None if numbers is None else np.asanyarray(numbers, DTYPES[NUMBERS])
        self.unknown: dict[str, int] = {}
        self.space = space or self._found_space()
        self._check()

    skipped = 0
    labels: np.ndarray
    indptr: np.ndarray
    features: np.ndarray
    fields: np.ndarray | None
    values: np.ndarray | None
    weights: np.ndarray | None
    groups: np.ndarray | None
    times: np.ndarray | None
    numbers: np.ndarray | None

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        n, m, size = len(self), len(self.features), self.space.size
        return f"Examples({n:,} rows, {m:,} entries, {len(self.space.fields)} fields, {size:,} features)"

    @property
    def entry_fields(self) -> np.ndarray:
        """The field of each entry, int32, shape (m,), also where all are of field 0."""
        return np.zeros(len(self.features), np.int32) if self.fields is None else self.fields

    @property
    def entry_values(self) -> np.ndarray:
        """The value of each entry, float32, shape (m,), also where all are 1."""
        return np.ones(len(self.features), np.float32) if self.values is None else self.values

    def __getitem__(self, rows: slice) -> Examples:
        """Return a run of rows, without copying the entries."""
        if not isinstance(rows, slice) or rows.step not in (None, 1):
            raise BadInput("examples[…] takes a run of rows, such as examples[:1000]; take() has any order")
        if any(
            isinstance(bound, bool) or not isinstance(bound, int | np.integer | None)
            for bound in (rows.start, rows.stop)
        ):
            raise BadInput(f"examples[…] got the bounds {rows.start!r} and {rows.stop!r}; expected whole numbers")
        start, stop, _ = rows.indices(len(self))
        stop = max(start, stop)
        first, last = int(self.indptr[start]), int(self.indptr[stop])
        return self._cut(slice(start, stop), slice(first, last), self.indptr[start : stop + 1] - first)

    def take(self, order: np.ndarray) -> Examples:
        """Return some of the rows.

        Parameters
        ----------
        order : ndarray of int, shape (m,), or of bool, shape (n,)
            Places, in the order that is wanted; one may be taken several times. Or a flag for each row: whether it is
            taken.

        Raises
        ------
        BadInput
            Places outside of the rows, flags of another number, or neither.
        """
        order = self._places(order)
        starts, lengths = self.indptr[:-1][order], np.diff(self.indptr)[order]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return self._cut(order, run_places(starts, lengths), indptr)

    def with_entries(
        self,
        indptr: np.ndarray,
        features: np.ndarray,
        fields: np.ndarray | None,
        values: np.ndarray | None,
        space: FeatureSpace,
    ) -> Examples:
        """Return the same rows, with their labels, weights, groups and times, but other entries."""
        of_rows = {name: array for name, array in self._arrays().items() if name not in (*ENTRIES, "indptr")}
        if space.number_fields != self.space.number_fields:
            of_rows.pop(NUMBERS, None)
        return Examples(indptr=indptr, features=features, fields=fields, values=values, **of_rows, space=space)

    def in_space(self, space: FeatureSpace) -> Examples:
        """Return the same rows in another space, such as `model.space_`: features are translated by name.

        What the space does not have is left out and counted in `unknown`. Rows of a table are read by the columns of
        the space, such as its buckets. Rankers do this themselves.

        Raises
        ------
        BadInput
            Names cannot be known: features hashed to other bits, or by number in other fields; rows without a column
            that the space has.

        Warns
        -----
        UserWarning
            Most cells of a field are unknown.
        """
        from nearfield.rank.features.translation import translated

        return translated(self, space)

    def relabelled(self, space: FeatureSpace) -> Examples:
        """Return the same arrays in a space that this one's begins (`FeatureSpace.begins`), unchecked."""
        again = copy(self)
        again.space = space
        return again

    def to_scipy(self) -> Any:
        """Return the rows as a scipy CSR matrix of float32, shape (n, size)."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.entry_values, self.features, self.indptr), shape=(len(self), self.space.size))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder: one `.npy` an array, `fields.txt`, `names.txt`, `config.json`; whole or not at all."""
        with atomic_folder(path) as folder:
            for name, array in self._arrays().items():
                np.save(folder / f"{name}.npy", array)
            write_space(folder, self.space)
            write_config(folder, KIND, FORMAT_VERSION, {"arrays": sorted(self._arrays())} | space_config(self.space))

    @classmethod
    @reads_whole_folder
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote; the arrays stay on disk and are memory-mapped."""
        folder = Path(path)
        config = read_config(folder, KIND, FORMAT_VERSION)
        names = config.get("arrays")
        if not isinstance(names, list) or not {"labels", "indptr", "features"} <= set(names) <= set(DTYPES):
            raise BadInput(f"{folder / 'config.json'}: arrays are {names!r}; expected labels, indptr, features, …")
        return cls(**{name: mapped(folder / f"{name}.npy") for name in names}, space=read_space(folder, config))

    def _places(self, order: Any) -> np.ndarray:
        order, n = np.asarray(order), len(self)
        if order.dtype == bool:
            if order.shape != (n,):
                raise BadInput(f"order has {order.size:,} flags for {n:,} rows; expected one each, or places of rows")
            return np.flatnonzero(order)
        if order.ndim != 1 or (order.size and not np.issubdtype(order.dtype, np.integer)):
            raise BadInput(f"order is {order.dtype} of shape {order.shape}; expected places of rows, or a flag each")
        order = order.astype(np.int64)
        if len(order) and not -n <= order.min() <= order.max() < n:
            raise BadInput(f"order names rows outside of 0 to {n - 1}")
        return order

    def _cut(self, rows: slice | np.ndarray, entries: slice | np.ndarray, indptr: np.ndarray) -> Examples:
        arrays = {
            name: array[entries if name in ENTRIES else rows]
            for name, array in self._arrays().items()
            if name != "indptr"
        }
        return Examples(**arrays, indptr=indptr, space=self.space)

    def _arrays(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in DTYPES if getattr(self, name) is not None}

    def _found_space(self) -> FeatureSpace:
        n_fields = 1 if self.fields is None else int(self.fields.max(initial=0)) + 1
        return FeatureSpace(int(self.features.max(initial=-1)) + 1, tuple(map(str, range(n_fields))))

    def _check(self) -> None:
        n, m = len(self), len(self.features)
        if len(self.indptr) != n + 1 or self.indptr[0] != 0 or self.indptr[-1] != m or np.any(np.diff(self.indptr) < 0):
            raise BadInput(f"indptr must rise from 0 to the number of entries, {m}, over {n} rows")
        for name, array in self._arrays().items():
            wanted = m if name in ENTRIES else n
            if name != "indptr" and len(array) != wanted:
                raise BadInput(f"{len(array)} {name} for {wanted} {'entries' if name in ENTRIES else 'rows'}")
            if array.dtype == np.float32 and not np.isfinite(array).all():
                raise BadInput(f"{name} hold NaN or infinite numbers")
        if self.numbers is not None and self.numbers.shape != (n, len(self.space.number_fields)):
            wanted = len(self.space.number_fields)
            raise BadInput(f"numbers are of shape {self.numbers.shape}; expected {n} rows of {wanted}")
        for name, largest in (("features", self.space.size), ("fields", len(self.space.fields))):
            ids = getattr(self, name)
            if ids is not None and m and not 0 <= ids.min() <= ids.max() < largest:
                raise BadInput(f"{name} are {ids.min()} to {ids.max()}; the space has 0 to {largest - 1}")
        if self.weights is not None and np.any(self.weights < 0):
            raise BadInput("weights below 0; expected 0 or more")


def check_examples(rows: object, name: str = "examples") -> None:
    """Raise `BadInput` unless rows are `Examples`: a path or a frame has to be read first."""
    if not isinstance(rows, Examples):
        raise BadInput(f"{name} is of type {type(rows).__name__}; expected Examples, as nf.read_examples returns them")
