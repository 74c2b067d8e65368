"""A slow, obvious twin of the training kernel: Python integers, float64, every formula as the papers print it."""

from __future__ import annotations

import numpy as np

MASK = 2**64 - 1
INPUTS_AT_ONCE = 16


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


class SplitMix:
    """SplitMix64 with Python's integers."""

    def __init__(self, state):
        self.state = state

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)


def window_loss(hidden, outputs, centre, loss, samples, path):
    """The loss of hidden rows against the outputs of one centre; `path` is (nodes, codes)."""
    if loss == "negative":
        return sum(-np.log(sigmoid(h @ outputs[centre])) - np.log(sigmoid(-outputs[samples] @ h)).sum() for h in hidden)
    if loss == "hierarchical":
        nodes, codes = path
        return sum(-np.log(sigmoid((1 - 2.0 * codes) * (outputs[nodes] @ h))).sum() for h in hidden)
    return sum(np.log(np.exp(outputs @ h).sum()) - outputs[centre] @ h for h in hidden)


def gradients(hidden, outputs, centre, loss, samples, path):
    """The derivatives of `window_loss` by the hidden rows and by the output table."""
    by_outputs = np.zeros_like(outputs)
    if loss == "softmax":
        powers = np.exp(hidden @ outputs.T)
        errors = powers / powers.sum(axis=1, keepdims=True)
        errors[:, centre] -= 1
        return errors @ outputs, errors.T @ hidden
    rows, labels = [centre, *samples], np.array([1.0] + [0.0] * len(samples))
    if loss == "hierarchical":
        rows, labels = path[0], 1.0 - path[1]
    errors = sigmoid(hidden @ outputs[rows].T) - labels
    np.add.at(by_outputs, rows, errors.T @ hidden)
    return errors @ outputs[rows], by_outputs


class ReferenceTrainer:
    """Trains tables (float64, changed in place) over sequences, in the kernel's order and with its random numbers."""

    def __init__(self, inputs, outputs, *, architecture, loss, window, forward, mean, keep, alias, negative, tree):
        self.inputs, self.outputs = inputs, outputs
        self.architecture, self.loss, self.mean = architecture, loss, mean
        self.window, self.forward, self.keep = window, forward, keep
        self.alias, self.negative, self.tree = alias, negative, tree

    def train(self, sequences, alphas, seed, weights=None, extras=None):
        """`weights` are lists like `sequences`; `extras` has what `SessionExtras` is made of, as ids."""
        random = SplitMix(seed)
        for number, (tokens, alpha) in enumerate(zip(sequences, alphas, strict=True)):
            weighted = zip(tokens, weights[number] if weights else [1.0] * len(tokens), strict=True)
            kept = [(t, w) for t, w in weighted if self._survives(t, random)]
            ids = [t for t, _ in kept]
            # the kernel draws the samples of a centre before it draws the reach of the one before
            samples = self._samples(ids[0], random) if ids else []
            for at, (centre, weight) in enumerate(kept):
                following = self._samples(ids[at + 1], random) if at + 1 < len(ids) else []
                reach = 1 + ((random.bits() >> 32) * self.window >> 32)
                context = ids[max(0, at - reach) : at] + ([] if self.forward else ids[at + 1 : at + 1 + reach])
                if extras and extras.owners:
                    context = [*context, len(self.outputs) + extras.owners[number]]
                if context:
                    self._step(context, centre, samples, alpha * weight)
                if extras:
                    self._extra_steps(centre, number, extras, alpha * weight, random)
                samples = following
        return random.state

    def _extra_steps(self, centre, number, extras, alpha, random):
        rows, labels = [], []
        if extras.goals and extras.goals[number] not in (None, centre):
            rows, labels = [extras.goals[number]], [1.0]
        group = extras.group_of[centre] if extras.group_of and self._has_global(number, extras) else None
        if group is not None:
            members = [key for key, one in enumerate(extras.group_of) if one == group]
            for _ in range(extras.group_negative):
                drawn = members[(random.bits() >> 32) * len(members) >> 32]
                rows, labels = (rows, labels) if drawn == centre else ([*rows, drawn], [*labels, 0.0])
        self._own_row_step(centre, rows, labels, alpha)
        refused = extras.rejected[number] if extras.rejected else []
        drawn = [
            refused[(random.bits() >> 32) * len(refused) >> 32] for _ in range(min(extras.rejections, len(refused)))
        ]
        drawn = [key for key in drawn if key != centre]
        self._own_row_step(centre, drawn, [0.0] * len(drawn), alpha * extras.strength)

    @staticmethod
    def _has_global(number, extras):
        return extras.group_negative > 0 or (extras.goals and extras.goals[number] is not None)

    def _own_row_step(self, centre, rows, labels, alpha):
        """One step of the logistic loss of the centre's own input row against output rows."""
        if not rows:
            return
        h = self.inputs[centre].copy()
        errors = np.array(labels) - sigmoid(self.outputs[rows] @ h)
        self.inputs[centre] += alpha * errors @ self.outputs[rows]
        np.add.at(self.outputs, rows, alpha * errors[:, None] * h)

    def _survives(self, token, random):
        return (random.bits() >> 32) <= self.keep[token] and self.keep[token] > 0

    def _samples(self, centre, random):
        drawn = []
        while self.loss == "negative" and len(drawn) < self.negative:
            bits = random.bits()
            column = (bits >> 32) * len(self.alias) >> 32
            threshold, alias = (int(x) for x in self.alias[column])
            key = column if (bits & 0xFFFFFFFF) < threshold else alias
            if key != centre:
                drawn.append(key)
        return drawn

    def _step(self, context, centre, samples, alpha):
        path = slice(self.tree.offsets[centre], self.tree.offsets[centre + 1])
        path = self.tree.nodes[path], self.tree.codes[path]
        if self.architecture == "cbow":
            hidden = self.inputs[context].mean(axis=0) if self.mean else self.inputs[context].sum(axis=0)
            by_hidden, by_outputs = gradients(hidden[None], self.outputs, centre, self.loss, samples, path)
            np.subtract.at(self.inputs, context, alpha * by_hidden)
            self.outputs -= alpha * by_outputs
            return
        for first in range(0, len(context), INPUTS_AT_ONCE):
            some = context[first : first + INPUTS_AT_ONCE]
            by_hidden, by_outputs = gradients(self.inputs[some], self.outputs, centre, self.loss, samples, path)
            np.subtract.at(self.inputs, some, alpha * by_hidden)
            self.outputs -= alpha * by_outputs


def numerical_gradient(function, table, step=1e-5):
    """Central differences of function() by every entry of `table`, which is changed in place and put back."""
    gradient = np.zeros_like(table)
    for at in np.ndindex(*table.shape):
        kept = table[at]
        table[at] = kept + step
        above = function()
        table[at] = kept - step
        below = function()
        table[at] = kept
        gradient[at] = (above - below) / (2 * step)
    return gradient
