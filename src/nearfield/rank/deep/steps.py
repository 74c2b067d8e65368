"""How gradients change weights: AdaGrad and Adam, of dense weights or of those rows that a batch has touched.

A step changes `weights` and `memory`, which is one tensor of their shape for each number that is kept of a weight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch

Rate: TypeAlias = "float | torch.Tensor"
Step = Callable[[torch.Tensor, torch.Tensor, list[torch.Tensor], Rate, int], None]

TINY = 1e-10
SMALL = 1e-8
FADING = (0.9, 0.999)  # β₁ and β₂ of Adam


def adagrad(weights: torch.Tensor, gradient: torch.Tensor, memory: list[torch.Tensor], rate: Rate, time: int) -> None:
    """G ← G + g²; w ← w - rate · g / √G (Duchi et al. 2011)."""
    memory[0] += gradient * gradient
    weights -= rate * (gradient / (memory[0].sqrt() + TINY))


def adam(weights: torch.Tensor, gradient: torch.Tensor, memory: list[torch.Tensor], rate: Rate, time: int) -> None:
    """m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; w ← w - rate · m̂ / √v̂ (Kingma & Ba 2015, arXiv:1412.6980).

    `time` counts all steps from 1. Of rows that a batch does not touch, m and v stay as they are (lazy Adam).
    """
    for kept, fading, new in zip(memory, FADING, (gradient, gradient * gradient), strict=True):
        kept.lerp_(new, 1 - fading)
    mean, square = (kept / (1 - fading**time) for kept, fading in zip(memory, FADING, strict=True))
    weights -= rate * (mean / (square.sqrt() + SMALL))


STEPS: dict[str, tuple[Step, int]] = {"adagrad": (adagrad, 1), "adam": (adam, 2)}  # and how many numbers are kept
