"""Tables and layers together: from a batch to scores."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional

from nearfield.rank.deep.batch import Batch, Lookup
from nearfield.rank.deep.pooling import pooler
from nearfield.rank.deep.tables import FtrlTable, Table

SPREAD = 0.05  # standard deviation of new embeddings


class Rows(NamedTuple):
    """What a batch has looked up, as leaves that gather gradients: weights, the wide part's bias, embeddings."""

    weights: torch.Tensor | None
    bias: torch.Tensor | None
    embeddings: torch.Tensor | None


class Network:
    """A linear part, embeddings, and layers over the fields.

    Parameters
    ----------
    settings : DeepRanker
    n_fields : int
        Those that the layers see.
    n_histories : int
        How many of them are pooled by `settings.pooling`.
    """

    def __init__(self, settings: Any, n_fields: int, n_histories: int, device: str) -> None:
        self.linear = settings.linear_table(device)
        self.embeddings = Table(settings.vector_size, settings.optimizer, settings.l2, SPREAD, settings.seed, device)
        self.layers = nn.ModuleDict()
        if n_fields:
            kind, dim, activation = settings.pooling, settings.vector_size, settings.activation
            self.layers["head"] = settings.head(n_fields)
            self.layers["poolers"] = nn.ModuleList(pooler(kind, dim, activation) for _ in range(n_histories))
        self.layers.to(device)

    def grow(self, size: int) -> None:
        """Add rows for features until there are `size`."""
        for table in (self.linear, self.embeddings if len(self.layers) else None):
            if table is not None:
                table.grow(size)

    def lookup(self, batch: Batch) -> Rows:
        """Look up what a batch touches."""
        wide = self.linear if batch.linear is not None else None
        return Rows(
            wide.lookup(batch.linear.ids) if wide is not None and batch.linear is not None else None,
            self.linear.bias() if isinstance(self.linear, FtrlTable) else None,
            self.embeddings.lookup(batch.deep.ids) if batch.deep is not None else None,
        )

    def scores(self, batch: Batch, rows: Rows) -> torch.Tensor:
        """Return the score of each row, before the logistic function; float32, shape (n,)."""
        score = torch.zeros(batch.n_rows, device=batch.labels.device)
        if batch.linear is not None and rows.weights is not None:
            score = score + summed(rows.weights, batch.linear).squeeze(1)
        if rows.bias is not None:
            score = score + rows.bias
        if batch.deep is not None and rows.embeddings is not None:
            score = score + self.layers["head"](self.fields(batch, rows.embeddings))
        return score

    def fields(self, batch: Batch, embeddings: torch.Tensor) -> torch.Tensor:
        """Return a vector for each field of each row, (n, n_fields, dim): zeros where it has no entries."""
        assert batch.deep is not None
        fields = summed(embeddings, batch.deep).view(batch.n_rows, -1, embeddings.shape[1])
        if not batch.histories:
            return fields
        parts = list(fields.unbind(1))
        for history, pool in zip(batch.histories, self.layers["poolers"], strict=True):
            if history.at.shape[1]:
                sequence = embeddings[history.at] * history.values.unsqueeze(2)
                parts[history.place] = pool(sequence, history.lengths, parts[history.candidate])
        return torch.stack(parts, dim=1)

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that is learnt, by name."""
        found = {} if self.linear is None else self.linear.tensors("linear")
        if len(self.layers):
            found |= self.embeddings.tensors("embeddings")
        return found | {name: one.detach() for name, one in self.layers.named_parameters()}


def summed(rows: torch.Tensor, lookup: Lookup) -> torch.Tensor:
    """Add up the rows of each bag by their shares, shape (n_bags, width)."""
    return functional.embedding_bag(
        lookup.at, rows, lookup.offsets, mode="sum", per_sample_weights=lookup.shares, include_last_offset=True
    )
