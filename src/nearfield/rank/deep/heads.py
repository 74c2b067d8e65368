"""What the deep rankers make of the vectors of fields: the one thing in which they differ.

Each takes fields, (n, n_fields, dim), and returns a score, (n,).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from nearfield.rank.deep.layers import CrossLayer, Tower, pairs_of_fields, readout


def tower_of(settings: Any, width: int) -> Tower:
    """The dense layers that a ranker's parameters ask for."""
    return Tower(width, settings.hidden_layer_sizes, settings.activation, settings.dropout)


class DeepHead(nn.Module):  # type: ignore[misc]
    """Dense layers over the fields side by side; the bias is that of the wide part."""

    def __init__(self, settings: Any, n_fields: int) -> None:
        super().__init__()
        self.tower = tower_of(settings, n_fields * settings.vector_size)
        self.out = readout(self.tower.width, bias=False)

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """See above."""
        return self.out(self.tower(fields.flatten(1))).squeeze(1)


class FactorizationHead(nn.Module):  # type: ignore[misc]
    """A factorization machine and dense layers over the same vectors (arXiv:1703.04247, equations 1 to 4)."""

    def __init__(self, settings: Any, n_fields: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1))
        self.tower = tower_of(settings, n_fields * settings.vector_size)
        self.out = readout(self.tower.width, bias=False) if settings.hidden_layer_sizes else None

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """See above."""
        score = self.bias + pairs_of_fields(fields)
        if self.out is None:
            return score
        return score + self.out(self.tower(fields.flatten(1))).squeeze(1)


class CrossHead(nn.Module):  # type: ignore[misc]
    """Cross layers and dense layers, on top of one another or side by side (arXiv:2008.13535, figure 1)."""

    def __init__(self, settings: Any, n_fields: int) -> None:
        super().__init__()
        width = n_fields * settings.vector_size
        self.crosses = nn.ModuleList(CrossLayer(width, settings.rank) for _ in range(settings.n_cross_layers))
        self.tower = tower_of(settings, width)
        self.parallel = settings.structure == "parallel" and len(settings.hidden_layer_sizes) > 0
        self.out = readout(self.tower.width + width * self.parallel, bias=True)

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """See above."""
        first = crossed = fields.flatten(1)
        for cross in self.crosses:
            crossed = cross(first, crossed)
        if self.parallel:
            return self.out(torch.cat([crossed, self.tower(first)], dim=1)).squeeze(1)
        return self.out(self.tower(crossed)).squeeze(1)
