"""The parts that networks over fields are built from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from nearfield.rank.deep.checks import GLOROT

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


class Tower(nn.Module):  # type: ignore[misc]
    """Dense layers on top of one another: h ← activation(W h + b), each followed by dropout.

    Weights start as Glorot & Bengio (2010) have it for sigmoid and tanh, as He et al. (2015) for the others.
    """

    def __init__(self, width: int, sizes: Sequence[int], activation: str, dropout: float) -> None:
        super().__init__()
        widths = [width, *sizes]
        self.width = widths[-1]
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths))
        self.activations = nn.ModuleList(ACTIVATIONS[activation]() for _ in sizes)
        self.dropout = nn.Dropout(dropout)
        for layer in self.layers:
            if activation in GLOROT:
                nn.init.xavier_uniform_(layer.weight)
            else:
                nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """From (n, width) to (n, the last of sizes)."""
        for layer, activation in zip(self.layers, self.activations, strict=True):
            hidden = self.dropout(activation(layer(hidden)))
        return hidden


class CrossLayer(nn.Module):  # type: ignore[misc]
    """x ← x₀ ⊙ (W x + b) + x (DCN-V2, arXiv:2008.13535, equation 1); with a rank, W = U Vᵀ (equation 2)."""

    def __init__(self, width: int, rank: int | None) -> None:
        super().__init__()
        if rank is None:
            self.weight = nn.Linear(width, width)
            last = self.weight
        else:
            self.weight = nn.Sequential(nn.Linear(width, rank, bias=False), nn.Linear(rank, width))
            nn.init.xavier_uniform_(self.weight[0].weight)
            last = self.weight[1]
        nn.init.xavier_uniform_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, first: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """Cross what came in below the first layer, (n, width), with what the layer before has made of it."""
        return first * self.weight(hidden) + hidden


def pairs_of_fields(fields: torch.Tensor) -> torch.Tensor:
    """Σ_{i<j} ⟨v_i, v_j⟩ = ½ (‖Σ v‖² - Σ ‖v‖²) over the fields of (n, n_fields, dim); shape (n,).

    Rendle 2010, lemma 3.1: as many steps as there are numbers.
    """
    together = fields.sum(dim=1)
    return (together * together - (fields * fields).sum(dim=1)).sum(dim=1) / 2


def readout(width: int, *, bias: bool) -> nn.Linear:
    """A layer that makes one number of `width`."""
    layer = nn.Linear(width, 1, bias=bias)
    nn.init.xavier_uniform_(layer.weight)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer
