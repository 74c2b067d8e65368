"""Factorization machines as their papers write them, slowly, in float64; gradients by autograd."""

import numpy as np
import torch

from nearfield.examples import Examples, FeatureSpace

FIELDS = ("a", "b", "c", "d")


def rows_of_fields(n=150, each=9, seed=0, times=1, weights=False, ones=False):
    """n rows with `times` features of each of four fields, none twice in a row; labels follow pairs of them."""
    random = np.random.default_rng(seed)
    fields = np.repeat(np.arange(len(FIELDS)), times)
    drawn = np.stack([random.permuted(np.tile(np.arange(each), (n, 1)), axis=1)[:, :times] for _ in FIELDS], axis=1)
    features = drawn.reshape(n, -1) + each * fields
    values = np.ones(features.shape) if ones else random.uniform(0.3, 1.5, features.shape)
    truth = np.random.default_rng(5).normal(size=(each * len(FIELDS), 3))
    sums = (truth[features] * values[:, :, None]).sum(axis=1)
    score = (sums**2).sum(axis=1) - ((truth[features] * values[:, :, None]) ** 2).sum(axis=(1, 2))
    labels = random.random(n) < 1 / (1 + np.exp(-score))
    return Examples(
        labels.astype(np.float32), np.arange(n + 1) * features.shape[1], features.ravel().astype(np.int32),
        np.tile(fields, n).astype(np.int32), values.ravel().astype(np.float32),
        weights=random.uniform(0.5, 2, n).astype(np.float32) if weights else None,
        space=FeatureSpace(each * len(FIELDS), FIELDS),
    )  # fmt: skip


def entries(examples, row, normalize=False):
    """Features, fields and values of a row."""
    some = slice(examples.indptr[row], examples.indptr[row + 1])
    values = examples.values[some].astype(np.float64)
    return examples.features[some], examples.fields[some], values / np.linalg.norm(values) if normalize else values


def pairs_of(features):
    return [(i, j) for i in range(len(features)) for j in range(i + 1, len(features))]


def fm_score(linear, vectors, features, fields, values):
    """The double sum over pairs; `linear` has the bias last, `vectors` are (n, k)."""
    pairs = (values[i] * values[j] * (vectors[features[i]] @ vectors[features[j]]) for i, j in pairs_of(features))
    return linear[-1] + sum(linear[f] * x for f, x in zip(features, values, strict=True)) + sum(pairs)


def ffm_score(linear, vectors, features, fields, values):
    """As `fm_score`; `vectors` are (n, fields, k)."""
    pairs = (
        values[i] * values[j] * (vectors[features[i], fields[j]] @ vectors[features[j], fields[i]])
        for i, j in pairs_of(features)
    )
    return linear[-1] + sum(linear[f] * x for f, x in zip(features, values, strict=True)) + sum(pairs)


class AutogradTwin:
    """One pass of AdaGrad or SGD, a row at a time, over what a row has to do with; gradients by autograd."""

    def __init__(self, model, adagrad=True):
        self.model, self.adagrad = model, adagrad
        self.score = fm_score if model.vectors_.ndim == 2 else ffm_score
        self.tables = [torch.tensor(t.astype(np.float64)) for t in (model.linear_[:, 0], model.vectors_)]
        self.past = [torch.ones_like(table) for table in self.tables]

    def learn(self, examples):
        return np.array([self.learn_row(examples, row) for row in range(len(examples))])

    def learn_row(self, examples, row):
        features, fields, values = entries(examples, row, self.model.normalize)
        for table in self.tables:
            table.requires_grad_(True)
            table.grad = None
        score = self.score(*self.tables, features, fields, values)
        label, weight = float(examples.labels[row]), 1.0 if examples.weights is None else float(examples.weights[row])
        if self.model.loss == "logistic":
            loss = torch.nn.functional.softplus(score) - label * score
        else:
            loss = (score - label) ** 2 / 2
        (weight * loss).backward()
        linear = self.tables[0]
        with torch.no_grad():
            self.step(0, [(f,) for f in features], self.model.l2_linear)
            self.step(0, [(len(linear) - 1,)], 0.0)
            self.step(1, self.places(features, fields), self.model.l2)
        score = score.detach()
        return float(torch.sigmoid(score) if self.model.loss == "logistic" else score)

    def places(self, features, fields):
        """Which vectors a row has to do with."""
        if self.tables[1].ndim == 2:
            return [(f,) for f in features]
        ordered = [(i, j) for i, j in pairs_of(features)] + [(j, i) for i, j in pairs_of(features)]
        return [(features[i], fields[j]) for i, j in ordered]

    def step(self, which, places, pull):
        table, past = self.tables[which], self.past[which]
        for place in places:
            place = tuple(int(p) for p in place)
            gradient = table.grad[place] + pull * table[place]
            past[place] += gradient**2
            table[place] -= self.model.alpha * gradient / (torch.sqrt(past[place]) if self.adagrad else 1)


def ffm_by_pairs(model, examples):
    """One pass as libffm does it: both vectors of a pair change before the next pair is looked at."""
    linear, vectors = model.linear_[:, 0].astype(np.float64), model.vectors_.astype(np.float64)
    past_linear, past = np.ones_like(linear), np.ones_like(vectors)
    for row in range(len(examples)):
        features, fields, values = entries(examples, row, model.normalize)
        error = 1 / (1 + np.exp(-ffm_score(linear, vectors, features, fields, values))) - examples.labels[row]
        for i, j in pairs_of(features):
            one, other = (features[i], fields[j]), (features[j], fields[i])
            u, v, x = vectors[one].copy(), vectors[other].copy(), values[i] * values[j]
            for place, own, met in ((one, u, v), (other, v, u)):
                g = error * x * met + model.l2 * own
                past[place] += g * g
                vectors[place] -= model.alpha * g / np.sqrt(past[place])
        for place, x, pull in [*((f, x, model.l2_linear) for f, x in zip(features, values, strict=True)), (-1, 1, 0)]:
            g = error * x + pull * linear[place]
            past_linear[place] += g * g
            linear[place] -= model.alpha * g / np.sqrt(past_linear[place])
    return linear, vectors
