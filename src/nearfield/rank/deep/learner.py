"""A network and the memory of what trains it: batch after batch, each changing what it touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from nearfield.rank.ranker import OF_GROUPS

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
            for rows in self._batches(examples, order):
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
        if self.settings.loss in OF_GROUPS:
            losses = scores * self._slopes(batch, scores)  # whose derivative is that of the loss
        elif self.settings.loss == "logistic":
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

    def _batches(self, examples: Examples, order: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the rows of each batch; with a loss of groups it ends with a group."""
        start, ends = 0, np.arange(len(order) + 1)
        if self.settings.loss in OF_GROUPS:
            from nearfield.rank.groups import GroupBounds

            ends = GroupBounds(examples, order).bounds
        while start < len(order):
            stop = int(ends[min(np.searchsorted(ends, start + self.settings.batch_size), len(ends) - 1)])
            yield order[start:stop]
            start = stop

    def _slopes(self, batch: Batch, scores: torch.Tensor) -> torch.Tensor:
        """Return the derivative of the loss of groups by each score, as `rank.kernels.groups` has it."""
        from nearfield.rank.block import Block
        from nearfield.rank.groups import GroupBounds
        from nearfield.rank.kernels.groups import group_slopes
        from nearfield.rank.kernels.losses import LAMBDARANK, PAIRWISE

        n = batch.n_rows
        weights = None if batch.weights is None else batch.weights.cpu().numpy()
        bare = Examples(
            batch.labels.cpu().numpy(), np.zeros(n + 1, np.int64), np.empty(0, np.int32), weights=weights,
            groups=batch.groups,
        )  # fmt: skip
        order, found = np.arange(n), np.ascontiguousarray(scores.detach().cpu().numpy(), np.float32)
        block, bounds = Block(bare, order), GroupBounds(bare, order)
        loss = LAMBDARANK if self.settings.loss == "lambdarank" else PAIRWISE
        group_slopes(block.rows, bounds.groups, found.ctypes.data, loss)
        return torch.from_numpy(bounds.slopes.copy()).to(scores.device)

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
