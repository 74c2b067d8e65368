"""DCNv2: layers that cross fields with one another (Wang et al. 2021, arXiv:2008.13535)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from nearfield.parameters import AtLeast, NotNegative
from nearfield.rank.deep.deep_ranker import DeepRanker


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

    l2: NotNegative = 0.01
    n_cross_layers: Annotated[int, AtLeast(1, most=1_000)] = 3
    rank: Annotated[int | None, AtLeast(1, most=1_000_000)] = None
    structure: Literal["stacked", "parallel"] = "parallel"

    def head(self, n_fields: int) -> Any:
        """See `DeepRanker`."""
        from nearfield.rank.deep.heads import CrossHead

        return CrossHead(self, n_fields)
