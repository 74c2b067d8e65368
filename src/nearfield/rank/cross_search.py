"""A greedy search for crosses that pay, as AutoCross does it (Luo et al., KDD 2019, arXiv:1904.12857), but small."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from nearfield.columns import SIGN, HashBits, check_bits
from nearfield.errors import BadInput
from nearfield.examples import Examples, check_examples
from nearfield.feature_space import FeatureSpace
from nearfield.parameters import Count, checks_arguments
from nearfield.rank.features.crosses import combinations, cross, hashed
from nearfield.rank.logistic_regression import LogisticRegression
from nearfield.rank.metrics import LEAST, mean_loss

Fields = tuple[str, ...]


class FoundCross(NamedTuple):
    """A cross that pays.

    Attributes
    ----------
    fields : tuple of str
        Two, or three, in the order of the space.
    gain : float
        How much the validation logloss fell as the cross was judged, beside the score of the model before it.
    loss : float
        The validation logloss of the whole model with this cross and those found before it.
    """

    fields: Fields
    gain: float
    loss: float


@checks_arguments
def search_crosses(
    train: Examples,
    validation: Examples,
    *,
    k: Count = 5,
    fields: Sequence[str] | None = None,
    order: Literal[2, 3] = 2,
    bits: HashBits = 18,
    model: LogisticRegression | None = None,
) -> list[FoundCross]:
    """Return up to k crosses of fields that lower the logloss of a logistic regression on the validation.

    Each round judges every pair that is left as section 4.2 has it: what the model says already is kept as one number,
    and only the weights of the pair's combinations are learnt beside it, in one pass. The best pair comes in, the whole
    model is learnt anew, and the search ends where its loss on the validation does not fall any more. With an order of
    3 a pair that comes in brings its triples, each with another field, to be judged in the rounds that follow.

    Parameters
    ----------
    train, validation : Examples
        The second is brought into the space of the first. What is found has been chosen by the validation; judge the
        model on other rows.
    k : int
    fields : sequence of str, optional
        Those to cross; without them all.
    order : {2, 3}
        The most fields of a cross.
    bits : int
        Combinations are hashed to 2^bits slots.
    model : LogisticRegression, optional
        Whose parameters to learn with.

    Raises
    ------
    BadInput
        Rows whose names cannot be translated, fewer than two fields, unknown fields, k below 1, or another order.
    """
    for name, rows in (("train", train), ("validation", validation)):
        check_examples(rows, name)
        if not len(rows):
            raise BadInput(f"{name} has no rows; crosses are chosen by rows put aside, which need both")
    validation = validation.in_space(train.space)
    model, left = model or LogisticRegression(), _pairs(train.space, fields, k)
    check_bits(bits)
    singles = sorted({field for pair in left for field in pair}, key=train.space.fields.index)
    found: list[FoundCross] = []
    scores, best = _scores(train, validation, model)
    while left and len(found) < k:
        before = _loss_beside(train, validation, scores, None, bits, model)
        gains = {one: before - _loss_beside(train, validation, scores, one, bits, model) for one in left}
        winner = max(left, key=gains.__getitem__)
        chosen = [one.fields for one in found] + [winner]
        scores, loss = _scores(cross(train, chosen, bits=bits), cross(validation, chosen, bits=bits), model)
        if gains[winner] <= 0 or loss >= best:
            break
        best = loss
        found.append(FoundCross(winner, gains[winner], loss))
        more = _triples(winner, singles, train.space) if len(winner) < order else []
        left = [one for one in dict.fromkeys([*left, *more]) if one not in chosen]
    return found


def _triples(pair: Fields, singles: Sequence[str], space: FeatureSpace) -> list[Fields]:
    """Return a pair with each other field."""
    triples = [tuple(one for one in singles if one in (*pair, third)) for third in singles if third not in pair]
    return [triple for triple in triples if SIGN.join(triple) not in space.fields]


def _pairs(space: FeatureSpace, fields: Sequence[str] | None, k: int) -> list[Fields]:
    fields = space.fields if fields is None else fields
    unknown = [field for field in fields if field not in space.fields]
    if unknown:
        raise BadInput(f"there is no field {unknown[0]!r}; the fields are {', '.join(space.fields)}")
    if len(set(fields)) < 2 or k < 1:
        raise BadInput(f"k is {k} and there are {len(set(fields))} fields; expected at least 1 pair of 2 fields")
    pairs = itertools.combinations(sorted(set(fields), key=space.fields.index), 2)
    return [pair for pair in pairs if SIGN.join(pair) not in space.fields]


def _scores(train: Examples, validation: Examples, model: LogisticRegression) -> tuple[list[np.ndarray], float]:
    """Return what a model learnt from scratch says of both, as log-odds, and its loss on the validation."""
    fitted = LogisticRegression(**model.get_params()).fit(train)
    chances = [fitted.foretell(rows).astype(np.float64) for rows in (train, validation)]
    loss = mean_loss(chances[1], validation, "logistic")
    clipped = [np.clip(chance, LEAST, 1 - LEAST) for chance in chances]
    return [(np.log(p) - np.log1p(-p)).astype(np.float32) for p in clipped], loss


def _loss_beside(
    train: Examples, validation: Examples, scores: list[np.ndarray], fields: Fields | None, bits: int,
    model: LogisticRegression,
) -> float:  # fmt: skip
    """Return the validation loss of the score as it is with the weights of a cross's combinations beside it."""
    rows = [_beside(part, score, fields, bits) for part, score in zip((train, validation), scores, strict=True)]
    judge = LogisticRegression(alpha=model.alpha, beta=model.beta)
    judge._take_space(rows[0].space)
    judge.state_[0] = -(judge.beta + 1) / judge.alpha, 1  # the score's weight is 1 to begin with
    judge._pass(rows[0], np.arange(len(rows[0])))  # a score is no feature whose scale is to be found
    return mean_loss(judge._predicted(rows[1]), rows[1], "logistic")


def _beside(examples: Examples, score: np.ndarray, fields: Fields | None, bits: int) -> Examples:
    """Return rows of the score, feature 0, and of a cross's combinations behind it."""
    n = len(examples)
    rows, features, values = np.arange(n), np.zeros(n, np.int32), score
    if fields is not None:
        part = combinations(examples, fields)
        order = np.argsort(np.concatenate([rows, part.rows]), kind="stable")
        rows = np.concatenate([rows, part.rows])[order]
        features = np.concatenate([features, 1 + hashed(part, SIGN.join(fields), bits)])[order]
        values = np.concatenate([values, part.values])[order]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))])
    space = FeatureSpace(1 + (1 << bits))
    return Examples(examples.labels, indptr, features, None, values, weights=examples.weights, space=space)
