"""DeepFM: a factorization machine and layers over the same embeddings (Guo et al. 2017, arXiv:1703.04247)."""

from __future__ import annotations

from typing import Any

from nearfield.rank.deep.deep_ranker import DeepRanker


class DeepFM(DeepRanker):
    """The sum of a bias, a weight for each feature, all pairs of fields, and layers over the fields.

    A pair is the product of two fields' vectors, which are means where a field has several entries. Without dense
    layers it is a factorization machine, trained in batches.

    Parameters
    ----------
    loss, vector_size, hidden_layer_sizes, activation, dropout, optimizer, alpha, l2, batch_size, histories, pooling, \
history_length, frozen_epochs, pretrained_rate, epochs, validation_fraction, patience, device, workers, seed
        See `DeepRanker`. `l2` is for the weights of features, too.
    """

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
