"""How gradients reach the layers of a network: where they vanish, and which units no longer learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from nearfield.examples import Examples
from nearfield.rank.deep.learner import Learner

FLAT = 0.01  # an activation whose slope is less, in size, lets nearly nothing through


class LayerFlow(NamedTuple):
    """One layer, for a batch of rows.

    Attributes
    ----------
    layer : str
    gradient : float
        The mean of |∂loss / ∂weight| over the layer's weights; the loss is the mean of the rows.
    dead : float
        The share of units whose activation is flat, its slope less than 0.01, for every row; NaN without activation.
    saturated : float
        The share of all (row, unit) for which it is.
    """

    layer: str
    gradient: float
    dead: float
    saturated: float


def gradient_flow(learner: Learner, examples: Examples) -> list[LayerFlow]:
    """Return the flow through a learner's layers, the nearest to the embeddings first; nothing is learnt."""
    network, batch = learner.network, learner.batch(examples, np.arange(len(examples)))
    if batch.deep is None:
        return []
    head, seen = network.layers["head"], dict[nn.Module, torch.Tensor]()
    hooks = [one.register_forward_pre_hook(lambda one, given: seen.update({one: given[0].detach()}))
             for one in head.tower.activations]  # fmt: skip
    network.layers.eval()
    try:
        rows = network.lookup(batch)
        loss, _ = learner.loss(batch, rows)
        loss.backward()
        assert rows.embeddings is not None
        flows = [LayerFlow("embeddings", _mean_size(rows.embeddings.grad), np.nan, np.nan)]
        for name, layer, activation in _layers(head):
            flat = None if activation is None else _flat(activation, seen[activation])
            gradient = torch.cat([weights.grad.flatten() for weights in layer.parameters() if weights.ndim > 1])
            flows.append(LayerFlow(name, _mean_size(gradient), *_shares(flat)))
    finally:
        for hook in hooks:
            hook.remove()
        network.layers.zero_grad()
    return flows


def _layers(head: Any) -> Iterator[tuple[str, nn.Module, nn.Module | None]]:
    """The layers of a head from below, each with its name and activation."""
    for i, cross in enumerate(getattr(head, "crosses", []), 1):
        yield f"cross {i}", cross, None
    for i, pair in enumerate(zip(head.tower.layers, head.tower.activations, strict=True), 1):
        yield f"layer {i}", *pair
    if head.out is not None:
        yield "output", head.out, None


def _flat(activation: nn.Module, given: torch.Tensor) -> torch.Tensor:
    """Where an activation is flat, bool, shape (n, units)."""
    given = given.requires_grad_()
    (slopes,) = torch.autograd.grad(activation(given).sum(), given)
    return slopes.abs() < FLAT


def _shares(flat: torch.Tensor | None) -> tuple[float, float]:
    if flat is None:
        return np.nan, np.nan
    return float(flat.all(dim=0).float().mean()), float(flat.float().mean())


def _mean_size(gradient: torch.Tensor) -> float:
    return float(gradient.abs().mean())
