"""GCN's two layers (Kipf & Welling 2017, arXiv:1609.02907, equation 9) and how they are trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional
from torch_geometric.nn import GCNConv

from nearfield.embed.convolution.backend import csr_tensor


class Network(torch.nn.Module):  # type: ignore[misc]
    """Z = Â ReLU(Â X W⁰) W¹ with Â = D̃^-½ (A + I) D̃^-½; dropout before both layers."""

    def __init__(self, n_features: int, n_hidden: int, n_classes: int, dropout: float) -> None:
        super().__init__()
        self.first = GCNConv(n_features, n_hidden, bias=False, cached=True)
        self.second = GCNConv(n_hidden, n_classes, bias=False, cached=True)
        self.dropout = dropout

    def hidden(self, features: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
        """The first layer, shape (n, n_hidden)."""
        return self.first(self._dropped(features), adjacency).relu()

    def forward(self, features: torch.Tensor, adjacency: torch.Tensor) -> torch.Tensor:
        """The logits, shape (n, n_classes)."""
        return self.second(self._dropped(self.hidden(features, adjacency)), adjacency)

    def _dropped(self, rows: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.dropout:
            return rows
        if rows.layout == torch.strided:
            return functional.dropout(rows, self.dropout)
        values = functional.dropout(rows.values(), self.dropout)  # what is zero stays so
        return csr_tensor(rows.crow_indices(), rows.col_indices(), values, rows.shape)


class Training:
    """A network, its data, and Adam over the cross-entropy of the labelled nodes.

    Parameters
    ----------
    features : tensor, shape (n, n_features)
    adjacency : CSR tensor, shape (n, n)
        Symmetric, without self-loops.
    train, validation : (ids, classes), each int64, shape (k,)
        Without validation nodes nothing is measured on them.
    n_classes : int
    settings : GCN
        Has the parameters.
    """

    def __init__(self, features: Any, adjacency: Any, train: Any, validation: Any, n_classes: int, settings: Any):
        self.data = features, adjacency
        self.train, self.validation = _tensors(train), None if validation is None else _tensors(validation)
        self.network = Network(features.shape[1], settings.vector_size, n_classes, settings.dropout)
        self.weight_decay, self.patience = settings.weight_decay, settings.patience
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=settings.alpha)
        self.validation_losses: list[float] = []

    def epoch(self) -> float:
        """Take one step over all labelled nodes; return the loss."""
        self.network.train()
        self.optimizer.zero_grad()
        loss = self._loss(self.train)
        loss.backward()
        self.optimizer.step()
        if self.validation is not None:
            self.network.eval()
            with torch.no_grad():
                self.validation_losses.append(self._loss(self.validation).item())
        return loss.item()

    def enough(self) -> bool:
        """Whether the validation loss is above the mean of the `patience` before it (section 5.2)."""
        losses = self.validation_losses
        return len(losses) > self.patience and losses[-1] > float(np.mean(losses[-1 - self.patience : -1]))

    def _loss(self, nodes: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        ids, classes = nodes
        decay = self.weight_decay * self.network.first.lin.weight.square().sum() / 2
        return functional.cross_entropy(self.network(*self.data)[ids], classes) + decay


def outputs(network: Network, features: torch.Tensor, adjacency: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return the hidden layer, float32, shape (n, n_hidden), and the probabilities, shape (n, n_classes)."""
    network.eval()
    with torch.no_grad():
        return network.hidden(features, adjacency).numpy(), network(features, adjacency).softmax(dim=1).numpy()


def _tensors(nodes: tuple[np.ndarray, np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(nodes[0]), torch.from_numpy(nodes[1])
