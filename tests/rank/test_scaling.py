"""Units of features and targets do not matter: for every ranker, by `fit` and `partial_fit`, saved and copied."""

import re

import numpy as np
import pytest
from factor_twins import rows_of_fields
from rows import rows
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from units import asked_with, divided, in_units, replaced, running_scales

from nearfield.errors import BadInput
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
from nearfield.rank.scaling import observe_scales, scaled
from nearfield.update.rankers import update_ranker
from nearfield.update.strategies import FineTune

DEEP = {"vector_size": 4, "hidden_layer_sizes": (8,), "batch_size": 16, "alpha": 0.01, "epochs": 8}
MODELS = [
    LogisticRegression(epochs=5), FactorizationMachine(), FieldAwareFM(vector_size=4, validation_fraction=0.0),
    WideAndDeep(**DEEP), DeepFM(**DEEP), DCNv2(**DEEP),
]  # fmt: skip
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)


def with_column(examples, column):
    """The same rows with one more field of one feature."""
    n, each = len(examples), len(examples.features) // len(examples)
    added = {"features": examples.space.size, "fields": len(examples.space.fields), "values": column}
    arrays = {
        name: np.column_stack([getattr(examples, f"entry_{name}" if name != "features" else name).reshape(n, each),
                               np.broadcast_to(new, n)]).ravel().astype(np.float32 if name == "values" else np.int32)
        for name, new in added.items()
    }  # fmt: skip
    space = FeatureSpace(examples.space.size + 1, (*examples.space.fields, "added"))
    return Examples(examples.labels, np.arange(n + 1) * (each + 1), **arrays, space=space)


def in_other_units(examples, seed=3):
    """Each feature's values times a factor of its own, a power of 2 so that nothing is rounded."""
    factors = 2.0 ** np.random.default_rng(seed).integers(-40, 40, examples.space.size)
    values = examples.entry_values.astype(np.float64) * factors[examples.features]
    return replaced(examples, values=values.astype(np.float32))


@pytest.mark.parametrize("running", [False, True])
def test_scales_are_root_mean_squares(running):
    examples = rows(n=200, weights=True)
    weights = np.where(np.arange(200) % 5, examples.weights, 0).astype(np.float32)
    values = np.where(np.arange(600) % 7, examples.values, 0).astype(np.float32)
    examples = replaced(examples, values=values, weights=weights)
    after, last = running_scales(examples)
    scales = np.zeros((examples.space.size, 2), np.float32)
    if not running:
        observe_scales(examples, scales)
        after = np.array([last.get(int(feature), 0.0) for feature in examples.features])
    found = scaled(examples, scales, running=running)
    np.testing.assert_allclose(found.values, divided(values, after), rtol=1e-5)
    np.testing.assert_allclose(scales[list(last), 0], list(last.values()), rtol=1e-5)
    counted = (values != 0) & np.repeat(weights > 0, 3)
    assert np.array_equal(scales[:, 1], np.bincount(examples.features[counted], minlength=examples.space.size))


@every_model
def test_units_of_features_do_not_change_what_is_predicted(model):
    examples = rows(n=600)
    other = in_other_units(examples)
    for learn in ("fit", "partial_fit"):
        first, second = (getattr(clone(model), learn)(given) for given in (examples, other))
        np.testing.assert_allclose(second.foretell(other), first.foretell(examples), atol=1e-5)


@every_model
@pytest.mark.parametrize("scale", [1e-12, 1.7e9, 9e18])
def test_a_column_in_large_or_small_units_does_no_harm(model, scale):
    bare = rows_of_fields(n=1500, ones=True)
    column = np.random.default_rng(0).uniform(0.9, 1, len(bare))
    aucs = []
    for unit in (1.0, scale):
        examples = with_column(bare, unit * column)
        fitted = clone(model).fit(examples[:1000])
        aucs.append(roc_auc_score(examples.labels[1000:], fitted.foretell(examples[1000:])))
    assert aucs[1] == pytest.approx(aucs[0], abs=0.01)
    assert aucs[0] > (0.6 if isinstance(model, LogisticRegression) else 0.75)


@every_model
def test_values_of_1_are_as_no_values_bit_for_bit(model):
    examples = rows_of_fields(n=300, ones=True)
    bare = Examples(examples.labels, examples.indptr, examples.features, examples.fields, space=examples.space)
    first, second = clone(model).fit(bare), clone(model).fit(examples)
    assert "scales_" not in first.__dict__
    assert all(np.array_equal(table, second._tables()[name]) for name, table in first._tables().items())
    assert np.array_equal(first.foretell(bare), second.foretell(examples))


@every_model
def test_values_that_come_after_rows_without(model):
    examples = rows_of_fields(n=300, ones=True)
    bare = Examples(examples.labels, examples.indptr, examples.features, examples.fields, space=examples.space)
    model = clone(model).partial_fit(bare)
    before = model.foretell(bare)
    assert np.array_equal(model.foretell(examples), before)
    model.partial_fit(replaced(examples, values=1000 * examples.values))
    assert np.isfinite(model.foretell(bare)).all()
    assert model.scales_[0, 0] > 500


@every_model
@pytest.mark.parametrize(("mean", "deviation"), [(250_000, 90_000), (100, 9.7), (-3e3, 1.0), (0.0, 1e-9), (0.0, 1e15)])
def test_units_of_targets_do_not_change_what_is_predicted(model, mean, deviation):
    examples = rows_of_fields(n=600, ones=True)
    random = np.random.default_rng(0)
    truth = random.normal(size=examples.space.size)[examples.features].reshape(600, -1).sum(axis=1)
    truth = (truth - truth.mean()) / truth.std()
    plain, other = (replaced(examples, labels=one.astype(np.float32)) for one in (truth, mean + deviation * truth))
    first, second = (clone(model).set_params(loss="squared").fit(one) for one in (plain, other))
    found = (second.predict(other).astype(np.float64) - mean) / deviation
    rounding = abs(mean) / deviation * 1e-6
    np.testing.assert_allclose(found, first.predict(plain), atol=0.02 + rounding)
    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.75
    np.testing.assert_allclose(second.losses_, np.array(first.losses_) * deviation**2, rtol=0.05)


@every_model
def test_statistics_are_saved_copied_and_updated_with_the_model(model, tmp_path):
    examples = rows(n=400)
    labels = (250_000 + 90_000 * np.random.default_rng(0).normal(size=400)).astype(np.float32)
    examples = replaced(in_other_units(examples), labels=labels)
    fitted = clone(model).set_params(loss="squared").fit(examples[:200])
    fitted.save(tmp_path / "model")
    loaded, copied = load_ranker(tmp_path / "model"), fitted.copy()
    updated = update_ranker(fitted, examples[200:], [FineTune()])
    assert np.array_equal(updated.targets_, fitted.targets_)
    assert not np.array_equal(updated.scales_, fitted.scales_)
    for other in (loaded, copied):
        assert np.array_equal(other.predict(examples), fitted.predict(examples))
        assert np.array_equal(other.partial_fit(examples[200:]).predict(examples), updated.predict(examples))
    assert np.abs(updated.predict(examples) - 250_000).max() < 500_000
    (tmp_path / "model" / "targets_.npy").unlink()
    with pytest.raises(BadInput, match="targets_.npy: cannot be read"):
        load_ranker(tmp_path / "model")


@every_model
@pytest.mark.parametrize("labels", [[250_000.0] * 4, [0.0] * 4, [0.1] * 4, [5.0]])
def test_targets_that_do_not_vary(model, labels):
    examples = replaced(rows(n=len(labels)), labels=np.array(labels, np.float32))
    fitted = clone(model).set_params(loss="squared", epochs=20, alpha=0.1).fit(examples)
    np.testing.assert_allclose(fitted.predict(examples), labels, rtol=0.1, atol=0.1)


@every_model
@pytest.mark.parametrize("value", [1e19, -3e25, 3e38])
def test_values_whose_squares_overflow_are_refused_wherever_rows_go_in(model, value):
    examples = rows(n=40)
    values = examples.values.copy()
    values[3 * 6 + 1] = value
    bad = replaced(examples, values=values)
    message = rf"row 7: feature \d+ has the value {re.escape(f'{value:g}')}, .*expected less than 1e\+19"
    fitted = clone(model).fit(examples)
    before = fitted._snapshot()
    doors = (fitted.fit, fitted.partial_fit, fitted.foretell, fitted.predict, fitted.predict_proba)
    for door in (*doors, lambda rows: fitted.fit(examples, validation=rows)):
        with pytest.raises(BadInput, match=message):
            door(bad)
        assert all(np.array_equal(table, before[name]) for name, table in fitted._arrays().items())


@every_model
def test_large_values_at_prediction_only(model):
    examples = rows(n=40)
    fitted = clone(model).fit(examples)
    values = examples.values.copy()
    values[:6] = 1e15
    if isinstance(fitted, DCNv2):
        with pytest.raises(BadInput, match=r"row \d: the prediction overflows; its values are far beyond"):
            fitted.foretell(replaced(examples, values=values))
    else:
        assert np.isfinite(fitted.foretell(replaced(examples, values=values))).all()


@every_model
def test_a_validation_without_rows_is_refused_and_nothing_is_lost(model):
    examples = rows(n=40)
    fitted = clone(model).fit(examples)
    before = fitted.foretell(examples)
    with pytest.raises(BadInput, match="validation has no rows; leave it out"):
        fitted.fit(examples, validation=examples[:0])
    assert np.array_equal(fitted.foretell(examples), before)


def test_weights_and_bias_are_in_the_units_of_the_rows():
    random = np.random.default_rng(0)
    x = random.normal(size=(3000, 2)) * (1e6, 1e-6)
    labels = 500 + x @ (3e-5, 8e7)
    examples = Examples(
        labels.astype(np.float32), np.arange(3001) * 2, np.tile([0, 1], 3000).astype(np.int32), None,
        x.ravel().astype(np.float32), space=FeatureSpace(2),
    )  # fmt: skip
    for model in (LogisticRegression(epochs=20, alpha=0.5), FactorizationMachine(epochs=20, init=0.0)):
        fitted = clone(model).set_params(loss="squared").fit(examples)
        np.testing.assert_allclose(fitted.weights_, (3e-5, 8e7), rtol=0.02)
        assert fitted.bias_ == pytest.approx(500, rel=0.02)
    linear = LogisticRegression(loss="squared", epochs=5).fit(examples)
    shares = dict(linear.explain(examples, 7))
    assert sum(shares.values()) == pytest.approx(linear.predict(examples)[7], rel=1e-4)
    small = linear.fixed_point()
    np.testing.assert_allclose(small.predict(examples), linear.predict(examples), atol=0.1)


def test_a_fixed_point_keeps_its_units(tmp_path):
    from nearfield.rank import FixedPointModel

    examples = in_other_units(rows(n=400))
    model = LogisticRegression(epochs=3).fit(examples)
    model.fixed_point().save(tmp_path / "small")
    small = FixedPointModel.load(tmp_path / "small")
    np.testing.assert_allclose(small.predict_proba(examples), model.predict_proba(examples), atol=1e-3)


def test_a_feature_that_was_never_seen_counts_by_its_sign():
    examples = rows(n=100).in_space(FeatureSpace(41, ("a", "b", "c")))
    fitted = FactorizationMachine().fit(examples)
    last = {"features": np.full(300, 40, np.int32), "values": np.full(300, -1e15, np.float32)}
    assert np.array_equal(asked_with(replaced(examples, **last), fitted).values, np.full(300, -1.0))
    np.testing.assert_allclose(
        fitted.foretell(replaced(examples, **last)),
        fitted.foretell(replaced(examples, **last | {"values": np.full(300, -1.0, np.float32)})),
    )
    assert in_units(fitted, 3.0) == 3.0
