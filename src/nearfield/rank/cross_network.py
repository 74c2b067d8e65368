"""DCNv2: layers that cross fields with one another (Wang et al. 2021, arXiv:2008.13535)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from nearfield.errors import BadInput
from nearfield.rank.deep.checks import STRUCTURES
from nearfield.rank.deep.deep_ranker import DeepRanker, Optimizer, Pooling
from nearfield.rank.ranker import Task


class DCNv2(DeepRanker):
    """Cross layers, x ← x₀ ⊙ (W x + b) + x, and dense layers over the fields; k layers cross up to k + 1 fields.

    Parameters
    ----------
    loss, vector_size, hidden_layer_sizes, activation, dropout, optimizer, alpha, l2, batch_size, histories, pooling, \
history_length, frozen_epochs, pretrained_rate, epochs, validation_fraction, patience, device, workers, seed
        See `DeepRanker`.
    n_cross_layers : int
    rank : int, optional
        Of the matrices W; without it they are full.
    structure : {"stacked", "parallel"}
        Dense layers on top of the cross layers, or beside them.
    """

    def __init__(
        self,
        *,
        loss: Task = "logistic",
        vector_size: int = 16,
        n_cross_layers: int = 3,
        rank: int | None = None,
        structure: Literal["stacked", "parallel"] = "parallel",
        hidden_layer_sizes: tuple[int, ...] = (128, 64),
        activation: str = "relu",
        dropout: float = 0.0,
        optimizer: Optimizer = "adam",
        alpha: float = 0.001,
        l2: float = 0.1,
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
        self.n_cross_layers = n_cross_layers
        self.rank = rank
        self.structure = structure

    def head(self, n_fields: int) -> Any:
        """See `DeepRanker`."""
        from nearfield.rank.deep.heads import CrossHead

        return CrossHead(self, n_fields)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        self._check_count("n_cross_layers", 1)
        self._check_choice("structure", STRUCTURES)
        if self.rank is not None and (isinstance(self.rank, bool) or not isinstance(self.rank, int) or self.rank < 1):
            raise BadInput(f"rank is {self.rank!r}; expected a whole number of at least 1, or None for full matrices")
