"""WideAndDeep: what is remembered and what generalises, trained jointly (Cheng et al. 2016, arXiv:1606.07792)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nearfield.parameters import LearningRate, NotNegative
from nearfield.rank.deep.deep_ranker import DeepRanker


class WideAndDeep(DeepRanker):
    """A linear model by FTRL-Proximal with L1, and layers over embeddings; their scores are added before the loss.

    Crossed features are for the wide part: it remembers them, and layers have no use for them. Name their field in
    `wide_fields` and the others in `deep_fields`. Without dense layers only the wide part is left, which with batches
    of one row is `LogisticRegression`, where no row has a feature twice.

    Parameters
    ----------
    loss, vector_size, hidden_layer_sizes, activation, dropout, optimizer, alpha, l2, batch_size, histories, pooling, \
history_length, frozen_epochs, pretrained_rate, epochs, validation_fraction, patience, device, workers, seed
        See `DeepRanker`.
    wide_alpha, wide_beta, wide_l1, wide_l2 : float
        Of FTRL-Proximal, as in `LogisticRegression`; gradients are summed over a batch.
    wide_fields, deep_fields : tuple of str, optional
        Fields that a part sees; without them all.

    Attributes
    ----------
    wide_weights_ : ndarray of float32, shape (n_features,)
    """

    wide_alpha: LearningRate = 0.1
    wide_beta: NotNegative = 1.0
    wide_l1: NotNegative = 0.0
    wide_l2: NotNegative = 0.0
    wide_fields: tuple[str, ...] | None = None
    deep_fields: tuple[str, ...] | None = None

    @property
    def wide_weights_(self) -> np.ndarray:
        """The weight of each feature in the wide part; exactly 0 where L1 has pruned it."""
        return self._weights_in_units(self.learner_.network.linear.weights().cpu().numpy())

    def head(self, n_fields: int) -> Any:
        """See `DeepRanker`."""
        from nearfield.rank.deep.heads import DeepHead

        return DeepHead(self, n_fields)

    def linear_table(self, device: str) -> Any:
        """See `DeepRanker`."""
        from nearfield.rank.deep.tables import FtrlTable

        return FtrlTable(self.wide_alpha, self.wide_beta, self.wide_l1, self.wide_l2, device)

    def seen_by_network(self) -> tuple[str, ...] | None:
        """See `DeepRanker`."""
        return self.deep_fields if self.hidden_layer_sizes else ()

    def seen_by_linear(self) -> tuple[str, ...] | None:
        """See `DeepRanker`."""
        return self.wide_fields
