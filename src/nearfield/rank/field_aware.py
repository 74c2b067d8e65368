"""FieldAwareFM: every feature a vector for each field that it meets (Juan et al., RecSys 2016)."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from nearfield.examples import FeatureSpace
from nearfield.parameters import Epochs, LearningRate, NotNegative, Share
from nearfield.rank.factors import FactorRanker, room_for_terms


class FieldAwareFM(FactorRanker):
    """A factorization machine whose features have another vector for each field that they meet.

    A word may go with an advertiser in another way than with a publisher. It learns more than a factorization machine,
    overfits sooner, and so puts rows aside to stop by. See `rank.kernels.field_aware` for the formulas; a row costs
    O(vector_size · pairs of its entries), the model n_features · n_fields · vector_size · 8 bytes.

    Parameters
    ----------
    loss : {"logistic", "squared", "pairwise", "lambdarank"}
        For classes, for values, and for the order within groups; see `Ranker`.
    vector_size : int
        Numbers in a vector; multiples of 8 cost no more than the number before them.
    alpha : float
        AdaGrad's rate is alpha / √ the squared gradients of a number so far, of which 1 is there at the start.
    init : float
        Vectors begin between 0 and init / √vector_size, drawn evenly.
    l2, l2_linear : float
        How much vectors, and weights of the linear part, are pulled to 0 each time that they are learnt from.
    normalize : bool
        Whether the values of a row are divided by the root of their squares' sum (section 3.3).
    epochs : int
        Passes over the rows at most.
    validation_fraction : float
        Training stops when the loss on so many of the rows, put aside, rises (section 3.3); 0: never. See `fit`.
    workers : int
        Threads. With 1 a run is repeated bit for bit; several write to the same tables without locks.
    seed : int
        For the first vectors, for what is put aside, and for shuffling; 0 or more.

    Attributes
    ----------
    linear_ : ndarray of float32, shape (n_features + 1, 2)
        Weights beside their squared gradients, the bias last.
    factors_ : ndarray of float32, shape (n_features, n_fields, 2, stride)
        Vectors beside their squared gradients; stride is vector_size rounded up to a multiple of 8.
    losses_, validation_losses_ : list of float
        Of each pass: the mean loss of what was predicted just before each row was learnt, and on the validation.
    """

    alpha: LearningRate = 0.2
    init: NotNegative = 1.0
    l2: NotNegative = 2e-5
    l2_linear: NotNegative = 2e-5
    normalize: bool = True
    epochs: Epochs = 15
    validation_fraction: Annotated[float, Share()] = 0.1

    @property
    def vectors_(self) -> np.ndarray:
        """The vector of each feature for each field, float32, shape (n_features, n_fields, vector_size)."""
        return self.factors_[:, :, 0, : self.vector_size]

    def _vectors_each(self, space: FeatureSpace) -> int:
        return len(space.fields)

    def _range(self) -> tuple[float, float]:
        return 0.0, self.init / float(np.sqrt(self.vector_size))

    def _learn(self, rows: Any, foretold: np.ndarray, groups: Any = None) -> None:
        from nearfield.rank.kernels.field_aware import train_ffm, train_ffm_groups

        self._see(train_ffm if groups is None else train_ffm_groups, rows, foretold, groups)

    def _foretell(self, rows: Any, foretold: np.ndarray) -> None:
        from nearfield.rank.kernels.field_aware import predict_ffm

        self._see(predict_ffm, rows, foretold)

    def _see(self, kernel: Any, rows: Any, foretold: np.ndarray, groups: Any = None) -> None:
        terms = room_for_terms(rows)
        room = len(self.space_.fields), terms.ctypes.data
        given = (rows,) if groups is None else (rows, groups)
        kernel(*given, *self._addresses(), *room, self._settings(), foretold.ctypes.data)
