"""FactorizationMachine: every feature a vector, every pair of features their dot product (Rendle, ICDM 2010)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from nearfield.arrays import aligned_table
from nearfield.examples import FeatureSpace
from nearfield.rank.factors import FactorRanker, room_for_terms


class FactorizationMachine(FactorRanker):
    """A linear model, and for each pair of features of a row the dot product of their vectors.

    A pair that was never seen together has a weight, too: this is where memory turns into generalisation. See
    `rank.kernels.factorization` for the formulas; a row costs O(vector_size · its entries).

    Parameters
    ----------
    loss : {"logistic", "squared", "pairwise", "lambdarank"}
        For classes, for values, and for the order within groups; see `Ranker`.
    vector_size : int
        Numbers in a vector; multiples of 8 cost no more than the number before them.
    optimizer : {"adagrad", "sgd"}
        AdaGrad (Duchi et al. 2011) gives each number a rate of its own, alpha / √ its squared gradients so far, of
        which 1 is there at the start; SGD has the same rate for all.
    alpha : float
        The rate.
    init : float
        Vectors begin between -init and init, drawn evenly.
    l2, l2_linear : float
        How much vectors, and weights of the linear part, are pulled to 0 each time that their feature is seen.
    normalize : bool
        Whether the values of a row are divided by the root of their squares' sum.
    epochs : int
        Passes over the rows.
    validation_fraction : float
        See `fit`.
    workers : int
        Threads. With 1 a run is repeated bit for bit; several write to the same tables without locks.
    seed : int
        For the first vectors, and for shuffling; 0 or more.

    Attributes
    ----------
    linear_ : ndarray of float32, shape (n_features + 1, 2)
        Weights beside their squared gradients, the bias last.
    factors_ : ndarray of float32, shape (n_features, 1, 2, stride)
        Vectors beside their squared gradients; stride is vector_size rounded up to a multiple of 8.
    losses_, validation_losses_ : list of float
        Of each pass: the mean loss of what was predicted just before each row was learnt, and on the validation.
    """

    optimizer: Literal["adagrad", "sgd"] = "adagrad"

    @property
    def vectors_(self) -> np.ndarray:
        """The vector of each feature, float32, shape (n_features, vector_size)."""
        return self.factors_[:, 0, 0, : self.vector_size]

    def _vectors_each(self, space: FeatureSpace) -> int:
        return 1

    def _range(self) -> tuple[float, float]:
        return -self.init, self.init

    def _adagrad(self) -> bool:
        return self.optimizer == "adagrad"

    def _learn(self, rows: Any, foretold: np.ndarray, groups: Any = None) -> None:
        from nearfield.rank.kernels.factorization import train_fm, train_fm_groups

        self._see(train_fm if groups is None else train_fm_groups, rows, foretold, groups)

    def _foretell(self, rows: Any, foretold: np.ndarray) -> None:
        from nearfield.rank.kernels.factorization import predict_fm

        self._see(predict_fm, rows, foretold)

    def _see(self, kernel: Any, rows: Any, foretold: np.ndarray, groups: Any = None) -> None:
        terms, sums = room_for_terms(rows), aligned_table(1, self.vector_size)
        room = terms.ctypes.data, sums.ctypes.data
        given = (rows,) if groups is None else (rows, groups)
        kernel(*given, *self._addresses(), *room, self._settings(), foretold.ctypes.data)
