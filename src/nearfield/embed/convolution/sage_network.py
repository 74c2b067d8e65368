"""GraphSAGE's layers (Hamilton et al. 2017, arXiv:1706.02216, algorithm 1), their loss, and how they are trained."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from torch_geometric.nn import SAGEConv

from nearfield.embed.convolution.backend import to_tensor
from nearfield.embed.convolution.neighbourhoods import Block, block, blocks
from nearfield.embed.distributions import noise_distribution
from nearfield.graph import Graph
from nearfield.walks.walker import Walker

ROWS = 4096  # nodes that get their vectors in one go


class Network(torch.nn.Module):  # type: ignore[misc]
    """hᵏ(v) = normalized(σ(Wᵏ · [hᵏ⁻¹(v), mean of hᵏ⁻¹(u) over neighbours u])); σ is ReLU, none in the last layer.

    A block's matrix holds the mean already, so that the layers only add up.
    """

    def __init__(self, n_features: int, vector_size: int, n_layers: int) -> None:
        super().__init__()
        widths = [n_features, *[vector_size] * n_layers]
        self.layers = torch.nn.ModuleList(SAGEConv(before, after, aggr="sum") for before, after in pairwise(widths))

    def layer(self, number: int, rows: torch.Tensor, one: Block) -> torch.Tensor:
        """Return hᵏ of a block's targets from the rows of its sources, shape (n_targets, vector_size)."""
        made = self.layers[number]((rows, rows[: one.mean.shape[0]]), to_tensor(one.mean))
        return functional.normalize(made if number == len(self.layers) - 1 else made.relu(), dim=1)

    def forward(self, rows: torch.Tensor, of_layers: list[Block]) -> torch.Tensor:
        """Return the vectors of the last block's targets from the features of the first block's sources."""
        for number, one in enumerate(of_layers):
            rows = self.layer(number, rows, one)
        return rows

    def vectors(self, graph: Graph, features: Any) -> np.ndarray:
        """Return the vectors of all nodes over their whole neighbourhoods, float32, shape (n, vector_size)."""
        rows = features
        with torch.no_grad():
            for number in range(len(self.layers)):
                rows = np.concatenate([self._part(graph, rows, number, start) for start in range(0, len(graph), ROWS)])
        return rows

    def _part(self, graph: Graph, rows: Any, number: int, start: int) -> np.ndarray:
        one = block(graph, np.arange(start, min(start + ROWS, len(graph))), None)
        return self.layer(number, rows_of(rows, one.sources), one).numpy()


class Training:
    """A network, its graph, and Adam over the loss of equation 1: walks bring together, drawn nodes push apart."""

    def __init__(self, graph: Graph, features: Any, settings: Any) -> None:
        self.graph, self.features, self.settings = graph, features, settings
        self.network = Network(features.shape[1], settings.vector_size, len(settings.neighbours))
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=settings.alpha, weight_decay=settings.weight_decay
        )
        self.random = np.random.default_rng(settings.seed)
        self.walker = Walker(graph, length=settings.walk_length, seed=settings.seed)
        self.noise = np.cumsum(noise_distribution(graph.degrees, settings.ns_exponent))
        self.passes = 0

    def epoch(self) -> float:
        """Walk once from every node, and take a step for each batch of walks; return the mean loss."""
        total, done, n = 0.0, 0, len(self.graph)
        for start in range(self.passes * n, (self.passes + 1) * n, self.settings.batch_size):
            pairs = self._pairs(start, min(start + self.settings.batch_size, (self.passes + 1) * n))
            if pairs.shape[1]:
                total += self._step(pairs) * pairs.shape[1]
                done += pairs.shape[1]
        self.passes += 1
        return total / max(done, 1)

    def _pairs(self, first: int, stop: int) -> np.ndarray:
        """Return where walks start and a node that each comes by, int64, shape (2, k); k is less where walks return."""
        tokens, offsets = self.walker.walk(first, stop)
        lengths = np.diff(offsets)
        steps = 1 + (self.random.random(len(lengths)) * (lengths - 1)).astype(np.int64)
        starts, met = tokens[offsets[:-1]], tokens[offsets[:-1] + np.minimum(steps, lengths - 1)]
        return np.stack([starts, met])[:, starts != met].astype(np.int64)

    def _step(self, pairs: np.ndarray) -> float:
        drawn = np.searchsorted(self.noise, self.random.random(self.settings.negative), side="right")
        nodes, place = np.unique(np.concatenate([*pairs, np.minimum(drawn, len(self.graph) - 1)]), return_inverse=True)
        of_layers = blocks(self.graph, nodes, self.settings.neighbours, self.random)
        self.optimizer.zero_grad()
        rows = self.network(rows_of(self.features, of_layers[0].sources), of_layers)[torch.from_numpy(place)]
        k = pairs.shape[1]
        loss = pair_loss(rows[:k], rows[k : 2 * k], rows[2 * k :])
        loss.backward()
        self.optimizer.step()
        return loss.item()


def pair_loss(starts: torch.Tensor, met: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """The mean over pairs of equation 1: -log σ(z_u · z_v) - Σ log σ(-z_u · z_w) over the drawn nodes w."""
    together = functional.logsigmoid((starts * met).sum(dim=1))
    apart = functional.logsigmoid(-(starts @ drawn.T)).sum(dim=1)
    return -(together + apart).mean()


def rows_of(matrix: Any, ids: np.ndarray) -> torch.Tensor:
    """Return some rows of an ndarray or a scipy matrix as a dense tensor."""
    rows = matrix[ids]
    return torch.from_numpy(rows if isinstance(rows, np.ndarray) else rows.toarray())
