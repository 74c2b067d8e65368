"""Examples: rows of (field, feature, value) with a label, for models that rank."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from nearfield.arrays import mapped, run_places, typed
from nearfield.columns import Column
from nearfield.errors import BadInput
from nearfield.files import atomic_folder, read_config, read_keys, reads_whole_folder, write_config, write_keys

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
}
ENTRIES = ("features", "fields", "values")  # one an entry; the others one a row


@dataclass(frozen=True)
class FeatureSpace:
    """What the ids of features and fields stand for.

    Parameters
    ----------
    size : int
        Feature ids are 0 … size - 1.
    fields : tuple of str
        The name of each field.
    names : tuple of str, size of them, or None
        The name of each feature, such as "genre=Comedy"; None where features are numbers or hashes.
    bits : int or None
        With hashed features: size is 2^bits.
    schema : tuple of (str, Column)
        How a table's cells became features: the column of each field, for rows that are to be read alike.
    """

    size: int
    fields: tuple[str, ...] = ("features",)
    names: tuple[str, ...] | None = None
    bits: int | None = None
    schema: tuple[tuple[str, Column], ...] = ()

    def name(self, feature: int) -> str:
        """What to call a feature."""
        return str(feature) if self.names is None else self.names[feature]


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
    space : FeatureSpace, optional
        Without one it is as large as the ids found.

    Attributes
    ----------
    skipped : int
        How many bad rows `read_examples` has left out; 0 for a part of what it returned.

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
        space: FeatureSpace | None = None,
    ) -> None:
        given = {"labels": labels, "indptr": indptr, "features": features, "fields": fields, "values": values}
        given |= {"weights": weights, "groups": groups, "times": times}
        for name, array in given.items():
            setattr(self, name, None if array is None else typed(name, array, DTYPES[name]))
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
        start, stop, _ = rows.indices(len(self))
        stop = max(start, stop)
        first, last = int(self.indptr[start]), int(self.indptr[stop])
        return self._cut(slice(start, stop), slice(first, last), self.indptr[start : stop + 1] - first)

    def take(self, order: np.ndarray) -> Examples:
        """Return the rows at these places, int, shape (m,), in this order; one may be taken several times."""
        order = np.asarray(order, np.int64)
        if order.ndim != 1 or (len(order) and not -len(self) <= order.min() <= order.max() < len(self)):
            raise BadInput(f"order names rows outside of 0 to {len(self) - 1}")
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
        return Examples(indptr=indptr, features=features, fields=fields, values=values, **of_rows, space=space)

    def in_space(self, space: FeatureSpace) -> Examples:
        """Return the same rows in a larger space, such as that of later examples."""
        return Examples(**self._arrays(), space=space)

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
        for name, largest in (("features", self.space.size), ("fields", len(self.space.fields))):
            ids = getattr(self, name)
            if ids is not None and m and not 0 <= ids.min() <= ids.max() < largest:
                raise BadInput(f"{name} are {ids.min()} to {ids.max()}; the space has 0 to {largest - 1}")
        if self.weights is not None and np.any(self.weights < 0):
            raise BadInput("weights below 0; expected 0 or more")


def space_config(space: FeatureSpace) -> dict[str, Any]:
    """What a folder's `config.json` says of a space."""
    schema = [{"field": field} | column.to_dict() for field, column in space.schema]
    return {"size": space.size, "bits": space.bits, "named": space.names is not None, "schema": schema}


def write_space(folder: Path, space: FeatureSpace) -> None:
    """Write the names of fields and features into a folder."""
    write_keys(folder / "fields.txt", space.fields)
    if space.names is not None:
        write_keys(folder / "names.txt", space.names)


def read_space(folder: Path, config: dict[str, Any]) -> FeatureSpace:
    """Read what `space_config` and `write_space` wrote."""
    size, bits = config.get("size"), config.get("bits")
    if not isinstance(size, int) or size < 0 or not isinstance(bits, int | None):
        raise BadInput(f"{folder / 'config.json'}: size is {size!r} and bits {bits!r}; the folder is damaged")
    names: Sequence[str] | None = read_keys(folder / "names.txt") if config.get("named") else None
    if names is not None and len(names) != size:
        raise BadInput(f"{folder / 'names.txt'}: {len(names)} names for {size} features; the folder is damaged")
    fields, schema = tuple(read_keys(folder / "fields.txt")), tuple(_read_schema(folder, config))
    return FeatureSpace(size, fields, None if names is None else tuple(names), bits, schema)


def _read_schema(folder: Path, config: dict[str, Any]) -> Iterator[tuple[str, Column]]:
    for content in config.get("schema", []):
        if not isinstance(content, dict) or not isinstance(content.get("field"), str):
            raise BadInput(f"{folder / 'config.json'}: schema has {content!r:.60}; the folder is damaged")
        yield content["field"], Column.from_dict({name: one for name, one in content.items() if name != "field"})
