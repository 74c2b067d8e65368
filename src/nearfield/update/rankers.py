"""Updates of rankers: a model goes on with new rows, and keeps what it has learnt from old ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.ranking_metrics import auc, group_ndcg, log_loss, rmse
from nearfield.examples import Examples
from nearfield.rank import LogisticRegression, Ranker
from nearfield.rank.features.translation import in_common_space
from nearfield.rank.ranker import OF_GROUPS
from nearfield.update.joining import joined_rows
from nearfield.update.strategies import FineTune, LwF, Replay, Retrain, Strategy

KNOWN = (Retrain, FineTune, Replay, LwF)
BUDGET = 1.0  # of replay, in rows for each new one


def update_ranker(
    model: Ranker,
    new: Examples,
    strategies: Sequence[Strategy],
    old: Examples | None = None,
    *,
    epochs: int | None = None,
    alpha: float | None = None,
    seed: int = 1,
) -> Ranker:
    """Return a ranker that has learnt from new rows, too; the one that is given stays as it is.

    `Retrain` fits a model with the same parameters to the old rows and, behind them, the new ones. All others go on by
    `partial_fit`, in which a number that has seen many rows moves little: `FineTune` with the new rows, as they come;
    `Replay` with these and old ones, shuffled together; `LwF` with the new rows as `distilled` makes them.

    Parameters
    ----------
    model : Ranker
        Fitted.
    new : Examples
        Features are translated by name: new ones start as in `fit`, the others keep their numbers and what they have
        learnt. Without rows nothing is learnt, whatever the strategy.
    strategies : sequence of Strategy
        Of `parse`.
    old : Examples, optional
        Rows of before: all of them for `Retrain`, those to draw from for `Replay`.
    epochs : int, optional
        Passes, the second and later ones shuffled; without it one, and for `Retrain` as many as the model has.
    alpha : float, optional
        The rate of this update, in place of the model's.
    seed : int
        Of the old rows that are drawn, and of shuffling.

    Raises
    ------
    BadInput
        A strategy that is not for rankers, no old rows where they are needed, rows whose names cannot be translated
        (`Examples.in_space`), other fields; what `fit` and `partial_fit` refuse. The model is as it was.
    """
    _check(model, new, strategies, old, epochs, alpha)
    new, *olds = in_common_space(model.space_, [new] if old is None else [new, old])
    space, old = new.space, olds[0] if olds else None
    if not len(new):
        return model.copy(space)
    if any(isinstance(one, Retrain) for one in strategies):
        return _retrained(model, joined_rows((rows for rows in (old, new) if rows is not None), space), epochs, alpha)
    updated, rows = model.copy(space), new
    for lwf in (one for one in strategies if isinstance(one, LwF)):
        rows = distilled(updated, rows, lwf.strength)
    replay = [one for one in strategies if isinstance(one, Replay)]
    if replay and old is not None:
        rows = joined_rows([rows, replayed(model, old, n_replayed(replay[0], new, old), seed)], space)
    return _gone_on(updated, rows, epochs or 1, alpha, seed, shuffle=bool(replay))


def distilled(teacher: Ranker, rows: Examples, strength: float) -> Examples:
    """Return rows whose labels are in part what the teacher foretells: Learning without Forgetting (see `LwF`).

    For a label y, what the teacher foretells p′, and any score s, both losses of a ranker are such that

        loss(s, y) + strength · loss(s, p′)    and    (1 + strength) · loss(s, (y + strength · p′) / (1 + strength))

    have the same derivative by s: σ(s) - y + strength · (σ(s) - p′), and with the squared loss s in place of σ(s). So
    the rows get the label and, times their own, the weight of the right side.
    """
    teacher._check_labels(rows)  # a share of what is foretold may bring a wrong label into 0 to 1
    labels = (rows.labels + np.float32(strength) * teacher.foretell(rows)) / np.float32(1 + strength)
    weights = np.ones(len(rows), np.float32) if rows.weights is None else rows.weights
    return _relabelled(rows, labels, weights * np.float32(1 + strength))


def drawn(n: int, most: int, seed: int) -> np.ndarray:
    """Return the places of at most `most` of n rows, each as likely as the others, int64, rising."""
    return np.sort(np.random.default_rng([seed, n]).choice(n, min(n, most), replace=False, shuffle=False))


def replayed(model: Ranker, old: Examples, most: int, seed: int) -> Examples:
    """Return old rows, at most `most`; for a loss of groups whole groups, as far as that many rows go."""
    if model.loss not in OF_GROUPS or old.groups is None:
        return old.take(drawn(len(old), most, seed))
    names, place, sizes = np.unique(old.groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng([seed, len(old)]).permutation(len(names))
    chosen = np.zeros(len(names), bool)
    chosen[order[np.cumsum(sizes[order]) <= most]] = True
    return old.take(np.flatnonzero(chosen[place]))


def n_replayed(replay: Replay, new: Examples, old: Examples) -> int:
    """Return how many old rows a budget allows."""
    budget = BUDGET if replay.budget is None else replay.budget
    return min(len(old), round(budget * len(new)))


def n_trained_on(new: Examples, strategies: Iterable[Strategy], old: Examples | None = None) -> int:
    """Return how many rows a pass of `update_ranker` has, the old ones among them."""
    added = 0
    for one in strategies:
        if old is not None and len(new):
            added += len(old) if isinstance(one, Retrain) else 0
            added += n_replayed(one, new, old) if isinstance(one, Replay) else 0
    return len(new) + added


def ranker_figures(model: Ranker, updated: Ranker, new: Examples) -> dict[str, float]:
    """Return how well new rows are foretold before and after they are learnt from; nothing where there are none.

    "log loss before" and "log loss after", and "AUC" alike; with the squared loss "squared error" is the root of its
    mean, and with a loss of groups there is "NDCG@10". What was predicted before is progressive validation (see
    `evaluate.progressive`): the model had not seen the rows.
    """
    figures: dict[str, float] = {}
    before = model if model.space_.size == updated.space_.size else model.copy(updated.space_)
    for when, one in (("before", before), ("after", updated)) if len(new) else ():
        given = new.labels, one.foretell(new), new.weights
        if model.loss in OF_GROUPS:
            if new.groups is not None:
                figures[f"NDCG@10 {when}"] = group_ndcg(*given[:2], new.groups)
        elif model.loss == "squared":
            figures[f"squared error {when}"] = rmse(*given)
        else:
            figures |= {f"log loss {when}": log_loss(*given), f"AUC {when}": auc(*given)}
    return figures


def _gone_on(model: Ranker, rows: Examples, epochs: int, alpha: float | None, seed: int, *, shuffle: bool) -> Ranker:
    """Let a model go on, with a rate for as long as that takes."""
    own = model.get_params()["alpha"]
    if alpha is not None:
        model.set_params(alpha=alpha)
    for epoch in range(epochs):
        if epoch or shuffle:
            model.partial_fit(rows.take(np.random.default_rng([seed, epoch]).permutation(len(rows))))
        else:
            model.partial_fit(rows)
    return model.set_params(alpha=own)


def _retrained(model: Ranker, rows: Examples, epochs: int | None, alpha: float | None) -> Ranker:
    if np.any(getattr(model, "pretrained_", False)):
        raise BadInput(
            "the model has started from vectors, which it does not keep; fit it anew by fit(…, pretrained=…), or update"
            " it by fine_tune, replay or lwf"
        )
    changes = {"epochs": epochs, "alpha": alpha}
    given = {name: value for name, value in changes.items() if value is not None}
    fresh = type(model)(**model.get_params() | given)
    return fresh.fit(rows)


def _relabelled(rows: Examples, labels: np.ndarray, weights: np.ndarray | None) -> Examples:
    entries = rows.indptr, rows.features, rows.fields, rows.values
    return Examples(labels, *entries, weights=weights, space=rows.space)


def _check(
    model: Ranker,
    new: Examples,
    strategies: Sequence[Strategy],
    old: Examples | None,
    epochs: int | None,
    alpha: float | None,
) -> None:
    """Refuse what cannot be an update before anything is copied."""
    for name, rows in (("new", new), ("old", old)):
        if not isinstance(rows, Examples) and not (rows is None and name == "old"):
            raise BadInput(f"{name} is a {type(rows).__name__}; a ranker is updated by examples, see read_examples")
    if epochs is not None and (isinstance(epochs, bool) or not isinstance(epochs, int | np.integer) or epochs < 1):
        raise BadInput(f"epochs is {epochs!r}; expected a whole number of at least 1")
    for one in strategies:
        if not isinstance(one, KNOWN):
            raise BadInput(f"{one.name} anchors vectors; a ranker takes {', '.join(kind.name for kind in KNOWN)}")
        if isinstance(one, LwF) and model.loss in OF_GROUPS:
            raise BadInput(f"lwf mixes labels with predictions, which loss={model.loss!r} has none of; use replay")
        if isinstance(one, Retrain | Replay) and old is None:
            raise BadInput(f"{one.name} needs the rows of before; give old=…, or update by fine_tune or lwf")
        if isinstance(one, Replay) and one.choice not in (None, "reservoir"):
            raise BadInput(f"replay's choice is {one.choice!r}, which is for sequences; for rows expected 'reservoir'")
        if isinstance(model, LogisticRegression) and alpha is not None and not isinstance(one, Retrain):
            raise BadInput("alpha is part of every weight of a LogisticRegression; leave it out, or update by retrain")
