"""Factorization machines: gradients by autograd, Rendle's identity, growth, going on, what is refused."""

import numpy as np
import pytest
from factor_twins import AutogradTwin, entries, fm_score, rows_of_fields
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from units import in_units, trained_on

from nearfield.errors import BadInput, NotFitted
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import FactorizationMachine, FieldAwareFM, LogisticRegression, load_ranker


def begun(model, examples):
    """A model that has tables, and has learnt from nothing."""
    model._check_parameters()
    model._take_space(examples.space)
    return model


@pytest.mark.parametrize("loss", ["logistic", "squared"])
@pytest.mark.parametrize("optimizer", ["adagrad", "sgd"])
@pytest.mark.parametrize(("vector_size", "normalize"), [(5, False), (8, True), (17, False)])
def test_a_pass_is_that_of_autograd(loss, optimizer, vector_size, normalize):
    examples = rows_of_fields(n=60, weights=True)
    alpha = 0.1 if optimizer == "adagrad" else 0.02
    model = FactorizationMachine(
        loss=loss, vector_size=vector_size, optimizer=optimizer, alpha=alpha, l2=0.01, l2_linear=0.02, init=0.4,
        normalize=normalize,
    )  # fmt: skip
    twin = AutogradTwin(begun(model, examples), optimizer == "adagrad")
    foretold = twin.learn(trained_on(examples, loss))
    model.partial_fit(examples)
    np.testing.assert_allclose(model.foretold_, in_units(model, foretold), atol=2e-5)
    np.testing.assert_allclose(model.linear_[:, 0], twin.tables[0].detach(), atol=2e-5)
    np.testing.assert_allclose(model.vectors_, twin.tables[1].detach(), atol=2e-5)
    if optimizer == "adagrad":
        np.testing.assert_allclose(model.factors_[:, 0, 1, :vector_size], twin.past[1], rtol=1e-4)
    assert not model.factors_[:, :, 0, vector_size:].any()


@pytest.mark.parametrize("vector_size", [1, 8, 20])
def test_a_prediction_is_the_double_sum(vector_size):
    examples = rows_of_fields(times=3)
    model = begun(FactorizationMachine(loss="squared", vector_size=vector_size, init=1.0), examples)
    model.targets_ = np.array([0.0, 1.0])
    model.linear_[:, 0] = np.random.default_rng(1).normal(size=len(model.linear_))
    scores = [fm_score(model.linear_[:, 0], model.vectors_, *entries(examples, row)) for row in range(len(examples))]
    np.testing.assert_allclose(model.predict(examples), scores, rtol=1e-4, atol=1e-4)


def test_it_sees_pairs_that_a_linear_model_cannot():
    examples, later = rows_of_fields(n=4000), rows_of_fields(n=2000, seed=1)
    fm, linear = FactorizationMachine(epochs=10).fit(examples), LogisticRegression(epochs=10).fit(examples)
    scores = [roc_auc_score(later.labels, model.predict_proba(later)[:, 1]) for model in (fm, linear)]
    assert scores[0] > scores[1] + 0.05


def test_without_vectors_it_is_linear():
    examples = rows_of_fields()
    model = FactorizationMachine(init=0.0, l2_linear=0.0).partial_fit(examples)
    assert not model.vectors_.any()
    assert model.weights_.any()


@pytest.mark.parametrize("model", [FactorizationMachine(vector_size=5), FieldAwareFM(vector_size=5)])
def test_going_on_is_one_pass_and_survives_saving(model, tmp_path):
    examples = rows_of_fields(n=400)
    whole = clone(model).partial_fit(examples)
    halves = clone(model).partial_fit(examples[:150])
    halves.save(tmp_path / "model")
    loaded = load_ranker(tmp_path / "model")
    for later in (halves, loaded):
        later.partial_fit(examples[150:])
        assert np.array_equal(later.linear_, whole.linear_)
        assert np.array_equal(later.factors_, whole.factors_)
    assert loaded.get_params() == whole.get_params()
    assert np.array_equal(loaded.predict_proba(examples), whole.predict_proba(examples))


@pytest.mark.parametrize("model", [FactorizationMachine(vector_size=5), FieldAwareFM(vector_size=5)])
def test_new_features_begin_as_from_the_start(model):
    examples = rows_of_fields()
    large = FeatureSpace(examples.space.size + 40, examples.space.fields)
    grown = clone(model).partial_fit(examples[:70]).partial_fit(examples[70:].in_space(large))
    whole = clone(model).partial_fit(examples.in_space(large))
    assert np.array_equal(grown.factors_, whole.factors_)
    assert np.array_equal(grown.linear_, whole.linear_)
    np.testing.assert_array_equal(grown.foretell(examples), grown.foretell(examples.in_space(large)))
    with pytest.raises(BadInput, match="which the model was fitted with|which is which cannot be known"):
        grown.partial_fit(examples.relabelled(FeatureSpace(examples.space.size, ("w", "x", "y", "z"))))


@pytest.mark.parametrize("model", [FactorizationMachine(), FieldAwareFM()])
def test_a_run_is_repeated_and_a_seed_changes_it(model):
    examples = rows_of_fields(n=500)
    first, second, other = (clone(model).set_params(seed=seed).fit(examples) for seed in (3, 3, 4))
    assert np.array_equal(first.factors_, second.factors_)
    assert not np.array_equal(first.factors_, other.factors_)


def test_vectors_begin_evenly_spread():
    examples = rows_of_fields().in_space(FeatureSpace(5000, ("a", "b", "c", "d")))
    drawn = begun(FactorizationMachine(init=0.3, vector_size=4), examples).vectors_ / 0.6 + 0.5
    counts, _ = np.histogram(drawn, bins=20, range=(0, 1))
    expected = drawn.size / 20
    assert counts.sum() == drawn.size
    assert ((counts - expected) ** 2 / expected).sum() < 43.8  # chi-square, 19 degrees of freedom, p = .001
    assert abs(np.corrcoef(drawn[:-1].ravel(), drawn[1:].ravel())[0, 1]) < 0.03


@pytest.mark.parametrize("model", [FactorizationMachine(), FieldAwareFM(validation_fraction=0.0)])
def test_several_workers_learn_as_well(model):
    examples = rows_of_fields(n=4000)
    one, two = (clone(model).set_params(workers=workers, epochs=3).fit(examples) for workers in (1, 2))
    aucs = [roc_auc_score(examples.labels, fitted.predict_proba(examples)[:, 1]) for fitted in (one, two)]
    assert abs(aucs[0] - aucs[1]) < 0.02


def test_a_weight_of_two_is_twice_the_gradient_and_none_is_no_row():
    examples = rows_of_fields(n=40)
    bare = Examples(
        examples.labels, examples.indptr, examples.features, examples.fields, examples.values,
        weights=np.where(np.arange(40) % 2, 0, 1).astype(np.float32), space=examples.space,
    )  # fmt: skip
    settings = {"l2": 0.0, "l2_linear": 0.0}
    weighted = FactorizationMachine(**settings).partial_fit(bare)
    chosen = FactorizationMachine(**settings).partial_fit(examples.take(np.arange(0, 40, 2)))
    assert np.array_equal(weighted.factors_, chosen.factors_)


def test_rows_without_entries_are_the_bias():
    examples = rows_of_fields(n=50)
    empty = Examples(np.array([1.0, 0.0]), np.zeros(3, np.int64), np.zeros(0, np.int32), space=examples.space)
    model = FactorizationMachine(loss="squared").fit(examples)
    np.testing.assert_allclose(model.predict(empty), model.bias_, rtol=1e-6)


def test_what_diverges_is_refused_and_what_was_learnt_stays():
    examples = rows_of_fields(n=300)
    with pytest.raises(BadInput, match="training has diverged"):
        model = FactorizationMachine(loss="squared", optimizer="sgd", alpha=100.0)
        model.fit(examples)
    assert np.isfinite(model.factors_).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"vector_size": 0}, "vector_size is 0; expected a whole number of at least 1"),
        ({"alpha": 0}, "alpha is 0; expected a number above 0"),
        ({"init": -1}, "init is -1; expected a number of at least 0"),
        ({"l2": float("nan")}, "l2 is nan"),
        ({"optimizer": "adam"}, "optimizer is 'adam'; expected one of adagrad, sgd"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_parameters_out_of_range_are_named(parameters, message):
    with pytest.raises(BadInput, match=message):
        FactorizationMachine(**parameters).fit(rows_of_fields())


def test_labels_and_questions_that_do_not_fit():
    examples = rows_of_fields(n=20)
    with pytest.raises(NotFitted):
        FactorizationMachine().predict(examples)
    twos = Examples(examples.labels + 1, examples.indptr, examples.features, examples.fields, space=examples.space)
    with pytest.raises(BadInput, match="a label is 2; the logistic loss expects 0 or 1"):
        FactorizationMachine().fit(twos)
    with pytest.raises(BadInput, match="predict_proba needs loss='logistic'"):
        FactorizationMachine(loss="squared").fit(examples).predict_proba(examples)
