"""WideAndDeep: what is remembered and what generalises, trained jointly (Cheng et al. 2016, arXiv:1606.07792)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nearfield.rank.deep.deep_ranker import DeepRanker, Optimizer, Pooling
from nearfield.rank.ranker import Task


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

    def __init__(
        self,
        *,
        loss: Task = "logistic",
        vector_size: int = 16,
        hidden_layer_sizes: tuple[int, ...] = (128, 64),
        activation: str = "relu",
        dropout: float = 0.0,
        optimizer: Optimizer = "adam",
        alpha: float = 0.001,
        l2: float = 0.1,
        wide_alpha: float = 0.1,
        wide_beta: float = 1.0,
        wide_l1: float = 0.0,
        wide_l2: float = 0.0,
        wide_fields: tuple[str, ...] | None = None,
        deep_fields: tuple[str, ...] | None = None,
        batch_size: int = 256,
        histories: Mapping[str, str] | None = None,
        pooling: Pooling = "mean",
        history_length: int = 50,
        frozen_epochs: int = 0,
        pretrained_rate: float = 0.1,
        epochs: int = 5,
        validation_fraction: float = 0.0,
        patience: int = 2,
        device: str | None = None,
        workers: int = 1,
        seed: int = 1,
    ) -> None:
        super().__init__(
            loss=loss,
            vector_size=vector_size,
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            dropout=dropout,
            optimizer=optimizer,
            alpha=alpha,
            l2=l2,
            batch_size=batch_size,
            histories=histories,
            pooling=pooling,
            history_length=history_length,
            frozen_epochs=frozen_epochs,
            pretrained_rate=pretrained_rate,
            epochs=epochs,
            validation_fraction=validation_fraction,
            patience=patience,
            device=device,
            workers=workers,
            seed=seed,
        )
        self.wide_alpha = wide_alpha
        self.wide_beta = wide_beta
        self.wide_l1 = wide_l1
        self.wide_l2 = wide_l2
        self.wide_fields = wide_fields
        self.deep_fields = deep_fields

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

    def _check_parameters(self) -> None:
        super()._check_parameters()
        self._check_positive("wide_alpha")
        self._check_positive("wide_beta", "wide_l1", "wide_l2", zero=True)
