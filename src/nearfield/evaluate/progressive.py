"""Progressive validation by time: each slice of examples is predicted first, then learnt from."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.ranking_metrics import auc, group_ndcg, log_loss, rmse
from nearfield.examples import Examples, check_examples
from nearfield.parameters import Count, checks_arguments
from nearfield.rank import Ranker
from nearfield.rank.ranker import OF_GROUPS
from nearfield.recency import microseconds

Learn = Callable[[Ranker, Examples, Examples], Ranker]


class Slice(NamedTuple):
    """What a model foretold of a span of time before it had learnt anything from it.

    start, stop : the first and the last time, in microseconds since 1970; n : rows; positives : the mean label;
    auc, log_loss, rmse, ndcg : of the predictions, NaN where they have none; `ndcg` is that of `group_ndcg`, of a model
    that is trained by the order within groups.
    """

    start: int
    stop: int
    n: int
    positives: float
    auc: float
    log_loss: float
    rmse: float
    ndcg: float = np.nan


@checks_arguments
def progressive_validation(
    model: Ranker,
    examples: Examples,
    *,
    slices: Count = 10,
    every: str | float | None = None,
    learn: Learn | None = None,
) -> tuple[Slice, ...]:
    """Walk through examples in the order of time: predict a slice, then learn from it (Blum et al., COLT 1999).

    No row is predicted by a model that has seen a later one, as it is when a model serves and is updated.

    Parameters
    ----------
    model : Ranker
        Goes on learning, by `partial_fit`. If it has learnt nothing yet, the first slice is only learnt from; with
        `learn` that is by `fit`.
    examples : Examples
        With times. Rows of one moment stay in one slice, and in the order in which they come.
    slices : int
        Slices of about equally many rows.
    every : str or float, optional
        Instead: how long a slice is, such as "1d", from the first time on; spans without rows are left out.
    learn : callable, optional
        Gets a model, a slice, and all rows before it, and returns the model that goes on, such as
        `lambda model, new, old: nf.update(model, new, strategy="replay", old=old).content`.

    Returns
    -------
    tuple of Slice
        One for each slice that was predicted.
    """
    check_examples(examples)
    if examples.times is None:
        raise BadInput("the examples have no times; read them with a column of times")
    if model.loss == "logistic" and not np.isin(examples.labels, (0.0, 1.0)).all():
        raise BadInput("labels are not all 0 or 1; probabilities can be learnt from, but nothing is judged by them")
    order = np.argsort(examples.times, kind="stable")
    times = np.asarray(examples.times)[order]
    found = []
    for start, stop in _cuts(times, slices, every):
        part = examples.take(order[start:stop])
        fitted = "space_" in model.__dict__
        if fitted:
            found.append(_judged(model, part, times[start:stop]))
        if learn is None:
            model.partial_fit(part)
        else:
            model = learn(model, part, examples.take(order[:start])) if fitted else model.fit(part)
    return tuple(found)


def _cuts(times: np.ndarray, slices: int, every: str | float | None) -> list[tuple[int, int]]:
    """Where slices start and stop; rows of one moment are not parted."""
    if slices < 1:
        raise BadInput(f"slices is {slices}; expected at least 1")
    n = len(times)
    if every is None:
        wanted = times[[n * i // slices for i in range(1, slices)]] if n else times
    else:
        span = int(microseconds(every))
        wanted = times[0] + span * np.unique((times - times[0]) // span)[1:] if n else times
    starts = np.unique(np.concatenate([[0], np.searchsorted(times, wanted), [n]]))
    return list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))


def _judged(model: Ranker, part: Examples, times: np.ndarray) -> Slice:
    labels, weights = part.labels, part.weights
    found, classes = model.foretell(part), model.loss == "logistic"
    span = int(times[0]), int(times[-1]), len(part), float(labels.mean())
    if model.loss in OF_GROUPS and part.groups is not None:
        return Slice(*span, np.nan, np.nan, np.nan, group_ndcg(labels, found, part.groups))
    of_classes = (auc(labels, found, weights), log_loss(labels, found, weights)) if classes else (np.nan, np.nan)
    error = rmse(labels, found, weights)
    return Slice(*span, *of_classes, error)
