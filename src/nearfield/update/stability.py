"""How much of a space is left after an update: for each key, for its neighbours, and for who reads across versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from nearfield.arithmetic import nearest
from nearfield.errors import BadInput
from nearfield.evaluate.correlation import spearman
from nearfield.update.alignment import BLOCK_ROWS, SpaceMap, shared_ids
from nearfield.vectors import Vectors

QUERIES = 300  # keys that are asked for neighbours: the report of an update may not take longer than the update
SIMILARITY = "similarity to the previous version"
RSA_KEYS = 500  # their pairs are ranked: 124,750


def similarity_to_previous(old: Vectors, new: Vectors, to_new: SpaceMap | None = None) -> np.ndarray:
    """Return the cosine between the old and the new input row of each key that both have, in the order of `old`.

    This is the similarity to the previous version: 1 is unmoved. float32, shape (keys in both,). With `to_new`, such as
    `align(old, new)`, old rows are mapped first, so that a rotation of the whole space does not count. A key whose rows
    are both zeros has not moved; where only one of them is, the cosine is 0.
    """
    left, right = shared_ids(old, new)
    _check_dimensions(old, new, to_new)
    cosines = np.empty(len(left), np.float32)
    for start in range(0, len(left), BLOCK_ROWS):
        some = slice(start, start + BLOCK_ROWS)
        before, after = old.input_table[left[some]], new.input_table[right[some]]
        before = before if to_new is None else to_new.rows(before)
        cosines[some] = _cosines(before.astype(np.float64), after.astype(np.float64))
    return cosines


def neighbour_overlap(
    old: Vectors,
    new: Vectors,
    k: int = 10,
    *,
    keys: Iterable[str] | None = None,
    queries: int = QUERIES,
    seed: int = 1,
) -> float:
    """Return the share of the k nearest keys of a key that are still among them, by cosine: the mean over keys.

    Only keys in common are asked and may be neighbours; else every new key would push an old neighbour out. This is the
    "overlap@k" of the publish checks, of `store.diff` and of the report of an update.

    Parameters
    ----------
    old, new : Vectors
        With at least two keys in common. Their numbers of dimensions may differ.
    k : int
    keys : iterable of str, optional
        Whose neighbours are compared; those that both have. All keys in common if not given.
    queries : int
        How many of these, drawn by `seed`, are asked.
    """
    left, right = shared_ids(old, new)
    asked = draw(old, new, queries, seed, keys)
    found = neighbours(old, asked[0], k, left if len(left) < len(old) else None)
    found_now = neighbours(new, asked[1], k, right if len(right) < len(new) else None)
    shares = [
        len({old.keys[i] for i in before} & {new.keys[i] for i in after}) / max(1, len(before))
        for before, after in zip(found, found_now, strict=True)
    ]
    return float(np.mean(shares))


def neighbours(vectors: Vectors, ids: np.ndarray, k: int, allow: np.ndarray | None = None) -> list[list[int]]:
    """Return the ids of the k keys nearest to each of `ids` by cosine, the nearest first, itself left out."""
    found, _ = nearest(vectors.input_table, vectors.input_table[ids], k, list(ids[:, None]), allow)
    return [row[row >= 0].tolist() for row in found]


def cross_version_recall(
    old: Vectors,
    new: Vectors,
    k: int = 10,
    *,
    to_new: SpaceMap | None = None,
    queries: int = QUERIES,
    seed: int = 1,
) -> float:
    """Return recall@k where a query of the old version searches the new one.

    For a key in both, the k keys of `new` nearest to its old row (mapped by `to_new`, if it is given) are held against
    the k nearest to its new row; itself is left out of both. The mean share that is found, over keys drawn by `seed`.
    """
    _check_dimensions(old, new, to_new)
    left, right = draw(old, new, queries, seed)
    rows = old.input_table[left] if to_new is None else to_new.rows(old.input_table[left])
    wanted = neighbours(new, right, k)
    found, _ = nearest(new.input_table, rows, k, list(right[:, None]))
    return float(
        np.mean([len(set(one) & set(row)) / len(one) for one, row in zip(wanted, found.tolist(), strict=True)])
    )


def rsa(old: Vectors, new: Vectors, *, keys: int = RSA_KEYS, seed: int = 1) -> float:
    """Representational similarity analysis: do the two tell the same keys apart? No map is needed.

    Spearman's ρ between the cosines of all pairs of keys in `old` and those in `new`, over `keys` keys drawn by `seed`
    (Kriegeskorte, Mur & Bandettini 2008, Representational similarity analysis, step 3). NaN with fewer than three keys
    in common.
    """
    left, right = draw(old, new, keys, seed)
    pairs = np.triu_indices(len(left), 1)
    rows = old.input_table.unit(left), new.input_table.unit(right)
    return spearman(*((unit @ unit.T)[pairs] for unit in rows))


def figures_of(old: Vectors, new: Vectors, touched: Iterable[str], k: int = 10) -> dict[str, float]:
    """Return what `report.Update.figures` has for vectors; what cannot be measured, of too few keys, is left out."""
    named = set(touched)
    others = [key for key in old.keys if key not in named]
    asked: dict[str, Callable[[], float]] = {
        f"overlap@{k}": lambda: neighbour_overlap(old, new, k),
        f"untouched overlap@{k}": lambda: neighbour_overlap(old, new, k, keys=others),
        SIMILARITY: lambda: float(np.mean(similarity_to_previous(old, new))),
    }
    found = {}
    for name, ask in asked.items():
        try:
            found[name] = ask()
        except BadInput:
            continue
    return found


def draw(
    old: Vectors, new: Vectors, most: int, seed: int, keys: Iterable[str] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids in both of at most `most` keys in common that are no rows of zeros, drawn by `seed`.

    Only of `keys`, if they are given.

    Raises
    ------
    BadInput
        There are fewer than two such keys.
    """
    left, right = shared_ids(old, new)
    if keys is not None:
        asked = np.isin(left, old.vocabulary.known(keys))
        left, right = left[asked], right[asked]
    with_direction = np.flatnonzero(have_direction(old, new, left, right))
    if len(with_direction) < 2:
        raise BadInput(f"{len(with_direction)} keys in common that are not zeros; expected at least 2 to compare")
    drawn = np.sort(np.random.default_rng(seed).permutation(with_direction)[:most])
    return left[drawn], right[drawn]


def have_direction(old: Vectors, new: Vectors, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return which of these pairs of ids have a row that is not zeros in both, bool, shape (k,)."""
    found: np.ndarray = (old.input_table.norms[left] > 0) & (new.input_table.norms[right] > 0)
    return found


def _cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    both_zero = ~left.any(axis=1) & ~right.any(axis=1)
    products = np.einsum("ij,ij->i", left, right)
    return np.where(both_zero, 1.0, np.divide(products, norms, out=np.zeros(len(left)), where=norms > 0))


def _check_dimensions(old: Vectors, new: Vectors, to_new: SpaceMap | None) -> None:
    dim = old.dim if to_new is None else to_new.matrix.shape[1]
    if dim != new.dim or (to_new is not None and len(to_new.matrix) != old.dim):
        raise BadInput(f"the two have {old.dim} and {new.dim} dimensions; expected the same, or an affine map of them")
