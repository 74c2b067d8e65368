"""DeepFM: a factorization machine and layers over the same embeddings (Guo et al. 2017, arXiv:1703.04247)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nearfield.rank.deep.deep_ranker import DeepRanker, Optimizer, Pooling
from nearfield.rank.ranker import Task


class DeepFM(DeepRanker):
    """The sum of a bias, a weight for each feature, all pairs of fields, and layers over the fields.

    A pair is the product of two fields' vectors, which are means where a field has several entries. Without dense
    layers it is a factorization machine, trained in batches.

    Parameters
    ----------
    loss, vector_size, hidden_layer_sizes, activation, dropout, optimizer, alpha, l2, batch_size, histories, pooling, \
history_length, frozen_epochs, pretrained_rate, epochs, validation_fraction, device, workers, seed
        See `DeepRanker`. `l2` is for the weights of features, too.
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
        l2: float = 0.0,
        batch_size: int = 256,
        histories: Mapping[str, str] | None = None,
        pooling: Pooling = "mean",
        history_length: int = 50,
        frozen_epochs: int = 0,
        pretrained_rate: float = 0.1,
        epochs: int = 5,
        validation_fraction: float = 0.0,
        device: str | None = None,
        workers: int = 1,
        seed: int = 1,
    ) -> None:
        self.loss = loss
        self.vector_size = vector_size
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.optimizer = optimizer
        self.alpha = alpha
        self.l2 = l2
        self.batch_size = batch_size
        self.histories = histories
        self.pooling = pooling
        self.history_length = history_length
        self.frozen_epochs = frozen_epochs
        self.pretrained_rate = pretrained_rate
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.device = device
        self.workers = workers
        self.seed = seed

    def head(self, n_fields: int) -> Any:
        """See `DeepRanker`."""
        from nearfield.rank.deep.heads import FactorizationHead

        return FactorizationHead(self, n_fields)

    def linear_table(self, device: str) -> Any:
        """See `DeepRanker`."""
        from nearfield.rank.deep.tables import Table

        return Table(1, self.optimizer, self.l2, 0.0, self.seed, device)

    def seen_by_linear(self) -> tuple[str, ...] | None:
        """See `DeepRanker`."""
        return None
