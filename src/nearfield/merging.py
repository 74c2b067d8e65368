"""Two sets of vectors made one."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from nearfield.errors import BadInput
from nearfield.vectors import Vectors

Conflict = Literal["refuse", "keep", "replace", "mean"]


def merge(first: Vectors, second: Vectors, *, conflict: Conflict = "refuse") -> Vectors:
    """Return the vectors of both, stored as float32.

    Both must live in one space: trained together, one continued from the other, or aligned. Two separate trainings do
    not; their rows can be put into one table but not compared.

    Parameters
    ----------
    first, second : Vectors
        Of the same dimensions; both with an output matrix or both without.
    conflict : {"refuse", "keep", "replace", "mean"}
        What becomes of a key that both have: an error; the row and the count of `first`; those of `second`; or the
        mean of the two rows and the sum of the counts.

    Returns
    -------
    Vectors
        The keys of `first`, then the new ones of `second`; most frequent first where either has counts (a key whose
        count is not known counts 0). The metadata holds those of both under "merged"; nodes of a tree are left out.

    Raises
    ------
    BadInput
        The two do not fit together, or share a key under "refuse".
    """
    if conflict not in get_args(Conflict):
        raise BadInput(f"conflict is {conflict!r}; expected one of {', '.join(get_args(Conflict))}")
    shared = [key for key in first.keys if key in second]
    _check(first, second, shared if conflict == "refuse" else [])
    new = [key for key in second.keys if key not in first]
    keys = [*first.keys, *new]
    here, there, added = first.vocabulary.ids(shared), second.vocabulary.ids(shared), second.vocabulary.ids(new)

    def joined(left: np.ndarray, right: np.ndarray, both: np.ndarray) -> np.ndarray:
        rows = np.concatenate([left, right[added]])
        rows[here] = {"keep": left[here], "replace": right[there]}.get(conflict, both)
        return rows

    def tables(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return joined(left, right, (left[here] + right[there]) / 2)

    input = tables(first.input, second.input)
    output = None if first.output is None or second.output is None else tables(first.output, second.output)
    counts = None
    if first.counts is not None or second.counts is not None:
        left, right = first.vocabulary.counts, second.vocabulary.counts
        counts = joined(left, right, left[here] + right[there])
        order = np.argsort(-counts, kind="stable")
        keys, input, counts = [keys[i] for i in order], input[order], counts[order]
        output = None if output is None else output[order]
    return Vectors(keys, input, output, counts, {"merged": [first.metadata, second.metadata]})


def _check(first: Vectors, second: Vectors, refused: list[str]) -> None:
    if first.dim != second.dim:
        raise BadInput(f"{first.dim} and {second.dim} dimensions cannot be merged; expected the same")
    if (first.output_table is None) != (second.output_table is None):
        raise BadInput(
            "only one of the two has an output matrix; leave it away first: Vectors(v.keys, v.input, counts=v.counts)"
        )
    if refused:
        raise BadInput(
            f"{len(refused):,} keys are in both, such as {refused[0]!r}; say what becomes of them: conflict='keep',"
            " 'replace' or 'mean'"
        )
