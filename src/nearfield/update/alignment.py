"""Maps between the spaces of two versions: whoever reads one of them can go on reading when there is another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from nearfield.errors import BadInput
from nearfield.formats.safetensors import read_arrays, write_arrays
from nearfield.vectors import Vectors

Kind = Literal["orthogonal", "affine"]
BLOCK_ROWS = 8_192


@dataclass(frozen=True)
class SpaceMap:
    """A map from one space to another: x ↦ x · matrix + shift.

    Attributes
    ----------
    matrix : ndarray of float32, shape (dim, dim of the other space)
    shift : ndarray of float32, shape (dim of the other space,)
    """

    matrix: np.ndarray
    shift: np.ndarray

    def rows(self, rows: np.ndarray) -> np.ndarray:
        """Return `rows`, float32 of shape (n, dim), in the other space."""
        return np.asarray(rows, np.float32) @ self.matrix + self.shift

    def vectors(self, vectors: Vectors) -> Vectors:
        """Return `vectors` with its input rows in the other space; without output rows, which no map was learnt for."""
        if vectors.dim != len(self.matrix):
            raise BadInput(f"the vectors have {vectors.dim} dimensions; this map takes {len(self.matrix)}")
        mapped = np.empty((len(vectors), self.matrix.shape[1]), np.float32)
        for start, block in vectors.input_table.blocks():
            mapped[start : start + len(block)] = self.rows(block)
        return Vectors(vectors.vocabulary, mapped, None, vectors.counts, vectors.metadata)

    def then(self, other: SpaceMap) -> SpaceMap:
        """Return the map that does this one, then `other`."""
        return SpaceMap(self.matrix @ other.matrix, other.rows(self.shift))


def align(source: Vectors, target: Vectors, kind: Kind = "orthogonal") -> SpaceMap:
    """Learn the map from the space of `source` to that of `target` from the keys that both have.

    With X the input rows of those keys in `source` and Y in `target`, "orthogonal" is the rotation (with or without a
    reflection) that makes ‖XQ − Y‖ smallest: Q = UVᵀ for the singular value decomposition UΣVᵀ of XᵀY (Schönemann
    1966, A generalized solution of the orthogonal Procrustes problem, equations 1.1 and 1.8). It keeps every cosine, so
    it can be undone and does not bend what was learnt. "affine" is the least-squares solution of XA + b = Y, which
    also follows what a rotation cannot, and goes between spaces with different numbers of dimensions.

    `align(new, old)` lets a consumer of the old version read the new one; `align(old, new)` asks the new one with old
    queries.

    Raises
    ------
    BadInput
        No key is in both, or a row of one holds NaN; orthogonal: the numbers of dimensions differ; affine: no more keys
        than dimensions.
    """
    if kind not in get_args(Kind):
        raise BadInput(f"kind is {kind!r}; expected one of {', '.join(get_args(Kind))}")
    ids = shared_ids(source, target)
    return _affine(source, target, *ids) if kind == "affine" else _orthogonal(source, target, *ids)


def shared_ids(left: Vectors, right: Vectors) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids of the keys that both have, int64, in the order of `left`; `BadInput` if there is none."""
    keys = [key for key in left.keys if key in right]
    if not keys:
        raise BadInput("the two have no key in common; expected versions of the same embedding")
    return left.vocabulary.ids(keys), right.vocabulary.ids(keys)


def _orthogonal(source: Vectors, target: Vectors, source_ids: np.ndarray, target_ids: np.ndarray) -> SpaceMap:
    if source.dim != target.dim:
        raise BadInput(f"the two have {source.dim} and {target.dim} dimensions; expected the same, or kind='affine'")
    cross = np.zeros((source.dim, target.dim))
    for x, y in _pairs(source, target, source_ids, target_ids):
        cross += x.T @ y
    left, _, right = np.linalg.svd(cross)
    return SpaceMap((left @ right).astype(np.float32), np.zeros(target.dim, np.float32))


def _affine(source: Vectors, target: Vectors, source_ids: np.ndarray, target_ids: np.ndarray) -> SpaceMap:
    if len(source_ids) <= source.dim:
        raise BadInput(
            f"{len(source_ids)} keys in common for {source.dim} dimensions; expected more keys, or kind='orthogonal'"
        )
    # by the normal equations: their memory does not grow with the keys
    gram, cross = np.zeros((source.dim + 1, source.dim + 1)), np.zeros((source.dim + 1, target.dim))
    for x, y in _pairs(source, target, source_ids, target_ids):
        extended = np.hstack([x, np.ones((len(x), 1))])
        gram += extended.T @ extended
        cross += extended.T @ y
    solution = np.linalg.lstsq(gram, cross)[0].astype(np.float32)
    return SpaceMap(solution[:-1], solution[-1])


def _pairs(
    source: Vectors, target: Vectors, source_ids: np.ndarray, target_ids: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for start in range(0, len(source_ids), BLOCK_ROWS):
        some = slice(start, start + BLOCK_ROWS)
        x, y = source.input_table[source_ids[some]], target.input_table[target_ids[some]]
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise BadInput("a row holds NaN or infinite numbers; nothing can be learnt from it")
        yield x.astype(np.float64), y.astype(np.float64)  # sums over many rows


def write_maps(path: str | os.PathLike[str], maps: dict[str, SpaceMap]) -> None:
    """Write maps by name to one safetensors file."""
    arrays = {f"{name}.{part}": getattr(one, part) for name, one in maps.items() for part in ("matrix", "shift")}
    write_arrays(Path(path), arrays)


def read_maps(path: str | os.PathLike[str]) -> dict[str, SpaceMap]:
    """Read what `write_maps` wrote."""
    arrays = read_arrays(Path(path), mmap=False)
    maps = {}
    for name in sorted({name.rpartition(".")[0] for name in arrays}):
        matrix, shift = (arrays.get(f"{name}.{part}") for part in ("matrix", "shift"))
        if matrix is None or shift is None or matrix.ndim != 2 or shift.shape != matrix.shape[1:]:
            raise BadInput(f"{path}: {name!r} is no map with a matrix and a shift that fits it; the file is damaged")
        maps[name] = SpaceMap(matrix, shift)
    return maps
