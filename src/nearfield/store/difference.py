"""What has changed from one version of an embedding to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.update.alignment import SpaceMap, align, shared_ids
from nearfield.update.stability import (
    QUERIES,
    cross_version_recall,
    have_direction,
    neighbour_overlap,
    neighbours,
    rsa,
    similarity_to_previous,
)
from nearfield.vectors import Vectors

MOST = 20


@dataclass(frozen=True)
class Moved:
    """A key that both versions have.

    Attributes
    ----------
    key : str
    cosine : float or None
        Between its old and its new input row; None between spaces with different numbers of dimensions.
    aligned : float or None
        The same, after the map of the whole space.
    gained, lost : tuple of str
        Keys that are among its k nearest now and were not, and the other way round, nearest first.
    """

    key: str
    cosine: float | None
    aligned: float | None
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What has changed between two versions. Numbers are None where there is nothing to compare.

    Attributes
    ----------
    new_keys, dropped_keys : tuple of str
    shared : int
        Keys in both.
    cosine, aligned : float or None
        The mean over shared keys; see `Moved`.
    overlap : float or None
        The share of the k nearest that stay, among shared keys: see `nearfield.update.neighbour_overlap`.
    recall, aligned_recall : float or None
        Recall@k of old queries in the new version, as they are and mapped.
    rsa : float or None
        How alike the two are in what they hold apart, whatever the map; see `nearfield.update.rsa`.
    k : int
    moved : tuple of Moved
        The keys that moved most, by `aligned`.
    """

    new_keys: tuple[str, ...]
    dropped_keys: tuple[str, ...]
    shared: int
    cosine: float | None
    aligned: float | None
    overlap: float | None
    recall: float | None
    aligned_recall: float | None
    rsa: float | None
    k: int
    moved: tuple[Moved, ...]


def diff(
    old: Vectors, new: Vectors, k: int = 10, *, most: int = MOST, queries: int = QUERIES, seed: int = 1
) -> Difference:
    """Compare two versions.

    Parameters
    ----------
    old, new : Vectors
        Between equal numbers of dimensions the map is orthogonal, else affine (if there are keys enough to learn it).
    k : int
        How many neighbours are compared.
    most : int
        How many of the keys that moved most are told.
    queries : int
        How many shared keys, drawn by `seed`, are asked for neighbours.
    """
    new_keys = tuple(key for key in new.keys if key not in old)
    dropped_keys = tuple(key for key in old.keys if key not in new)
    n_shared = len(old) - len(dropped_keys)
    to_new = _map(old, new, n_shared)
    same_size = old.dim == new.dim and n_shared > 0
    cosines = similarity_to_previous(old, new) if same_size else None
    aligned = similarity_to_previous(old, new, to_new) if to_new else None
    comparable = n_shared and np.count_nonzero(have_direction(old, new, *shared_ids(old, new))) > 1
    drawn: dict[str, Any] = {"k": k, "queries": queries, "seed": seed}
    return Difference(
        new_keys=new_keys,
        dropped_keys=dropped_keys,
        shared=n_shared,
        cosine=_mean(cosines),
        aligned=_mean(aligned),
        overlap=neighbour_overlap(old, new, **drawn) if comparable else None,
        recall=cross_version_recall(old, new, **drawn) if comparable and same_size else None,
        aligned_recall=cross_version_recall(old, new, **drawn, to_new=to_new) if comparable and to_new else None,
        rsa=_number(rsa(old, new, seed=seed)) if comparable else None,
        k=k,
        moved=_moved(old, new, k, most, cosines, aligned),
    )


def _map(old: Vectors, new: Vectors, n_shared: int) -> SpaceMap | None:
    if n_shared and old.dim == new.dim:
        return align(old, new)
    return align(old, new, kind="affine") if n_shared > old.dim else None


def _moved(
    old: Vectors, new: Vectors, k: int, most: int, cosines: np.ndarray | None, aligned: np.ndarray | None
) -> tuple[Moved, ...]:
    if aligned is None:
        return ()
    left, right = shared_ids(old, new)
    with_direction = np.flatnonzero(have_direction(old, new, left, right))
    which = with_direction[np.argsort(aligned[with_direction], kind="stable")[:most]]
    left, right = left[which], right[which]
    before = [[old.keys[i] for i in row] for row in neighbours(old, left, k)] if len(which) else []
    after = [[new.keys[i] for i in row] for row in neighbours(new, right, k)] if len(which) else []
    return tuple(
        Moved(
            key=old.keys[left[n]],
            cosine=None if cosines is None else float(cosines[place]),
            aligned=float(aligned[place]),
            gained=tuple(key for key in after[n] if key not in before[n]),
            lost=tuple(key for key in before[n] if key not in after[n]),
        )
        for n, place in enumerate(which)
    )


def _mean(values: np.ndarray | None) -> float | None:
    return None if values is None else float(values.mean())


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
