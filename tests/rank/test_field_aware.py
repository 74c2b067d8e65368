"""Field-aware factorization machines: gradients by autograd, libffm's order, and what it shares with an FM."""

import numpy as np
import pytest
from factor_twins import AutogradTwin, entries, ffm_by_pairs, ffm_score, rows_of_fields
from units import in_units, trained_on

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import FactorizationMachine, FieldAwareFM


def begun(model, examples):
    """A model that has tables, and has learnt from nothing."""
    model._check_parameters()
    model._take_space(examples.space)
    return model


@pytest.mark.parametrize("loss", ["logistic", "squared"])
@pytest.mark.parametrize(("vector_size", "normalize"), [(5, False), (8, True), (17, True)])
def test_a_pass_is_that_of_autograd(loss, vector_size, normalize):
    examples = rows_of_fields(n=60, weights=True)
    settings = {"loss": loss, "vector_size": vector_size, "normalize": normalize}
    model = begun(FieldAwareFM(l2=0.01, l2_linear=0.02, alpha=0.1, **settings), examples)
    twin = AutogradTwin(model)
    foretold = twin.learn(trained_on(examples, loss))
    model.partial_fit(examples)
    np.testing.assert_allclose(model.foretold_, in_units(model, foretold), atol=2e-5)
    np.testing.assert_allclose(model.linear_[:, 0], twin.tables[0].detach(), atol=2e-5)
    np.testing.assert_allclose(model.vectors_, twin.tables[1].detach(), atol=2e-5)
    assert not model.factors_[:, :, 0, vector_size:].any()


@pytest.mark.parametrize("normalize", [False, True])
def test_several_features_of_a_field_change_pair_by_pair_as_in_libffm(normalize):
    examples = rows_of_fields(n=60, times=2)
    model = begun(FieldAwareFM(normalize=normalize, vector_size=4, l2=0.01), examples)
    linear, vectors = ffm_by_pairs(model, trained_on(examples))
    model.partial_fit(examples)
    np.testing.assert_allclose(model.linear_[:, 0], linear, atol=2e-5)
    np.testing.assert_allclose(model.vectors_, vectors, atol=2e-5)


@pytest.mark.parametrize("vector_size", [1, 8, 20])
def test_a_prediction_is_the_double_sum(vector_size):
    examples = rows_of_fields(times=2)
    model = begun(FieldAwareFM(loss="squared", vector_size=vector_size), examples)
    model.targets_ = np.array([0.0, 1.0])
    scores = [
        ffm_score(model.linear_[:, 0], model.vectors_, *entries(examples, row, True)) for row in range(len(examples))
    ]
    np.testing.assert_allclose(model.predict(examples), scores, rtol=1e-4, atol=1e-5)


def test_with_the_same_vector_for_every_field_it_is_a_factorization_machine():
    examples = rows_of_fields(times=2)
    fm = FactorizationMachine().fit(examples)
    ffm = begun(FieldAwareFM(normalize=False), examples)
    ffm.linear_[:], ffm.factors_[:], ffm.scales_ = fm.linear_, fm.factors_, fm.scales_
    np.testing.assert_allclose(ffm.predict_proba(examples), fm.predict_proba(examples), atol=1e-5)


def test_with_one_field_and_pairs_for_rows_it_learns_as_a_factorization_machine():
    random = np.random.default_rng(0)
    features = np.stack([random.integers(0, 10, 300), random.integers(10, 20, 300)], axis=1).ravel().astype(np.int32)
    labels = random.integers(0, 2, 300).astype(np.float32)
    examples = Examples(labels, np.arange(301) * 2, features, space=FeatureSpace(20))
    settings = {"alpha": 0.1, "l2": 0.01, "l2_linear": 0.01, "vector_size": 6, "normalize": False}
    fm, ffm = begun(FactorizationMachine(**settings), examples), begun(FieldAwareFM(**settings), examples)
    fm.factors_[:] = ffm.factors_
    fm.partial_fit(examples)
    ffm.partial_fit(examples)
    np.testing.assert_allclose(ffm.vectors_[:, 0], fm.vectors_, atol=1e-5)
    np.testing.assert_allclose(ffm.foretold_, fm.foretold_, atol=1e-5)


def test_it_stops_by_rows_put_aside_unless_told_not_to():
    examples = rows_of_fields(n=600)
    stopped = FieldAwareFM(epochs=60).fit(examples)
    assert len(stopped.validation_losses_) < 60
    assert stopped.validation_losses_[-1] > stopped.validation_losses_[-2]
    longer = FieldAwareFM(epochs=60, validation_fraction=0.0).fit(examples)
    assert len(longer.losses_) == 60
    assert not longer.validation_losses_
    with pytest.raises(BadInput, match="5 rows are too few to put a share of 0.1 aside; give validation"):
        FieldAwareFM().fit(examples[:5])
