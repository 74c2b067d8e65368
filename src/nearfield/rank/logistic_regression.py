"""LogisticRegression: a linear model that remembers, by FTRL-Proximal (McMahan et al., KDD 2013)."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from nearfield.examples import Examples, FeatureSpace
from nearfield.rank.ranker import LOSSES, Ranker, Task


class Pruned(NamedTuple):
    """What L1 has done: features never seen, those with a weight, and those seen whose weight is 0."""

    unseen: int
    kept: int
    removed: int


class LogisticRegression(Ranker):
    """A weight for every feature, learnt row by row, each feature at a rate of its own.

    `embed` generalises, this remembers: give it crossed features, and L1 forgets the rare ones. See
    `rank.kernels.ftrl` for the formulas. With l1 = l2 = 0 it is online gradient descent with per-coordinate rates
    α / (β + √Σg²).

    Parameters
    ----------
    loss : {"logistic", "squared"}
        Cross-entropy for classes, squared error for values.
    alpha, beta : float
        The rate of a feature is α / (β + √ its squared gradients so far).
    l1, l2 : float
        λ1 keeps the weight of a feature at 0 until its gradients add up to more; λ2 shrinks weights.
    epochs : int
        Passes over the rows; 1 is what the paper does.
    validation_fraction : float
        See `fit`.
    workers : int
        Threads. With 1 a run is repeated bit for bit; several write to the same table without locks.
    seed : int
        For shuffling.

    Attributes
    ----------
    state_ : ndarray of float32, shape (n_features + 1, 2)
        z and n of each feature, the bias last.
    losses_, validation_losses_ : list of float
        Of each pass: the mean loss of what was predicted just before each row was learnt, and on the validation.
    """

    TABLES: ClassVar[tuple[str, ...]] = ("state_",)

    def __init__(
        self,
        *,
        loss: Task = "logistic",
        alpha: float = 0.1,
        beta: float = 1.0,
        l1: float = 0.0,
        l2: float = 0.0,
        epochs: int = 1,
        validation_fraction: float = 0.0,
        workers: int = 1,
        seed: int = 1,
    ) -> None:
        self.loss = loss
        self.alpha = alpha
        self.beta = beta
        self.l1 = l1
        self.l2 = l2
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.workers = workers
        self.seed = seed

    @property
    def weights_(self) -> np.ndarray:
        """The weight of each feature, float32, shape (n_features,); exactly 0 where L1 has pruned it."""
        return self._weights(self.state_[:-1], self.l1)

    @property
    def bias_(self) -> float:
        """What is predicted, before the logistic function, for a row without features."""
        return float(self._weights(self.state_[-1:], 0.0)[0])

    def prune(self) -> Pruned:
        """Return how many features L1 has left without a weight."""
        seen, weights = self.state_[:-1, 1] > 0, self.weights_
        kept = int(np.count_nonzero(weights))
        return Pruned(int(np.count_nonzero(~seen)), kept, int(np.count_nonzero(seen)) - kept)

    def explain(self, examples: Examples, row: int = 0, k: int = 10) -> list[tuple[str, float]]:
        """Return the k strongest features of a row with their shares in its score, w_i · x_i; the bias is one."""
        one = examples[row : row + 1] if row >= 0 else examples[len(examples) + row :][:1]
        values = np.ones(len(one.features), np.float32) if one.values is None else one.values
        shares = self.weights_[one.features] * values
        named = [(self.space_.name(int(f)), float(s)) for f, s in zip(one.features, shares, strict=True)]
        return sorted([*named, ("bias", self.bias_)], key=lambda pair: -abs(pair[1]))[:k]

    def uncertainty(self, examples: Examples) -> np.ndarray:
        """Return α · Σ_i |x_i| / √(n_i + β²), float32, shape (n,): how far a step could still move each score.

        McMahan et al. 2013, section 7.1: an upper bound of the change of the score by one more row like it, in units
        of the gradient; large where features are rare.
        """
        values = np.ones(len(examples.features), np.float32) if examples.values is None else np.abs(examples.values)
        shares = np.append(self.alpha * values / np.sqrt(self.state_[examples.features, 1] + self.beta**2), 0.0)
        sums = np.add.reduceat(shares, np.minimum(examples.indptr[:-1], len(shares) - 1))
        return np.where(np.diff(examples.indptr) > 0, sums, 0.0).astype(np.float32)

    def _weights(self, state: np.ndarray, l1: float) -> np.ndarray:
        z, n = state[:, 0], state[:, 1]
        size = np.maximum(np.abs(z) - np.float32(l1), 0) / ((self.beta + np.sqrt(n)) / self.alpha + self.l2)
        return (-np.sign(z) * size).astype(np.float32)

    def _grow(self, space: FeatureSpace) -> None:
        state = np.zeros((space.size + 1, 2), np.float32)
        known = self.__dict__.get("state_")
        if known is not None:
            state[: len(known) - 1], state[-1] = known[:-1], known[-1]
        self.state_ = state

    def _learn(self, rows: Any, foretold: np.ndarray) -> None:
        from nearfield.rank.kernels.ftrl import train_ftrl

        train_ftrl(rows, self.state_.ctypes.data, self.space_.size, self._settings(), foretold.ctypes.data)

    def _foretell(self, rows: Any, foretold: np.ndarray) -> None:
        from nearfield.rank.kernels.ftrl import predict_ftrl

        predict_ftrl(rows, self.state_.ctypes.data, self.space_.size, self._settings(), foretold.ctypes.data)

    def _settings(self) -> Any:
        from nearfield.rank.kernels.layout import Ftrl

        numbers = (np.float32(value) for value in (self.alpha, self.beta, self.l1, self.l2))
        return Ftrl(LOSSES.index(self.loss), *numbers)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        self._check_positive("alpha")
        self._check_positive("beta", "l1", "l2", zero=True)
