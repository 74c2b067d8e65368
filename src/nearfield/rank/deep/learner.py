"""A network and the memory of what trains it: batch after batch, each changing what it touches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.pytorch import repeatable
from nearfield.rank.deep.batch import Batch, batch_of
from nearfield.rank.deep.layout import layout_of
from nearfield.rank.deep.network import Network, Rows
from nearfield.rank.deep.pretrained import Pretrained
from nearfield.rank.deep.steps import STEPS
from nearfield.rank.deep.tables import FtrlTable, Table, dense_steps

PREDICTED = 4096  # rows whose scores are found in one go
STEPS_DONE, PASSES_DONE = 0, 1


class Learner:
    """What a deep ranker has learnt.

    Parameters
    ----------
    settings : DeepRanker
        Its parameters are read whenever they are needed.
    space : FeatureSpace
    """

    def __init__(self, settings: Any, space: FeatureSpace) -> None:
        self.settings = settings
        self.device = settings.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.layout = layout_of(settings, space)
        with repeatable(settings.seed, settings.workers):
            self.network = Network(settings, self.layout.n_deep, len(self.layout.histories), self.device)
        self.step, _ = STEPS[settings.optimizer]
        self.memory = dense_steps(self.network.layers, settings.optimizer)
        self.counts = torch.zeros(2, dtype=torch.int64)
        self.pretrained = torch.zeros(0, dtype=torch.bool, device=self.device)

    def grow(self, space: FeatureSpace, pretrained: Pretrained | None) -> None:
        """Add rows for the features of a larger space; new rows start from vectors where there are some."""
        known = len(self.pretrained)
        self.layout = layout_of(self.settings, space)
        self.network.grow(space.size)
        self.pretrained = torch.cat([self.pretrained, self.pretrained.new_zeros(space.size - known)])
        if pretrained is not None:
            new = pretrained.rows >= known
            rows = torch.from_numpy(pretrained.rows[new]).to(self.device)
            self.network.embeddings.weights[rows] = torch.from_numpy(pretrained.vectors[new]).to(self.device)
            self.pretrained[rows] = True

    def learn(self, examples: Examples, order: np.ndarray) -> np.ndarray:
        """See the rows in this order; return what was predicted for each before its batch was learnt from."""
        foretold = np.empty(len(examples), np.float32)
        with repeatable(self.settings.seed, self.settings.workers):
            for start in range(0, len(order), self.settings.batch_size):
                rows = order[start : start + self.settings.batch_size]
                foretold[rows] = self._learn_batch(self.batch(examples, rows))
        self.counts[PASSES_DONE] += 1
        return foretold

    def foretell(self, examples: Examples) -> np.ndarray:
        """Return what is predicted for each row, float32, shape (n,)."""
        foretold = np.empty(len(examples), np.float32)
        with repeatable(self.settings.seed, self.settings.workers):
            for start in range(0, len(examples), PREDICTED):
                rows = np.arange(start, min(start + PREDICTED, len(examples)))
                foretold[rows] = self._foretold(self.batch(examples, rows))
        return foretold

    def loss(self, batch: Batch, rows: Rows) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the mean loss of a batch, as in `rank.kernels.losses`, and the scores."""
        scores = self.network.scores(batch, rows)
        if self.settings.loss == "logistic":
            losses = functional.binary_cross_entropy_with_logits(scores, batch.labels, reduction="none")
        else:
            losses = (scores - batch.labels) ** 2 / 2
        return (losses if batch.weights is None else losses * batch.weights).sum() / batch.n_rows, scores

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that is learnt, by name; written to, they change the learner."""
        memory = {f"{name}.memory{i}": one for name, kept in self.memory.items() for i, one in enumerate(kept)}
        return self.network.tensors() | memory | {"counts": self.counts, "pretrained": self.pretrained}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take what `tensors` were before; raise `BadInput` where shapes or types differ."""
        for name, tensor in self.tensors().items():
            saved = torch.from_numpy(np.array(state[name]))
            if saved.shape != tensor.shape or saved.dtype != tensor.dtype:
                found, wanted = (f"{one.dtype} {tuple(one.shape)}" for one in (saved, tensor))
                raise BadInput(f"{name} is {found}; expected {wanted}")
            tensor.copy_(saved)

    def batch(self, examples: Examples, rows: np.ndarray) -> Batch:
        """Return the rows at these places for the network."""
        return batch_of(examples, rows, self.layout, self.settings.history_length, self.device)

    def _learn_batch(self, batch: Batch) -> np.ndarray:
        foretold = self._foretold(batch) if self.settings.dropout else None  # the thinned network is not what predicts
        if self.settings.dropout:
            # by the step, so that whoever goes on from a saved model draws what would have been drawn
            torch.manual_seed((self.settings.seed << 32) + int(self.counts[STEPS_DONE]))
        self.network.layers.train()
        rows = self.network.lookup(batch)
        loss, scores = self.loss(batch, rows)
        if not torch.isfinite(loss):
            raise BadInput(f"the loss is {loss.item()} in step {int(self.counts[STEPS_DONE]) + 1:,}; lower alpha")
        loss.backward()
        self._change(batch, rows)
        return self._predicted(scores) if foretold is None else foretold

    def _foretold(self, batch: Batch) -> np.ndarray:
        self.network.layers.eval()
        with torch.no_grad():
            return self._predicted(self.network.scores(batch, self.network.lookup(batch)))

    def _predicted(self, scores: torch.Tensor) -> np.ndarray:
        scores = scores.detach()
        return (scores.sigmoid() if self.settings.loss == "logistic" else scores).cpu().numpy()

    def _change(self, batch: Batch, rows: Rows) -> None:
        """Take a step with all that has a gradient by now."""
        self.counts[STEPS_DONE] += 1
        time, alpha, linear = int(self.counts[STEPS_DONE]), self.settings.alpha, self.network.linear
        if isinstance(linear, FtrlTable) and rows.bias is not None:
            linear.change_bias(rows.bias, batch.n_rows)
        if batch.linear is not None and rows.weights is not None:
            if isinstance(linear, FtrlTable):
                linear.change(batch.linear.ids, rows.weights, batch.n_rows)
            elif isinstance(linear, Table):
                linear.change(batch.linear.ids, rows.weights, alpha, time)
        if batch.deep is not None and rows.embeddings is not None:
            self._change_embeddings(batch.deep.ids, rows.embeddings, time)
        with torch.no_grad():
            for name, weights in self.network.layers.named_parameters():
                if weights.grad is not None:
                    self.step(weights, weights.grad, self.memory[name], alpha, time)
                    weights.grad = None

    def _change_embeddings(self, ids: torch.Tensor, rows: torch.Tensor, time: int) -> None:
        alpha = self.settings.alpha
        pretrained = self.pretrained[ids]
        if not pretrained.any():
            self.network.embeddings.change(ids, rows, alpha, time)
            return
        if int(self.counts[PASSES_DONE]) < self.settings.frozen_epochs:
            self.network.embeddings.change(ids, rows, alpha, time, only=~pretrained)
            return
        rate = torch.where(pretrained, alpha * self.settings.pretrained_rate, alpha).unsqueeze(1)
        self.network.embeddings.change(ids, rows, rate, time)
