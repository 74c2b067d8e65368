"""What factorization machines share: a linear part and vectors, each number beside its squared gradients."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import field
from typing import Any, ClassVar

import numpy as np

from nearfield.arrays import aligned_table
from nearfield.examples import FeatureSpace
from nearfield.parameters import LearningRate, NotNegative, VectorSize
from nearfield.rank.ranker import LOSSES, Ranker


class FactorRanker(Ranker):
    """Base of the factorization machines. A subclass says how many vectors a feature has, and how they begin."""

    TABLES: ClassVar[tuple[str, ...]] = ("linear_", "factors_")

    vector_size: VectorSize = 8
    alpha: LearningRate = 0.1
    init: NotNegative = 0.1
    l2: NotNegative = 1e-5
    l2_linear: NotNegative = 1e-5
    normalize: bool = False
    linear_: np.ndarray = field(init=False)
    factors_: np.ndarray = field(init=False)

    @property
    def weights_(self) -> np.ndarray:
        """The weight of each feature in the linear part, float32, shape (n_features,)."""
        return self._weights_in_units(self.linear_[:-1, 0])

    @property
    def bias_(self) -> float:
        """What is predicted, before the logistic function, for a row without features."""
        return self._bias_in_units(float(self.linear_[-1, 0]))

    @abstractmethod
    def _vectors_each(self, space: FeatureSpace) -> int:
        """How many vectors a feature has."""

    @abstractmethod
    def _range(self) -> tuple[float, float]:
        """Between which numbers factors begin."""

    def _grow(self, space: FeatureSpace) -> None:
        from nearfield.rank.kernels.initial import draw_vectors

        linear = np.zeros((space.size + 1, 2), np.float32)
        linear[:, 1] = 1  # the squared gradients, as in libffm
        each = self._vectors_each(space)
        rows = aligned_table(space.size * each * 2, self.vector_size)
        known = self.__dict__.get("linear_")
        old = 0 if known is None else len(known) - 1
        if known is not None:
            linear[:old], linear[-1] = known[:-1], known[-1]
            rows[: old * each * 2] = self.factors_.reshape(-1, rows.shape[1])
        draw_vectors(
            rows.ctypes.data, rows.strides[0], old * each, space.size * each, self.vector_size,
            np.uint64(self.seed), *self._range(),
        )  # fmt: skip
        self.linear_ = linear
        self.factors_ = rows.reshape(space.size, each, 2, rows.shape[1])

    @property
    @abstractmethod
    def vectors_(self) -> np.ndarray:
        """The vectors of each feature."""

    def _linear_and_vectors(self) -> tuple[np.ndarray, np.ndarray | None]:
        return self.linear_[:-1, 0], self.vectors_

    def _has_learnt(self) -> bool:
        return bool(self.linear_[-1, 0] != 0 or self.linear_[-1, 1] != 1)

    def _settings(self) -> Any:
        from nearfield.rank.kernels.layout import Factorization

        rate, pull, linear_pull = (np.float32(value) for value in (self.alpha, self.l2, self.l2_linear))
        loss = LOSSES.index(self.loss)
        return Factorization(loss, rate, pull, linear_pull, self._adagrad(), bool(self.normalize))

    def _adagrad(self) -> bool:
        return True

    def _addresses(self) -> tuple[int, int, int, int]:
        """The linear part, the place of the bias in it, the factors, and the bytes of a vector."""
        factors = self.factors_
        return self.linear_.ctypes.data, len(self.linear_) - 1, factors.ctypes.data, factors.strides[2]


def room_for_terms(rows: Any) -> np.ndarray:
    """Return room for the terms of two rows of a block."""
    from nearfield.rank.kernels.terms import TERM

    return np.empty(2 * TERM * max(1, rows.longest), np.uint8)
