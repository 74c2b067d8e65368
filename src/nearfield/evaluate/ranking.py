"""How good a ranker is on examples that it has not seen: the order, the probabilities, and how certain that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.breakdown import flat
from nearfield.evaluate.figures import Figure, Figures, bootstrap
from nearfield.evaluate.ranking_metrics import Areas, log_losses, ndcg_of_groups
from nearfield.evaluate.reliability import Bin, calibration_error, calibration_interval, reliability
from nearfield.evaluate.resampling import RESAMPLES, interval
from nearfield.examples import Examples
from nearfield.parameters import Resamples, Seed, checks_arguments
from nearfield.rank import Ranker
from nearfield.rank.groups import pair_losses_of_groups
from nearfield.rank.ranker import HIGHEST_GRADE, OF_GROUPS

BINS = 10


@dataclass(frozen=True)
class RankingResult:
    """The metrics of a ranker, with 95 % bootstrap intervals over rows (`gauc`: over groups; `calibration_error`: see
    `reliability.calibration_interval`).

    Attributes
    ----------
    n : int
        Rows.
    positives : float
        The share of rows labelled 1; NaN for values.
    figures : dict of str to Figure
        For classes `auc`, `log_loss`, `normalised_entropy`, `calibration_error`, and if the rows have groups `gauc` and
        `ndcg@10`. For values `rmse`, and `baseline_rmse`, that of predicting their mean. For a loss of groups `ndcg@10`
        (if the labels are grades), `gauc` (if they are 0 and 1), and `pair_loss`, which is log 2 = 0.693 for scores
        that are all alike. See `ranking_metrics`, `reliability` and `rank.groups`.
    reliability : tuple of Bin
        Ten bins of equally many rows; empty for values.
    """

    n: int
    positives: float
    figures: dict[str, Figure]
    reliability: tuple[Bin, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds."""
        bins = [one._asdict() for one in self.reliability]
        return {"n": self.n, "positives": self.positives} | flat(self.figures) | {"reliability": bins}


@checks_arguments
def ranking_quality(
    model: Ranker, examples: Examples, *, resamples: Resamples = RESAMPLES, seed: Seed = 1
) -> RankingResult:
    """Predict for examples and judge the predictions by their labels, weights and groups."""
    predictions = model.foretell(examples)
    if model.loss in OF_GROUPS:
        return judge_order(examples, predictions, resamples=resamples, seed=seed)
    if model.loss == "squared":
        return judge_values(examples.labels, predictions, examples.weights, resamples=resamples, seed=seed)
    return judge_classes(
        examples.labels, predictions, examples.weights, examples.groups, resamples=resamples, seed=seed
    )


@checks_arguments
def judge_classes(
    labels: np.ndarray,
    predictions: np.ndarray,
    weights: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    *,
    resamples: Resamples = RESAMPLES,
    seed: Seed = 1,
) -> RankingResult:
    """Judge predicted probabilities of label 1.

    Parameters
    ----------
    labels : ndarray of 0 and 1, shape (n,)
    predictions : ndarray of float, shape (n,)
    weights : ndarray of float, shape (n,), optional
    groups : ndarray of int, shape (n,), optional
    resamples, seed : int
        Of the bootstrap; all figures come from the same draws.

    Raises
    ------
    BadInput
        No rows, arrays of different lengths, labels other than 0 and 1, or predictions outside of 0 … 1.
    """
    labels, predictions, weights = _checked(labels, predictions, weights)
    if not np.isin(labels, (0.0, 1.0)).all():
        raise BadInput("labels are not all 0 or 1; of values judge_values makes the figures")
    if not ((predictions >= 0) & (predictions <= 1)).all():
        raise BadInput("predictions are not all in 0 to 1; expected probabilities")
    areas, losses = Areas(labels, predictions), log_losses(labels, predictions)

    def statistics(drawn: np.ndarray) -> tuple[float, ...]:
        drawn = drawn * weights
        loss, share = (float(values @ drawn / drawn.sum()) for values in (losses, labels))
        entropy = float(log_losses(np.array([1.0, 0.0]), np.array([share, share])) @ (share, 1 - share))
        return float(areas(drawn)[0][0]), loss, loss / entropy if 0 < share < 1 else np.nan

    names = ("auc", "log_loss", "normalised_entropy")
    figures = _with_intervals(names, statistics, len(labels), resamples, seed)
    binned = labels, predictions, weights
    figures["calibration_error"] = Figure(
        calibration_error(*binned, bins=BINS), calibration_interval(*binned, bins=BINS)
    )
    if groups is not None:
        figures = {"auc": figures["auc"]} | _of_groups(labels, predictions, weights, groups, resamples, seed) | figures
    positives = float(np.average(labels, weights=weights))
    return RankingResult(len(labels), positives, figures, reliability(labels, predictions, weights, bins=BINS))


@checks_arguments
def judge_values(
    labels: np.ndarray,
    predictions: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    resamples: Resamples = RESAMPLES,
    seed: Seed = 1,
) -> RankingResult:
    """Evaluate predicted values by their RMSE, beside that of a mean; parameters and errors as of `judge_classes`."""
    labels, predictions, weights = _checked(labels, predictions, weights)
    squares = (predictions - labels) ** 2

    centred = labels - np.average(labels, weights=weights)

    def statistics(drawn: np.ndarray) -> tuple[float, ...]:
        shares = drawn * weights
        shares = shares / shares.sum()
        variance = centred**2 @ shares - (centred @ shares) ** 2
        return float(np.sqrt(squares @ shares)), float(np.sqrt(max(variance, 0.0)))

    figures = _with_intervals(("rmse", "baseline_rmse"), statistics, len(labels), resamples, seed)
    return RankingResult(len(labels), np.nan, figures)


def _with_intervals(
    names: tuple[str, ...], statistics: Callable[[np.ndarray], tuple[float, ...]], n: int, resamples: int, seed: int
) -> Figures:
    drawn = bootstrap(lambda blocks: np.array([statistics(weights) for weights in blocks]), n, resamples, seed)
    whole = statistics(np.ones(n))
    return {name: Figure(value, interval(column)) for name, value, column in zip(names, whole, drawn.T, strict=True)}


def judge_order(
    examples: Examples, predictions: np.ndarray, *, resamples: int = RESAMPLES, seed: int = 1
) -> RankingResult:
    """Evaluate scores by the order that they give the rows of each group.

    Raises
    ------
    BadInput
        No rows, no groups, or predictions that are no numbers.
    """
    labels, predictions, weights = _checked(examples.labels, predictions, examples.weights)
    if examples.groups is None:
        raise BadInput("the rows have no groups, within which their order could be evaluated; read them with group=")
    figures = _of_groups(labels, predictions, weights, examples.groups, resamples, seed)
    means, sizes = pair_losses_of_groups(predictions, examples)
    figures["pair_loss"] = _mean_over_groups(means[sizes > 0], sizes[sizes > 0], resamples, seed)
    positives = float(np.average(labels, weights=weights)) if np.isin(labels, (0.0, 1.0)).all() else np.nan
    return RankingResult(len(labels), positives, figures)


def _of_groups(
    labels: np.ndarray, predictions: np.ndarray, weights: np.ndarray, groups: np.ndarray, resamples: int, seed: int
) -> Figures:
    """The metrics of order within groups that the labels allow; rows of weight 0 are no rows."""
    kept = weights > 0
    labels, predictions, weights, groups = labels[kept], predictions[kept], weights[kept], groups[kept]
    figures = {}
    if np.isin(labels, (0.0, 1.0)).all():
        areas, sizes = Areas(labels, predictions, groups)(weights)
        figures["gauc"] = _mean_over_groups(areas[~np.isnan(areas)], sizes[~np.isnan(areas)], resamples, seed)
    if labels.min() >= 0 and labels.max() <= HIGHEST_GRADE:
        values, _ = ndcg_of_groups(labels, predictions, groups)
        values = values[~np.isnan(values)]
        figures["ndcg@10"] = _mean_over_groups(values, np.ones(len(values)), resamples, seed)
    return figures


def _mean_over_groups(values: np.ndarray, weights: np.ndarray, resamples: int, seed: int) -> Figure:
    if not len(values):
        return Figure(np.nan, (np.nan, np.nan))
    means = bootstrap(
        lambda drawn: (drawn @ (values * weights) / (drawn @ weights))[:, None], len(values), resamples, seed
    )
    return Figure(float(np.average(values, weights=weights)), interval(means[:, 0]))


def _checked(
    labels: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    labels, predictions = np.asarray(labels, np.float64), np.asarray(predictions, np.float64)
    weights = np.ones(len(labels)) if weights is None else np.asarray(weights, np.float64)
    if not len(labels):
        raise BadInput("no rows to judge")
    if not len(labels) == len(predictions) == len(weights):
        raise BadInput(
            f"{len(labels)} labels, {len(predictions)} predictions and {len(weights)} weights; expected one each a row"
        )
    if not np.isfinite(predictions).all():
        raise BadInput("predictions hold NaN or infinite numbers")
    if not weights.sum() > 0:
        raise BadInput("all rows weigh 0")
    return labels, predictions, weights
