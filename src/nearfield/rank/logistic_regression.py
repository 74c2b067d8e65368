"""LogisticRegression: a linear model that remembers, by FTRL-Proximal (McMahan et al., KDD 2013)."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.parameters import Epochs, FilePath, LearningRate, NotNegative
from nearfield.rank.file_table import file_table
from nearfield.rank.fixed_point import MOST, FixedPointModel, fraction_bits, to_fixed_point
from nearfield.rank.ranker import LOSSES, Ranker
from nearfield.rank.row_sums import row_sums

Rates = Literal["gradients", "counts"]


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
    loss : {"logistic", "squared", "pairwise", "lambdarank"}
        For classes, for values, and for the order within groups; see `Ranker`.
    alpha, beta : float
        The rate of a feature is α / (β + √ its squared gradients so far).
    l1, l2 : float
        λ1 keeps the weight of a feature at 0 until its gradients add up to more; λ2 shrinks weights.
    epochs : int
        Passes over the rows; 1 is what the paper does.
    validation_fraction : float
        See `fit`.
    rates : {"gradients", "counts"}
        Whether n, on which the rate of a feature depends, is the sum of its squared gradients, or is estimated from how
        many of its rows were positive and negative (section 4.2): counts, which many models can share. With counts all
        is as if values were 1, and the loss is logistic.
    table_folder : str, optional
        Keep the table in a file without a name in this folder, memory-mapped: it may be larger than memory, and is not
        copied while training, so that `fit` cannot go back to an earlier pass. `save` writes it elsewhere.
    workers : int
        Threads. With 1 a run is repeated bit for bit; several write to the same table without locks.
    seed : int
        For shuffling.

    Attributes
    ----------
    state_ : ndarray of float32, shape (n_features + 1, 2), or with counts (n_features + 1, 3)
        z and n, or z and counts of positive and negative rows, of each feature, the bias last.
    losses_, validation_losses_ : list of float
        Of each pass: the mean loss of what was predicted just before each row was learnt, and on the validation.
    """

    TABLES: ClassVar[tuple[str, ...]] = ("state_",)

    alpha: LearningRate = 0.1
    beta: NotNegative = 1.0
    l1: NotNegative = 0.0
    l2: NotNegative = 0.0
    epochs: Epochs = 1
    rates: Rates = "gradients"
    table_folder: FilePath | None = None

    @property
    def weights_(self) -> np.ndarray:
        """The weight of each feature, float32, shape (n_features,); exactly 0 where L1 has pruned it."""
        return self._weights_in_units(self._weights(self.state_[:-1], self.l1))

    @property
    def bias_(self) -> float:
        """What is predicted, before the logistic function, for a row without features."""
        return self._bias_in_units(float(self._weights(self.state_[-1:], 0.0)[0]))

    def prune(self) -> Pruned:
        """Return how many features L1 has left without a weight."""
        seen, weights = self.state_[:-1, 1:].any(axis=1), self.weights_
        kept = int(np.count_nonzero(weights))
        return Pruned(int(np.count_nonzero(~seen)), kept, int(np.count_nonzero(seen)) - kept)

    def uncertainty(self, examples: Examples) -> np.ndarray:
        """Return α · Σ_i |x_i| / √(n_i + β²), float32, shape (n,): how far a step could still move each score.

        McMahan et al. 2013, section 7.1: an upper bound of the change of the score by one more row like it, in units
        of the gradient; large where features are rare.
        """
        examples = self._in_own_space(examples)
        values = np.abs(self._scaled(examples).entry_values)
        n = self._squares(self.state_[examples.features])
        return row_sums(examples, self.alpha * values / np.sqrt(n + self.beta**2)).astype(np.float32)

    def fixed_point(self, bits: int | None = None, seed: int = 1) -> FixedPointModel:
        """Return the weights in two bytes each, to predict by, rounded at random (section 4.1).

        Parameters
        ----------
        bits : int, optional
            How many of the 16 stand behind the point; 13 is the paper's q2.13, which cuts weights off at ±4. Without it
            13 or as many as the largest weight leaves.
        seed : int
        """
        weights = self._weights(self.state_[:-1], self.l1)
        bits = fraction_bits(weights) if bits is None else bits
        if not 0 <= bits <= MOST:
            raise BadInput(f"bits is {bits}; expected 0 to {MOST} behind the point")
        codes = to_fixed_point(weights, bits, np.random.default_rng(seed))
        scales = None
        if "scales_" in self.__dict__:
            scales = np.where(self.scales_[:, 0] > 0, self.scales_[:, 0], 1).astype(np.float32)
        deviation = float(self.targets_[1]) if self.loss == "squared" else 1.0
        return FixedPointModel(codes, bits, self.bias_, self.loss, self.space_, scales, deviation)

    def _weights(self, state: np.ndarray, l1: float) -> np.ndarray:
        z, n = state[:, 0], self._squares(state)
        size = np.maximum(np.abs(z) - np.float32(l1), 0) / ((self.beta + np.sqrt(n)) / self.alpha + self.l2)
        return (-np.sign(z) * size).astype(np.float32)

    def _squares(self, state: np.ndarray) -> np.ndarray:
        """n of each feature."""
        if self.rates == "gradients":
            return state[:, 1]
        seen = state[:, 1] + state[:, 2]
        return np.divide(state[:, 1] * state[:, 2], seen, out=np.zeros_like(seen), where=seen > 0)

    def _grow(self, space: FeatureSpace) -> None:
        shape = space.size + 1, 2 if self.rates == "gradients" else 3
        state = self._zeros(shape)
        known = self.__dict__.get("state_")
        if known is not None:
            state[: len(known) - 1], state[-1] = known[:-1], known[-1]
        self.state_ = state

    def _zeros(self, shape: tuple[int, int]) -> np.ndarray:
        return super()._zeros(shape) if self.table_folder is None else file_table(shape, self.table_folder)

    def _linear_and_vectors(self) -> tuple[np.ndarray, np.ndarray | None]:
        return self._weights(self.state_[:-1], self.l1), None

    def _has_learnt(self) -> bool:
        return bool(self.state_[-1].any())

    def _learn(self, rows: Any, foretold: np.ndarray, groups: Any = None) -> None:
        from nearfield.rank.kernels.ftrl import train_ftrl, train_ftrl_groups

        given = self.state_.ctypes.data, self.space_.size, self._settings(), foretold.ctypes.data
        if groups is None:
            train_ftrl(rows, *given)
        else:
            train_ftrl_groups(rows, groups, *given)

    def _foretell(self, rows: Any, foretold: np.ndarray) -> None:
        from nearfield.rank.kernels.ftrl import predict_ftrl

        predict_ftrl(rows, self.state_.ctypes.data, self.space_.size, self._settings(), foretold.ctypes.data)

    def _settings(self) -> Any:
        from nearfield.rank.kernels.layout import Ftrl

        numbers = (np.float32(value) for value in (self.alpha, self.beta, self.l1, self.l2))
        return Ftrl(LOSSES.index(self.loss), self.rates == "counts", *numbers)

    def _saved_params(self) -> dict[str, Any]:
        return self.get_params() | {"table_folder": None}  # of this machine, and for as long as the model is there

    def _snapshot(self) -> dict[str, np.ndarray] | None:
        return super()._snapshot() if self.table_folder is None else None

    def _check_combination(self) -> None:
        if self.rates == "counts" and self.loss != "logistic":
            raise BadInput(f"counts are of rows of two classes; with loss={self.loss!r} use rates='gradients'")
        if self.rates == "counts" and self.beta == 0:
            raise BadInput(
                "beta is 0, and with counts a feature's rate, until it is seen in both classes, would be"
                " infinite; expected a number above 0, such as 1"
            )
