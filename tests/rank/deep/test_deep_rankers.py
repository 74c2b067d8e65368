"""What the deep rankers promise alike: repeatable, resumable, growing, and clear about what does not fit."""

import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from watched import ITEMS, NAMES, USERS, watched

from nearfield.errors import BadInput, MissingExtra, NotFitted
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import DCNv2, DeepFM, LogisticRegression, WideAndDeep, load_ranker
from nearfield.rank.metrics import mean_loss
from nearfield.vectors import Vectors

MODELS = (WideAndDeep, DeepFM, DCNv2)
SMALL = {"vector_size": 4, "hidden_layer_sizes": (8,), "batch_size": 16, "alpha": 0.02, "epochs": 3}
VARIANTS = [
    *((model, {}) for model in MODELS),
    (WideAndDeep, {"dropout": 0.3, "optimizer": "adagrad", "wide_l1": 0.1}),
    (DeepFM, {"loss": "squared", "l2": 0.01, "histories": {"seen": "item"}, "pooling": "gru"}),
    (DCNv2, {"rank": 2, "structure": "stacked", "histories": {"seen": "item"}, "pooling": "attention"}),
]
variants = pytest.mark.parametrize(("model", "extra"), VARIANTS)


def same(first, second):
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name]) for name in first)


@variants
def test_a_seed_repeats_a_run_bit_for_bit(model, extra):
    examples = watched()
    first, second, other = (model(**SMALL | extra, seed=seed).fit(examples) for seed in (1, 1, 2))
    assert same(first._snapshot(), second._snapshot())
    assert not same(first._snapshot(), other._snapshot())


@variants
def test_going_on_survives_saving_bit_for_bit(model, extra, tmp_path):
    examples = watched(n=160)
    halves = model(**SMALL | extra).partial_fit(examples[:80])  # five whole batches
    whole = model(**SMALL | extra)
    whole.__dict__ |= {name: halves.__dict__[name] for name in ("targets_",) if name in halves.__dict__}
    whole.partial_fit(examples)
    halves.save(tmp_path / "model")
    loaded = load_ranker(tmp_path / "model")
    for one in (halves, loaded):
        one.partial_fit(examples[80:])
    assert same(halves._snapshot(), loaded._snapshot())
    # one pass counts itself once, two halves twice
    assert same(*({n: a for n, a in one._snapshot().items() if n != "counts"} for one in (halves, whole)))
    assert np.array_equal(loaded.predict(examples), whole.predict(examples))


@variants
def test_new_features_begin_as_from_the_start_and_old_rows_stay(model, extra):
    examples = watched(n=160)
    names = (*NAMES, *(f"item={i}" for i in range(100, 130)))
    large = FeatureSpace(len(names), examples.space.fields, names)
    grown = model(**SMALL | extra).partial_fit(examples[:80])
    before = grown.embeddings_.copy()
    grown._take_space(large)
    assert np.array_equal(grown.embeddings_[: len(before)], before)
    grown.partial_fit(examples[80:].in_space(large))
    whole = model(**SMALL | extra).partial_fit(examples[:80].in_space(large))
    whole.partial_fit(examples[80:].in_space(large))
    assert same(grown._snapshot(), whole._snapshot())


@pytest.mark.parametrize("loss", ["logistic", "squared"])
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.2, 0.3)])
def test_without_layers_and_row_by_row_it_is_logistic_regression(loss, l1, l2):
    examples = watched()
    wide = WideAndDeep(loss=loss, hidden_layer_sizes=(), batch_size=1, wide_l1=l1, wide_l2=l2).partial_fit(examples)
    linear = LogisticRegression(loss=loss, l1=l1, l2=l2).partial_fit(examples)
    np.testing.assert_allclose(wide.wide_weights_, linear.weights_, atol=1e-5)
    np.testing.assert_allclose(wide.foretold_, linear.foretold_, atol=1e-5)
    assert "embeddings" not in wide._arrays()


def test_fields_for_one_part_only():
    examples = watched()
    model = WideAndDeep(**SMALL, wide_fields=("user",), deep_fields=("item", "seen")).fit(examples)
    assert np.count_nonzero(model.wide_weights_[USERS:]) == 0 < np.count_nonzero(model.wide_weights_)
    start = WideAndDeep(**SMALL | {"epochs": 1}, wide_fields=("user",), deep_fields=("item", "seen"))
    start._take_space(examples.space)
    moved = np.any(model.embeddings_ != start.embeddings_, axis=1)
    assert not moved[:USERS].any()
    assert moved[USERS : USERS + 2 * ITEMS].all()


def test_a_wide_part_without_fields_still_has_its_bias():
    examples = watched(n=600)
    model = WideAndDeep(hidden_layer_sizes=(), wide_fields=(), batch_size=1).fit(examples)
    expected = np.average(examples.labels, weights=examples.weights)
    np.testing.assert_allclose(model.predict_proba(examples)[:, 1], expected, atol=0.05)


@pytest.mark.parametrize("model", MODELS)
def test_what_histories_say_is_learnt(model):
    examples, later = watched(n=3000, seed=1, weights=False), watched(n=600, seed=2, weights=False)
    linear = LogisticRegression(epochs=5).fit(examples)
    deep = model(hidden_layer_sizes=(32,), alpha=0.01, epochs=6, histories={"seen": "item"}).fit(examples)
    chance, found = (roc_auc_score(later.labels, one.predict_proba(later)[:, 1]) for one in (linear, deep))
    assert chance < 0.6 < 0.75 < found


def vectors(dim=4):
    return Vectors([str(i) for i in range(5)], np.random.default_rng(3).normal(size=(5, dim)).astype(np.float32))


def test_frozen_embeddings_stay_bit_for_bit_and_then_learn_at_a_rate_of_their_own():
    examples, start = watched(), vectors()
    frozen = DeepFM(**SMALL, frozen_epochs=3).fit(examples, pretrained={"item": start})
    own = slice(USERS, USERS + 5)
    assert np.array_equal(frozen.embeddings_[own], start.input)
    frozen.partial_fit(examples)  # the fourth pass
    assert not np.any(np.all(frozen.embeddings_[own] == start.input, axis=1))
    slow, fast = (
        DeepFM(**SMALL, pretrained_rate=rate).fit(examples, pretrained={"item": start}) for rate in (0.01, 1.0)
    )
    moved_slow, moved_fast = (np.abs(model.embeddings_[own] - start.input).mean() for model in (slow, fast))
    assert 0 < moved_slow < moved_fast / 10
    stays = DeepFM(**SMALL, pretrained_rate=0.0).fit(examples, pretrained={"item": start})
    assert np.array_equal(stays.embeddings_[own], start.input)


def test_vectors_of_a_history_are_those_of_its_candidate():
    model = DeepFM(**SMALL, frozen_epochs=9, histories={"seen": "item"}).fit(watched(), pretrained={"seen": vectors()})
    for first in (USERS, USERS + ITEMS):
        assert np.array_equal(model.embeddings_[first : first + 5], vectors().input)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"activation": "step"}, "activation is 'step'; expected one of sigmoid, tanh, relu"),
        ({"hidden_layer_sizes": (8, 0)}, "hidden_layer_sizes is (8, 0); expected a tuple of whole numbers"),
        ({"hidden_layer_sizes": 8}, "hidden_layer_sizes is 8"),
        ({"optimizer": "sgd"}, "optimizer is 'sgd'"),
        ({"pooling": "max"}, "pooling is 'max'"),
        ({"dropout": 1.0}, "dropout is 1.0; expected a number of at least 0 and below 1"),
        ({"vector_size": True}, "vector_size is True"),
        ({"batch_size": 0}, "batch_size is 0; expected a whole number of at least 1"),
        ({"alpha": 0.0}, "alpha is 0.0; expected a number above 0"),
        ({"histories": {"sean": "item"}}, "histories names 'sean', which is no field; expected some of user, item"),
        ({"histories": {"seen": "item", "item": "user"}}, "the candidate of history 'seen' is a history"),
        ({"wide_fields": ("users",)}, "wide_fields names 'users', which is no field"),
        ({"wide_fields": "user"}, "wide_fields is 'user'; expected a tuple of strings, or None"),
        ({"deep_fields": ("user",), "histories": {"seen": "item"}}, "which deep_fields leaves out"),
    ],
)
def test_parameters_that_do_not_fit_are_named_and_nothing_is_lost(parameters, message):
    examples = watched()
    model = WideAndDeep(**SMALL).fit(examples)
    before = model._snapshot()
    with pytest.raises(BadInput) as raised:
        model.set_params(**parameters).fit(examples)
    assert message in str(raised.value)
    assert same(model._snapshot(), before)


def test_cross_layers_that_do_not_fit():
    for parameters in ({"rank": 0}, {"n_cross_layers": 0}, {"structure": "side by side"}):
        with pytest.raises(BadInput, match=next(iter(parameters))):
            DCNv2(**parameters).fit(watched())


@pytest.mark.parametrize(
    ("pretrained", "message"),
    [
        ({"items": vectors()}, "pretrained names 'items', which is no field"),
        ({"item": vectors(7)}, "the vectors of field 'item' have 7 numbers; expected vector_size, 4"),
        ({"user": Vectors(["x"], np.ones((1, 4), np.float32))}, "not one feature of field 'user' is a key"),
    ],
)
def test_vectors_that_do_not_fit(pretrained, message):
    with pytest.raises(BadInput, match=message):
        DeepFM(**SMALL).fit(watched(), pretrained=pretrained)


def test_vectors_need_names():
    examples = watched()
    unnamed = examples.relabelled(FeatureSpace(len(NAMES), examples.space.fields))
    with pytest.raises(BadInput, match="the features have no names"):
        DeepFM(**SMALL).fit(unnamed, pretrained={"item": vectors()})


@pytest.mark.parametrize("model", MODELS)
def test_rows_without_entries_and_other_questions(model):
    examples = watched()
    with pytest.raises(NotFitted):
        model().predict(examples)
    empty = Examples(np.zeros(3, np.float32), np.zeros(4, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32),
                     space=examples.space)  # fmt: skip
    for pooling in ("mean", "attention", "gru", "lstm"):
        learner = model(**SMALL, histories={"seen": "item"}, pooling=pooling).fit(examples)
        probabilities = learner.partial_fit(empty).predict_proba(empty)[:, 1]
        assert np.isfinite(probabilities).all()
        assert len(np.unique(probabilities)) == 1
        assert len(learner.predict(empty[:0])) == 0
    with pytest.raises(BadInput, match="the rows have field '0', .*; read these rows with space=model.space_"):
        learner.predict(Examples(np.zeros(1), np.array([0, 1]), np.array([0])))
    assert clone(model(vector_size=3)).vector_size == 3


def test_a_loss_that_runs_away_says_what_to_do():
    examples = watched()
    model = DeepFM(**SMALL | {"alpha": 1e30}, loss="squared")
    with pytest.raises(BadInput, match=r"the loss is (inf|nan) in step \d; lower alpha"):
        model.fit(examples)


def test_a_saved_model_that_was_damaged(tmp_path):
    model = DeepFM(**SMALL).fit(watched())
    model.save(tmp_path / "model")
    np.save(tmp_path / "model" / "embeddings.npy", np.zeros((3, 4), np.float32))
    with pytest.raises(BadInput, match=r"embeddings is torch.float32 \(3, 4\); expected"):
        load_ranker(tmp_path / "model")


def test_without_pytorch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r'torch is not installed; .* pip install "nearfield\[deep\]"'):
        WideAndDeep().fit(watched())


def test_training_waits_and_goes_back_to_the_pass_that_was_best():
    examples = watched(n=200)
    train, aside = examples[:120], examples[120:]
    for patience in (1, 3):
        model = DeepFM(**SMALL | {"alpha": 0.05, "epochs": 40}, patience=patience).fit(train, validation=aside)
        losses = model.validation_losses_
        best = int(np.argmin(losses))
        assert len(losses) == best + 1 + patience < 40
        assert all(min(losses[: i + 1]) in losses[max(0, i + 1 - patience) : i + 1] for i in range(len(losses) - 1))
        again = DeepFM(**SMALL | {"alpha": 0.05, "epochs": best + 1}).fit(train)
        assert same({**again._snapshot(), "counts": 0}, {**model._snapshot(), "counts": 0})
    few = DeepFM(**SMALL | {"alpha": 0.05, "epochs": best + 2}, patience=3).fit(train, validation=aside)
    assert np.array_equal(few.foretell(aside), model.foretell(aside))


@pytest.mark.parametrize("model", MODELS)
def test_the_pull_keeps_ids_from_being_learnt_by_heart(model):
    random = np.random.default_rng(3)
    people, things = random.integers(0, 300, 4000), random.integers(0, 300, 4000)
    liked = random.normal(size=300)
    labels = (random.random(4000) < 1 / (1 + np.exp(-liked[things]))).astype(np.float32)
    cells, space = np.stack([people, 300 + things], axis=1).ravel(), FeatureSpace(600, ("user", "item"))
    examples = Examples(labels, np.arange(0, 8001, 2), cells, np.tile([0, 1], 4000), space=space)
    train, test = examples[:3000], examples[3000:]
    usual, free = (model(alpha=0.005, epochs=12, **pull).fit(train).foretell(test) for pull in ({}, {"l2": 0.0}))
    assert mean_loss(usual, test, "logistic") < mean_loss(free, test, "logistic") - 0.1
