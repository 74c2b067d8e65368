"""LightGCN's propagation (He et al. 2020, arXiv:2002.02126, equations 3 to 8), its loss, and how it is trained."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
import torch
from torch.nn import functional
from torch_geometric.nn import LGConv

from nearfield.embed.convolution.backend import to_tensor

SPREAD = 0.1  # the standard deviation of the first rows, as in the paper's own code


class Rows(NamedTuple):
    """What is learnt, as float32 with a row for each user, or item.

    Attributes
    ----------
    users, items : ndarray
        The mean over all layers: equation 4.
    histories : ndarray
        Of items. The mean of the rows of a history is, but for its length, what equations 3 and 4 give a user who had
        these items and is otherwise unknown: Σᵢ (eᵢ⁽⁰⁾ + … + eᵢ⁽ᴷ⁻¹⁾) / √|Nᵢ|.
    """

    users: np.ndarray
    items: np.ndarray
    histories: np.ndarray


class Training:
    """A row for each user and item, and Adam over the BPR loss of equation 15.

    Propagation is a symmetric matrix times the rows: it takes the loss's gradient back the same way, which spares
    PyTorch's transpositions.
    """

    def __init__(self, matrix: scipy.sparse.csr_matrix, settings: Any) -> None:
        self.settings, self.n_users = settings, matrix.shape[0]
        self.layer = LGConv(normalize=False)  # the matrix has the norms
        self.adjacency = to_tensor(normalized_adjacency(matrix))
        self.rows = torch.nn.Parameter(SPREAD * torch.randn(sum(matrix.shape), settings.vector_size))
        self.optimizer = torch.optim.Adam([self.rows], lr=settings.alpha)
        self.random = np.random.default_rng(settings.seed)
        self.draws = Draws(matrix, self.random)

    def layers(self, rows: torch.Tensor) -> list[torch.Tensor]:
        """Return e⁽⁰⁾ … e⁽ᴷ⁾, each of shape (n_users + n_items, vector_size)."""
        found = [rows]
        for _ in range(self.settings.layers):
            found.append(self.layer(found[-1], self.adjacency))
        return found

    def propagated(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the mean of all layers."""
        return sum(self.layers(rows)) / (self.settings.layers + 1)

    def epoch(self) -> float:
        """Take a step for each batch of pairs, in an order of its own; return the mean loss."""
        order, total = self.random.permutation(len(self.draws)), 0.0
        for start in range(0, len(order), self.settings.batch_size):
            chosen = order[start : start + self.settings.batch_size]
            total += self._step(*self.draws.triples(chosen)) * len(chosen)
        return total / len(order)

    def result(self) -> Rows:
        """Return what has been learnt."""
        with torch.no_grad():
            layers = [one.numpy() for one in self.layers(self.rows.detach())]
        final = sum(layers) / np.float32(len(layers))
        earlier = (sum(layers[:-1]) / np.float32(len(layers)))[self.n_users :]
        norms = np.sqrt(self.draws.matrix.sum(axis=0)).reshape(-1, 1)
        return Rows(final[: self.n_users], final[self.n_users :], np.asarray(earlier / norms, np.float32))

    def _step(self, users: np.ndarray, had: np.ndarray, drawn: np.ndarray) -> float:
        triple = [torch.from_numpy(ids) for ids in (users, self.n_users + had, self.n_users + drawn)]
        with torch.no_grad():
            final = self.propagated(self.rows)
        final.requires_grad_()
        loss = bpr_loss(*(final[ids] for ids in triple))
        loss.backward()
        self.optimizer.zero_grad()
        decay = self.settings.weight_decay * sum(self.rows[ids].square().sum() for ids in triple) / (2 * len(users))
        decay.backward()
        self.rows.grad += self.propagated(final.grad)
        self.optimizer.step()
        return loss.item()


class Draws:
    """Pairs of a user and an item that the user had, and for each an item that the user had not, drawn evenly."""

    def __init__(self, matrix: scipy.sparse.csr_matrix, random: np.random.Generator) -> None:
        self.matrix, self.random = matrix, random
        lengths = np.diff(matrix.indptr)
        users = np.repeat(np.arange(matrix.shape[0]), lengths)
        self._codes = users * matrix.shape[1] + matrix.indices.astype(np.int64)  # rising
        # who had everything has nothing to be held against
        self._pairs = np.flatnonzero(lengths[users] < matrix.shape[1])

    def __len__(self) -> int:
        return len(self._pairs)

    def triples(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return users, items had and items not had, each int64 of the shape of `places`."""
        n_items = self.matrix.shape[1]
        users, had = np.divmod(self._codes[self._pairs[places]], n_items)
        drawn = self.random.integers(0, n_items, len(users))
        open_ = np.arange(len(users))
        while len(open_):
            open_ = open_[self._known(users[open_] * n_items + drawn[open_])]
            drawn[open_] = self.random.integers(0, n_items, len(open_))
        return users, had, drawn

    def _known(self, codes: np.ndarray) -> np.ndarray:
        at = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        return self._codes[at] == codes


def normalized_adjacency(matrix: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    """Return D^-½ A D^-½ of the graph between users and items, users first (equation 8)."""
    both = scipy.sparse.bmat([[None, matrix], [matrix.T, None]], format="csr")
    degrees = np.asarray(both.sum(axis=1)).ravel()
    norms = scipy.sparse.diags(1 / np.sqrt(np.maximum(degrees, 1)))
    return (norms @ both @ norms).tocsr()


def bpr_loss(users: torch.Tensor, had: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """The mean of -log σ(y_had - y_drawn), where y is the dot product of a user and an item."""
    return -functional.logsigmoid((users * had).sum(dim=1) - (users * drawn).sum(dim=1)).mean()
