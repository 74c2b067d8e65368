"""Losses of groups: gradients by autograd, passes against a slow reference, what is learnt, and what is refused."""

import numpy as np
import pytest
import torch
from factor_twins import ffm_score, fm_score
from sklearn.base import clone
from test_logistic_regression import sigmoid
from units import replaced

from nearfield.errors import BadInput
from nearfield.evaluate.ranking_metrics import group_ndcg
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import (
    DCNv2,
    DeepFM,
    FactorizationMachine,
    FieldAwareFM,
    LogisticRegression,
    WideAndDeep,
    load_ranker,
)
from nearfield.rank.block import Block
from nearfield.rank.groups import MOST, GroupBounds, group_order, has_pairs, mean_pair_loss
from nearfield.rank.kernels.groups import group_slopes
from nearfield.rank.kernels.losses import LAMBDARANK, PAIRWISE
from nearfield.rank.ranker import LOSSES

DEEP = {"vector_size": 4, "hidden_layer_sizes": (8,), "batch_size": 32, "alpha": 0.01, "epochs": 8}
MODELS = [
    LogisticRegression(epochs=5), FactorizationMachine(), FieldAwareFM(vector_size=4, validation_fraction=0.0),
    WideAndDeep(**DEEP), DeepFM(**DEEP), DCNv2(**DEEP),
]  # fmt: skip
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
every_loss = pytest.mark.parametrize("loss", ["pairwise", "lambdarank"])
KERNELS = {"pairwise": PAIRWISE, "lambdarank": LAMBDARANK}


def rows_of_groups(n_groups=40, seed=0, weights=False, grades=4):
    """Rows of a user and an item, in groups of 2 to 9 that do not lie side by side; users like items of their kind.

    Groups differ in how high their labels are, which says nothing about the order within.
    """
    random, truth = np.random.default_rng(seed), np.random.default_rng(5)
    kinds = truth.normal(size=(20, 2)), truth.normal(size=(30, 2))
    groups = np.repeat(np.arange(n_groups), random.integers(2, 10, n_groups))
    random.shuffle(groups)
    users, items = random.integers(0, 20, n_groups)[groups], random.integers(0, 30, len(groups))
    score = 2 * (kinds[0][users] * kinds[1][items]).sum(axis=1) + random.normal(size=len(groups)) / 4
    labels = np.clip(np.round(score + random.integers(-1, 2, n_groups)[groups] + 1), 0, grades - 1)
    features = np.stack([users, 20 + items], axis=1).ravel().astype(np.int32)
    return Examples(
        labels.astype(np.float32), 2 * np.arange(len(groups) + 1), features,
        np.tile(np.arange(2, dtype=np.int32), len(groups)), groups=groups,
        weights=random.uniform(0.5, 2, len(groups)).astype(np.float32) if weights else None,
        space=FeatureSpace(50, ("user", "item")),
    )  # fmt: skip


def places(scores):
    """The place of each row, the first one 1; of equal scores the first comes first."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    found = np.zeros(len(scores))
    found[order] = np.arange(1, len(scores) + 1)
    return found


def group_loss(scores, labels, counts, loss):
    """C of a group as the formula has it, over a tensor of scores."""
    place = places(scores.detach().numpy())
    total, weights = 0.0, 0.0
    for i in range(len(labels)):
        for j in range(len(labels)):
            if labels[i] > labels[j] and counts[i] and counts[j]:
                weight = 1.0
                if loss == "lambdarank":
                    exchanged = 1 / np.log2(1 + place[i]) - 1 / np.log2(1 + place[j])
                    weight = abs((2.0 ** labels[i] - 2.0 ** labels[j]) * exchanged)
                total = total + weight * torch.nn.functional.softplus(-(scores[i] - scores[j]))
                weights += weight
    above = sum(label > min(labels) for label in labels)
    return above * total / weights if weights else None


def groups_in_order(examples):
    """The rows of each group, as groups first come."""
    return [np.flatnonzero(examples.groups == group) for group in dict.fromkeys(examples.groups.tolist())]


def slow_slopes(scores, examples, rows, loss):
    leaf = torch.tensor(np.asarray(scores, np.float64), requires_grad=True)
    counts = np.ones(len(rows)) if examples.weights is None else examples.weights[rows]
    value = group_loss(leaf, examples.labels[rows].astype(float), counts, loss)
    if value is None:
        return np.zeros(len(rows))
    value.backward()
    return leaf.grad.numpy()


@every_loss
def test_slopes_are_those_of_autograd(loss):
    examples = rows_of_groups(weights=True)
    weights = np.where(np.arange(len(examples)) % 6, examples.weights, 0).astype(np.float32)
    examples = replaced(examples, weights=weights)
    scores = np.random.default_rng(1).normal(size=len(examples)).round(1).astype(np.float32)  # some are equal
    order = group_order(examples)
    block, bounds = Block(examples, order), GroupBounds(examples, order)
    group_slopes(block.rows, bounds.groups, scores.ctypes.data, KERNELS[loss])
    for rows in groups_in_order(examples):
        expected = slow_slopes(scores[rows], examples, rows, loss)
        np.testing.assert_allclose(bounds.slopes[rows], expected, atol=1e-5)
    assert [order[a:b].tolist() for a, b in zip(bounds.bounds, bounds.bounds[1:], strict=False)] == [
        rows.tolist() for rows in groups_in_order(examples)
    ]


def test_slopes_are_finite_differences():
    examples = rows_of_groups(6)
    scores = np.random.default_rng(1).normal(size=len(examples))
    for rows in groups_in_order(examples):
        slopes = slow_slopes(scores[rows], examples, rows, "pairwise")
        for i in range(len(rows)):
            moved = [scores[rows].copy(), scores[rows].copy()]
            moved[0][i] -= 1e-5
            moved[1][i] += 1e-5
            values = [group_loss(torch.tensor(s), examples.labels[rows], np.ones(len(rows)), "pairwise") for s in moved]
            if values[0] is not None:
                assert slopes[i] == pytest.approx(float(values[1] - values[0]) / 2e-5, abs=1e-6)


def ftrl_by_groups(examples, loss, alpha, beta):
    """FTRL-Proximal with λ in the place of σ(s) - y."""
    z, n = np.zeros(examples.space.size + 1), np.zeros(examples.space.size + 1)
    foretold = np.zeros(len(examples))

    def weight(i):
        return -z[i] / ((beta + np.sqrt(n[i])) / alpha)

    def features(row):
        return [*examples.features[examples.indptr[row] : examples.indptr[row + 1]], examples.space.size]

    for rows in groups_in_order(examples):
        foretold[rows] = [sum(weight(i) for i in features(row)) for row in rows]
        slopes = slow_slopes(foretold[rows].astype(np.float32), examples, rows, loss) * examples.weights[rows]
        if not slopes.any():
            continue
        for row, slope in zip(rows, slopes, strict=True):
            for i in features(row):
                sigma = (np.sqrt(n[i] + slope**2) - np.sqrt(n[i])) / alpha
                z[i] += slope - sigma * weight(i)
                n[i] += slope**2
    return z, n, foretold


@every_loss
def test_a_pass_of_a_linear_model(loss):
    examples = rows_of_groups(weights=True)
    model = LogisticRegression(loss=loss, alpha=0.2, beta=0.7).partial_fit(examples)
    z, n, foretold = ftrl_by_groups(examples, loss, 0.2, 0.7)
    np.testing.assert_allclose(model.foretold_, foretold, atol=2e-4)
    np.testing.assert_allclose(model.state_, np.stack([z, n], axis=1), atol=2e-3)


@every_loss
@pytest.mark.parametrize("kind", [FactorizationMachine, FieldAwareFM])
def test_a_pass_of_models_of_pairs(kind, loss):
    examples = rows_of_groups(20, weights=True)
    model = kind(loss=loss, vector_size=5, l2=0.01, l2_linear=0.02)
    model._take_space(examples.space)
    linear, vectors = (torch.tensor(table.astype(np.float64)) for table in (model.linear_[:, 0], model.vectors_))
    past = [torch.ones_like(linear), torch.ones_like(vectors)]
    score = fm_score if kind is FactorizationMachine else ffm_score
    scale = 1 / np.sqrt(2) if kind is FieldAwareFM else 1.0

    def of(row):
        some = slice(examples.indptr[row], examples.indptr[row + 1])
        return examples.features[some], examples.fields[some], np.full(2, scale)

    foretold = np.zeros(len(examples))
    for rows in groups_in_order(examples):
        foretold[rows] = [float(score(linear.detach(), vectors.detach(), *of(row))) for row in rows]
        slopes = slow_slopes(foretold[rows].astype(np.float32), examples, rows, loss) * examples.weights[rows]
        if not slopes.any():
            continue
        for row, slope in zip(rows, slopes, strict=True):
            features, fields, _ = of(row)
            for table in (linear, vectors):
                table.requires_grad_(True)
                table.grad = None
            (slope * score(linear, vectors, *of(row))).backward()
            touched = [(f,) for f in features], [(f,) for f in features]
            if kind is FieldAwareFM:
                touched = touched[0], [(features[0], fields[1]), (features[1], fields[0])]
            with torch.no_grad():
                for table, sums, keys, pull in ((linear, past[0], [*touched[0], (50,)], 0.02),
                                                (vectors, past[1], touched[1], 0.01)):  # fmt: skip
                    for key in keys:
                        gradient = table.grad[key] + (0 if key == (50,) else pull) * table[key]
                        sums[key] += gradient**2
                        table[key] -= model.alpha * gradient / torch.sqrt(sums[key])
    model.partial_fit(examples)
    np.testing.assert_allclose(model.foretold_, foretold, atol=2e-4)
    np.testing.assert_allclose(model.linear_[:, 0], linear.detach(), atol=2e-4)
    np.testing.assert_allclose(model.vectors_, vectors.detach(), atol=2e-4)


def test_a_step_of_a_deep_model_is_that_of_autograd_through_the_loss():
    examples = rows_of_groups(30)
    for loss in ("pairwise", "lambdarank"):
        model = DeepFM(loss=loss, vector_size=4, hidden_layer_sizes=(8,), batch_size=10_000)
        model._take_space(examples.space)
        learner, rows = model.learner_, group_order(examples)
        batch = learner.batch(examples, rows)
        looked_up = learner.network.lookup(batch)
        value, _ = learner.loss(batch, looked_up)
        value.backward()
        found = looked_up.embeddings.grad.clone()
        again = learner.network.lookup(batch)
        scores = learner.network.scores(batch, again)
        total, start = 0.0, 0
        for group in groups_in_order(examples):
            part = scores[start : start + len(group)]
            one = group_loss(part, examples.labels[group].astype(float), np.ones(len(group)), loss)
            total, start = total if one is None else total + one, start + len(group)
        (total / len(rows)).backward()
        np.testing.assert_allclose(found, again.embeddings.grad, atol=1e-6)


@every_loss
@every_model
def test_the_order_within_groups_is_learnt(model, loss):
    train, test = rows_of_groups(300), rows_of_groups(150, seed=1)
    fitted = clone(model).set_params(loss=loss, alpha=0.05 if isinstance(model, WideAndDeep) else model.alpha)
    fitted.fit(train)
    before = group_ndcg(test.labels, np.zeros(len(test)), test.groups)
    linear = isinstance(model, LogisticRegression)
    assert group_ndcg(test.labels, fitted.predict(test), test.groups) > before + (0.02 if linear else 0.1)
    assert fitted.losses_[-1] < min(fitted.losses_[0], np.log(2))
    with pytest.raises(BadInput, match="predict_proba needs loss='logistic'"):
        fitted.predict_proba(test)


@every_loss
@every_model
def test_groups_are_learnt_wherever_their_rows_lie_and_go_on_after_saving(model, loss, tmp_path):
    examples = rows_of_groups(60)
    sorted_rows = examples.take(group_order(examples))
    model = clone(model).set_params(loss=loss)
    first, second = clone(model).partial_fit(examples), clone(model).partial_fit(sorted_rows)
    assert all(np.array_equal(table, second._arrays()[name]) for name, table in first._arrays().items())
    first.save(tmp_path / "model")
    loaded = load_ranker(tmp_path / "model")
    assert np.array_equal(loaded.partial_fit(examples).predict(examples), first.partial_fit(examples).predict(examples))
    repeated = [clone(model).fit(examples).predict(examples) for _ in range(2)]
    assert np.array_equal(*repeated)


@every_loss
def test_several_workers_learn_as_well(loss):
    train, test = rows_of_groups(600), rows_of_groups(200, seed=1)
    for kind in (LogisticRegression, FactorizationMachine):
        found = [
            group_ndcg(test.labels, kind(loss=loss, workers=n, epochs=5).fit(train).predict(test), test.groups)
            for n in (1, 2)
        ]
        assert found[1] > found[0] - 0.03


@every_loss
def test_whole_groups_are_held_out(loss):
    examples = rows_of_groups(200)
    model = FactorizationMachine(loss=loss, validation_fraction=0.2, epochs=30)
    train, aside = model._put_aside(examples)
    assert not set(train.groups) & set(aside.groups)
    assert len(set(aside.groups)) == 40
    model.fit(examples)
    assert len(model.validation_losses_) > 1
    assert min(model.validation_losses_) < np.log(2)
    with pytest.raises(BadInput, match="2 groups are too few to hold out"):
        FactorizationMachine(loss=loss, validation_fraction=0.2).fit(examples.take(np.flatnonzero(examples.groups < 2)))


def test_the_loss_of_pairs_is_their_mean():
    examples = rows_of_groups(30)
    scores = np.random.default_rng(0).normal(size=len(examples)).astype(np.float32)
    total, above = 0.0, 0
    for rows in groups_in_order(examples):
        labels = examples.labels[rows].astype(float)
        value = group_loss(torch.tensor(scores[rows].astype(float)), labels, np.ones(len(rows)), "pairwise")
        if value is not None:
            total, above = total + float(value), above + int((labels > labels.min()).sum())
    assert mean_pair_loss(scores, examples) == pytest.approx(total / above, rel=1e-5)
    assert mean_pair_loss(np.zeros(len(examples)), examples) == pytest.approx(np.log(2), rel=1e-6)


def test_a_large_group_is_cut():
    n = 2 * MOST + 10
    random = np.random.default_rng(0)
    features = random.integers(0, 20, n).astype(np.int32)
    labels = (random.random(n) < sigmoid(np.linspace(-3, 3, 20))[features]).astype(np.float32)
    examples = Examples(labels, np.arange(n + 1), features, groups=np.zeros(n, np.int64), space=FeatureSpace(20))
    assert GroupBounds(examples, group_order(examples)).bounds.tolist() == [0, MOST, 2 * MOST, n]
    model = LogisticRegression(loss="pairwise", epochs=3).fit(examples)
    assert np.corrcoef(model.weights_, np.arange(20))[0, 1] > 0.9


@every_model
@every_loss
def test_what_has_no_order_is_refused_and_nothing_is_lost(model, loss):
    examples = rows_of_groups(30)
    fitted = clone(model).set_params(loss=loss).fit(examples)
    before = fitted.predict(examples)
    bare = Examples(examples.labels, examples.indptr, examples.features, examples.fields, space=examples.space)
    alike = replaced(examples, labels=np.ones(len(examples), np.float32))
    for door in (fitted.fit, fitted.partial_fit, lambda rows: fitted.fit(examples, validation=rows)):
        with pytest.raises(BadInput, match=f"loss='{loss}' orders rows within groups, and these have none; read them"):
            door(bare)
    for door in (fitted.fit, lambda rows: fitted.fit(examples, validation=rows)):
        with pytest.raises(BadInput, match="no group has rows of different labels"):
            door(alike)
    assert not has_pairs(alike)
    assert has_pairs(examples)
    assert np.array_equal(fitted.predict(bare), before)  # groups are asked for to learn only
    assert loss in LOSSES


def test_grades_out_of_range():
    examples = rows_of_groups(30)
    for labels in (examples.labels - 1, examples.labels + 40):
        other = replaced(examples, labels=labels)
        with pytest.raises(BadInput, match="lambdarank expects grades of 0 to 31"):
            LogisticRegression(loss="lambdarank").fit(other)
        LogisticRegression(loss="pairwise").fit(other)
    with pytest.raises(BadInput, match="counts are of rows of two classes; with loss='pairwise'"):
        LogisticRegression(loss="pairwise", rates="counts").fit(examples)
