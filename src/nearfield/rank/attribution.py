"""What features add to the score of rows: of linear models, and of factorization machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.rank.field_aware import FieldAwareFM
from nearfield.rank.ranker import Ranker
from nearfield.rank.row_sums import row_sums

BLOCK = 4096  # rows whose pairs are held at a time


def entry_shares(model: Ranker, examples: Examples) -> np.ndarray:
    """Return what each entry adds to the score of its row, float64, shape (m,); with the bias they sum to the score.

    A linear model's are w_i x_i. A factorization machine adds half of each pair that the entry is part of: a pair is as
    much the one feature's as the other's (the Shapley value of a game of single features and pairs). Rows are in the
    space of the model.

    Raises
    ------
    BadInput
        A deep ranker, whose score is no sum over features.
    """
    tables = model._linear_and_vectors()
    if tables is None:
        raise BadInput(
            f"a {type(model).__name__} has layers, so that its score is no sum over features; expected a linear model"
            " or a factorization machine"
        )
    linear, vectors = tables
    rows = model._scaled(examples)
    values = rows.entry_values.astype(np.float64)
    if getattr(model, "normalize", False):
        norms = np.sqrt(row_sums(rows, values**2))
        values = values / np.repeat(np.where(norms > 0, norms, 1), np.diff(rows.indptr))
    shares = linear[rows.features] * values
    if vectors is not None:
        for start in range(0, len(rows), BLOCK):
            first, last = (int(rows.indptr[min(row, len(rows))]) for row in (start, start + BLOCK))
            shares[first:last] += _pairs(model, rows[start : start + BLOCK], values[first:last], vectors)
    return shares * (float(model.targets_[1]) if model.loss == "squared" else 1.0)


def importances(model: Ranker, examples: Examples) -> np.ndarray:
    """Return how much each feature moves the scores of rows: the mean over rows of |share|, float64, (n_features,)."""
    examples = model._in_own_space(examples)
    sizes = np.abs(entry_shares(model, examples))
    counts = np.ones(len(examples)) if examples.weights is None else examples.weights.astype(np.float64)
    if not counts.sum() > 0:
        raise BadInput("no rows of weight above 0, over which importances could be computed")
    weights = np.repeat(counts, np.diff(examples.indptr))
    return np.bincount(examples.features, sizes * weights, model.space_.size) / counts.sum()


def named(model: Ranker, feature: int, names: Mapping[int, str] | None) -> str:
    """Return what to call a feature: as `names` has it, or else the space."""
    return model.space_.name(feature) if names is None or feature not in names else names[feature]


def _pairs(model: Ranker, rows: Examples, values: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Half of the pairs of each entry, float64."""
    if not isinstance(model, FieldAwareFM):
        parts: Any = vectors[rows.features].astype(np.float64) * values[:, None]
        sums = np.stack([row_sums(rows, column) for column in parts.T], axis=1)
        others = np.repeat(sums, np.diff(rows.indptr), axis=0) - parts
        return (parts * others).sum(axis=1) / 2
    lengths = np.diff(rows.indptr)
    sizes = np.repeat(lengths, lengths)  # with how many entries each stands in its row, itself among them
    one = np.repeat(np.arange(len(values)), sizes)
    within = np.arange(len(one)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    other = np.repeat(np.repeat(rows.indptr[:-1], lengths), sizes) + within
    one, other = one[one != other], other[one != other]
    features, fields = rows.features, rows.entry_fields
    left = vectors[features[one], fields[other]].astype(np.float64)
    products = np.einsum("ij,ij->i", left, vectors[features[other], fields[one]]) * values[one] * values[other]
    return np.bincount(one, products, len(values)) / 2
