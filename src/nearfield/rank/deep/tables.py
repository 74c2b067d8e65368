"""Tables with a row for each feature, of which a batch looks up a few, and changes no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from nearfield.rank.deep.steps import STEPS, Rate


class Table:
    """Weights that AdaGrad or Adam changes, float32, shape (n, width).

    Parameters
    ----------
    width : int
    optimizer : {"adagrad", "adam"}
    l2 : float
        The pull at each row that is touched: its gradient grows by l2 · w.
    scale : float
        The standard deviation of what new rows are drawn from; 0: they start as zeros.
    seed : int
        A row depends on it and on its own number only, so that growing is as good as having been large from the start.
    """

    def __init__(self, width: int, optimizer: str, l2: float, scale: float, seed: int, device: str) -> None:
        self.step, kept = STEPS[optimizer]
        self.width, self.l2, self.scale, self.seed = width, l2, scale, seed
        self.weights = torch.zeros(0, width, device=device)
        self.memory = [torch.zeros(0, width, device=device) for _ in range(kept)]

    def grow(self, size: int) -> None:
        """Add rows until there are `size`."""
        known = len(self.weights)
        drawn = np.zeros((size, self.width), np.float32)
        if self.scale:
            np.random.default_rng(self.seed).standard_normal(dtype=np.float32, out=drawn)
        new = torch.from_numpy(drawn[known:] * np.float32(self.scale)).to(self.weights.device)
        self.weights = torch.cat([self.weights, new])
        self.memory = [torch.cat([kept, torch.zeros_like(new)]) for kept in self.memory]

    def lookup(self, ids: torch.Tensor) -> torch.Tensor:
        """Return some rows, as a leaf that gathers their gradient."""
        return self.weights[ids].requires_grad_()

    def change(
        self, ids: torch.Tensor, rows: torch.Tensor, rate: Rate, time: int, only: torch.Tensor | None = None
    ) -> None:
        """Take a step with what `lookup` returned, which has its gradient by now; the rows that are not `only` stay."""
        weights, gradient = rows.detach(), rows.grad
        if only is not None:
            ids, weights, gradient = ids[only], weights[only], gradient[only]
        if self.l2:
            gradient = gradient + self.l2 * weights
        memory = [kept[ids] for kept in self.memory]
        self.step(weights, gradient, memory, rate, time)
        self.weights[ids] = weights
        for kept, new in zip(self.memory, memory, strict=True):
            kept[ids] = new

    def tensors(self, name: str) -> dict[str, torch.Tensor]:
        """All that is learnt."""
        return {name: self.weights} | {f"{name}.memory{i}": kept for i, kept in enumerate(self.memory)}


class FtrlTable:
    """Weights of a linear model by FTRL-Proximal, as in `rank.kernels.ftrl`, with a bias; z and n of each are kept.

    Gradients are sums over the batch, so that l1 means what it does in `LogisticRegression`, and with batches of one
    row it is the same model.
    """

    def __init__(self, alpha: float, beta: float, l1: float, l2: float, device: str) -> None:
        self.alpha, self.beta, self.l1, self.l2 = alpha, beta, l1, l2
        self.state = torch.zeros(0, 2, device=device)
        self.bias_state = torch.zeros(1, 2, device=device)

    def grow(self, size: int) -> None:
        """Add weights of 0 until there are `size`."""
        self.state = torch.cat([self.state, self.state.new_zeros(size - len(self.state), 2)])

    def lookup(self, ids: torch.Tensor) -> torch.Tensor:
        """Return some weights, shape (k, 1), as a leaf that gathers their gradient."""
        return self._weights(self.state[ids], self.l1).unsqueeze(1).requires_grad_()

    def bias(self) -> torch.Tensor:
        """Return the bias, shape (1,), as a leaf; l1 does not pull at it."""
        return self._weights(self.bias_state, 0.0).requires_grad_()

    def change(self, ids: torch.Tensor, weights: torch.Tensor, n_rows: int) -> None:
        """Take a step with what `lookup` returned, whose gradient is the mean over n_rows rows."""
        self.state[ids] = self._stepped(self.state[ids], weights.grad[:, 0] * n_rows, weights.detach()[:, 0])

    def change_bias(self, bias: torch.Tensor, n_rows: int) -> None:
        """Take a step with what `bias` returned."""
        self.bias_state = self._stepped(self.bias_state, bias.grad * n_rows, bias.detach())

    def weights(self) -> torch.Tensor:
        """Return all weights, shape (n,)."""
        return self._weights(self.state, self.l1)

    def tensors(self, name: str) -> dict[str, torch.Tensor]:
        """All that is learnt."""
        return {name: self.state, f"{name}.bias": self.bias_state}

    def _weights(self, state: torch.Tensor, l1: float) -> torch.Tensor:
        z, n = state.unbind(1)
        return -z.sign() * (z.abs() - l1).clamp(min=0) / ((self.beta + n.sqrt()) / self.alpha + self.l2)

    def _stepped(self, state: torch.Tensor, gradient: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        z, n = state.unbind(1)
        after = n + gradient * gradient
        sigma = (after.sqrt() - n.sqrt()) / self.alpha
        return torch.stack([z + gradient - sigma * weights, after], dim=1)


def dense_steps(module: Any, optimizer: str) -> dict[str, list[torch.Tensor]]:
    """Return what is kept for each parameter of a module, zeros to begin with."""
    kept = STEPS[optimizer][1]
    return {name: [torch.zeros_like(one) for _ in range(kept)] for name, one in module.named_parameters()}
