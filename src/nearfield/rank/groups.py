"""Groups of rows that are ranked against one another: their order, their bounds, and the loss of their pairs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.rank.block import Block
from nearfield.rank.kernels.layout import Groups

MOST = 1024  # rows of a group whose pairs are compared; a larger one is cut, as pairs grow by the square


class GroupBounds:
    """Where groups begin in an order of rows, for a kernel; `groups` is valid as long as this is there.

    Parameters
    ----------
    examples : Examples
        With groups.
    order : ndarray of int64
        Rows, those of a group side by side. More than 1,024 of them are cut into several groups.
    """

    def __init__(self, examples: Examples, order: np.ndarray) -> None:
        groups = _groups_of(examples)[order]
        starts = np.flatnonzero(np.append(True, np.diff(groups) != 0)) if len(order) else np.empty(0, np.int64)
        within = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
        self.bounds = np.append(np.flatnonzero(within % MOST == 0), len(order)).astype(np.int64)
        self.room = np.zeros((3, len(examples)), np.float32)
        slopes, discounts, scratch = (row.ctypes.data for row in self.room)
        self.groups = Groups(len(self.bounds) - 1, self.bounds.ctypes.data, slopes, discounts, scratch)

    @property
    def slopes(self) -> np.ndarray:
        """The derivative of the loss by each row's score, float32, shape (n,), after a kernel wrote it."""
        return self.room[0]

    def split(self, parts: int) -> list[Groups]:
        """The same groups as several runs, none empty."""
        cuts = [self.groups.n_groups * i // parts for i in range(parts + 1)]
        return [
            self.groups._replace(n_groups=stop - start, bounds=self.bounds.ctypes.data + 8 * start)
            for start, stop in pairwise(cuts)
            if stop > start
        ]


def group_order(examples: Examples, seed: list[int] | None = None) -> np.ndarray:
    """Return the rows group by group, int64, shape (n,): as groups first come, or shuffled by a seed."""
    groups = _groups_of(examples)
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    if seed is None:
        return np.argsort(first[place], kind="stable")
    random = np.random.default_rng(seed)
    shuffled = random.permutation(len(groups))  # so that a group that is cut is cut otherwise in each pass
    return shuffled[np.argsort(random.permutation(len(first))[place[shuffled]], kind="stable")]


def pair_losses_of_groups(predictions: np.ndarray, examples: Examples) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of log(1 + exp(-(s_i - s_j))) over each group's pairs, and its rows above the lowest label.

    Both float64; 0 and 0 for groups without pairs. A group of more than 1,024 rows is cut into several.
    """
    from nearfield.rank.kernels.groups import pair_losses

    order, scores = group_order(examples), np.ascontiguousarray(predictions, np.float32)
    block, bounds = Block(examples, order), GroupBounds(examples, order)
    losses = np.zeros((bounds.groups.n_groups, 2), np.float32)
    pair_losses(block.rows, bounds.groups, scores.ctypes.data, losses.ctypes.data)
    weights, means = losses.astype(np.float64).T
    return means, weights


def mean_pair_loss(predictions: np.ndarray, examples: Examples) -> float:
    """Return the mean of `pair_losses_of_groups`, by its weights.

    NaN where no group has rows of different labels; log 2 where all scores are alike.
    """
    means, weights = pair_losses_of_groups(predictions, examples)
    return float(np.average(means, weights=weights)) if weights.any() else float("nan")


def has_pairs(examples: Examples) -> bool:
    """Return whether a group has rows of different labels, of weight above 0."""
    groups, labels = _groups_of(examples), examples.labels
    if examples.weights is not None:
        groups, labels = groups[examples.weights > 0], labels[examples.weights > 0]
    order = np.lexsort((labels, groups))
    return bool(np.any((np.diff(groups[order]) == 0) & (np.diff(labels[order]) != 0)))


def held_out(examples: Examples, share: float, seed: int) -> np.ndarray:
    """Return whether a row is of a group that is held out, bool, shape (n,): whole groups, about a share of them."""
    groups, place = np.unique(_groups_of(examples), return_inverse=True)
    if not 0 < int(len(groups) * share) < len(groups):
        raise BadInput(
            f"{len(groups)} groups are too few to hold out a share of {share}; give validation, or"
            " validation_fraction=0"
        )
    chosen = np.zeros(len(groups), bool)
    chosen[np.random.default_rng(seed).permutation(len(groups))[: int(len(groups) * share)]] = True
    return chosen[place]


def _groups_of(examples: Examples) -> np.ndarray:
    if examples.groups is None:
        raise BadInput("the rows have no groups")
    return np.asarray(examples.groups)
