"""What rankers of all kinds do alike: copies, and labels that are probabilities."""

import numpy as np
import pytest
from rows import rows

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import DCNv2, DeepFM, FactorizationMachine, FieldAwareFM, LogisticRegression, WideAndDeep

DEEP = {"vector_size": 4, "hidden_layer_sizes": (8,), "batch_size": 16}
MODELS = [
    LogisticRegression(l1=0.1), LogisticRegression(rates="counts"), FactorizationMachine(), FieldAwareFM(vector_size=4),
    WideAndDeep(**DEEP, dropout=0.2), DeepFM(**DEEP), DCNv2(**DEEP),
]  # fmt: skip
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)


def fresh(model):
    return type(model)(**model.get_params())


def same(first, second):
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name]) for name in first)


def labelled(examples, labels):
    arrays = examples.indptr, examples.features, examples.fields, examples.values
    return Examples(labels, *arrays, weights=examples.weights, space=examples.space)


@every_model
def test_a_copy_goes_on_as_the_model_would_and_leaves_it_alone(model):
    examples = rows(n=160)
    first = fresh(model).partial_fit(examples[:80])
    before = {name: array.copy() for name, array in first._arrays().items()}
    twin = first.copy().partial_fit(examples[80:])
    assert same(first._arrays(), before)
    assert same(first.partial_fit(examples[80:])._arrays(), twin._arrays())
    assert twin.get_params() == first.get_params()


@every_model
def test_a_copy_in_a_larger_space_is_one_that_has_grown(model):
    examples = rows(n=160)
    large = FeatureSpace(examples.space.size + 7, examples.space.fields)
    first = fresh(model).partial_fit(examples[:80])
    twin = first.copy(large)
    assert first.space_.size == examples.space.size
    later = examples[80:].in_space(large)
    assert same(first.partial_fit(later)._arrays(), twin.partial_fit(later)._arrays())


def test_a_copy_of_a_table_in_a_file_is_in_another_file(tmp_path):
    examples = rows(n=200)
    first = LogisticRegression(table_folder=str(tmp_path)).partial_fit(examples)
    twin = first.copy()
    assert isinstance(twin.state_, np.memmap)
    assert np.array_equal(twin.state_, first.state_)
    twin.partial_fit(examples)
    assert not np.array_equal(twin.state_, first.state_)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("label", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize(
    ("model", "slope"),
    [
        (LogisticRegression(), lambda model: model.state_[-1, 0]),  # z, from nothing, is the gradient
        (LogisticRegression(rates="counts"), lambda model: model.state_[-1, 0]),
        (FactorizationMachine(optimizer="sgd", alpha=1.0), lambda model: -model.bias_),
        (FactorizationMachine(), lambda model: -np.sign(model.bias_) * np.sqrt(model.linear_[-1, 1] - 1)),
        (FieldAwareFM(), lambda model: -np.sign(model.bias_) * np.sqrt(model.linear_[-1, 1] - 1)),
        (WideAndDeep(**DEEP), lambda model: model._arrays()["linear.bias"][0, 0]),
    ],
)
def test_the_slope_of_a_label_that_is_a_probability(model, slope, label):
    one = labelled(rows(n=1), np.array([label], np.float32))
    learnt = fresh(model).partial_fit(one)
    assert slope(learnt) == pytest.approx(learnt.foretold_[0] - label, abs=1e-6)


def test_counts_of_labels_that_are_probabilities():
    examples = rows(n=50, weights=True)
    labels = np.random.default_rng(0).random(50).astype(np.float32)
    bias = LogisticRegression(rates="counts").partial_fit(labelled(examples, labels)).state_[-1]
    np.testing.assert_allclose(bias[1:], [examples.weights @ labels, examples.weights @ (1 - labels)], rtol=1e-5)


def test_labels_outside_of_0_to_1_are_refused():
    examples = rows()
    with pytest.raises(BadInput, match="a label is -0.5; the logistic loss expects 0 or 1, or a probability"):
        LogisticRegression().fit(labelled(examples, examples.labels - 0.5))
