"""FTRL-Proximal against loops in float64, against gradient descent, and what L1 does."""

import numpy as np
import pytest
from rows import rows
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression as Batch
from units import in_units, trained_on

from nearfield.errors import BadInput, NotFitted
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import LogisticRegression, load_ranker


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def entries(examples, row):
    some = slice(examples.indptr[row], examples.indptr[row + 1])
    return examples.features[some], examples.values[some].astype(np.float64)


def ftrl(examples, *, alpha, beta, l1, l2, loss):
    """Algorithm 1 of the paper, a coordinate at a time."""
    size = examples.space.size
    z, n, pulls = np.zeros(size + 1), np.zeros(size + 1), np.array([l1] * size + [0.0])
    foretold = []

    def weight(i):
        excess = abs(z[i]) - pulls[i]
        return 0.0 if excess <= 0 else -np.sign(z[i]) * excess / ((beta + np.sqrt(n[i])) / alpha + l2)

    for row in range(len(examples)):
        features, values = entries(examples, row)
        pairs = [*zip(features, values, strict=True), (size, 1.0)]
        score = sum(weight(i) * x for i, x in pairs)
        p = sigmoid(score) if loss == "logistic" else score
        foretold.append(p)
        error = (p - examples.labels[row]) * (1 if examples.weights is None else examples.weights[row])
        for i, x in pairs:
            g = error * x
            sigma = (np.sqrt(n[i] + g * g) - np.sqrt(n[i])) / alpha
            z[i] += g - sigma * weight(i)
            n[i] += g * g
    return z, n, np.array(foretold)


@pytest.mark.parametrize("loss", ["logistic", "squared"])
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.3, 0.5)])
def test_a_pass_is_that_of_the_paper(loss, l1, l2):
    examples = rows(weights=True)
    model = LogisticRegression(loss=loss, alpha=0.2, beta=0.7, l1=l1, l2=l2).partial_fit(examples)
    z, n, foretold = ftrl(trained_on(examples, loss), alpha=0.2, beta=0.7, l1=l1, l2=l2, loss=loss)
    np.testing.assert_allclose(model.state_[:, 0], z, atol=2e-4)
    np.testing.assert_allclose(model.state_[:, 1], n, rtol=2e-3, atol=1e-4)
    np.testing.assert_allclose(model.foretold_, in_units(model, foretold), atol=2e-4)


def test_without_pulls_it_is_gradient_descent_with_rates_for_each_coordinate():
    examples, alpha, beta = trained_on(rows()), 0.2, 0.7
    size = examples.space.size
    for model in (LogisticRegression(alpha=alpha, beta=0.0), LogisticRegression(alpha=alpha, beta=beta)):
        w, n = np.zeros(size + 1), np.zeros(size + 1)
        for row in range(len(examples)):
            features, values = entries(examples, row)
            pairs = [*zip(features, values, strict=True), (size, 1.0)]
            error = sigmoid(sum(w[i] * x for i, x in pairs)) - examples.labels[row]
            for i, x in pairs:
                n[i] += (error * x) ** 2
                if n[i] > 0:
                    w[i] -= alpha / (model.beta + np.sqrt(n[i])) * error * x
        model._take_space(examples.space)
        model._pass(examples, np.arange(len(examples)))
        np.testing.assert_allclose(np.append(model.weights_, model.bias_), w, atol=2e-4)


def test_l1_prunes_the_rare_and_keeps_what_counts():
    examples = rows(n=3000)
    loose, strict = (LogisticRegression(l1=l1).partial_fit(examples) for l1 in (0.0, 3.0))
    assert strict.prune().kept < loose.prune().kept
    assert sum(strict.prune()) == examples.space.size
    assert np.count_nonzero(strict.weights_) == strict.prune().kept


def test_many_passes_come_near_to_the_optimum():
    examples = rows(n=2000)
    model = LogisticRegression(alpha=0.3, epochs=60).fit(examples)
    batch = Batch(C=1e6, max_iter=2000).fit(examples.to_scipy(), examples.labels)
    ours, best = model.predict_proba(examples)[:, 1], batch.predict_proba(examples.to_scipy())[:, 1]
    assert np.abs(ours - best).mean() < 0.02


def test_going_on_is_one_pass_and_survives_saving(tmp_path):
    examples = rows(n=400)
    whole = LogisticRegression(l1=0.1).partial_fit(examples)
    halves = LogisticRegression(l1=0.1).partial_fit(examples[:150])
    halves.save(tmp_path / "model")
    loaded = load_ranker(tmp_path / "model")
    for model in (halves, loaded):
        model.partial_fit(examples[150:])
        assert np.array_equal(model.state_, whole.state_)
    assert loaded.get_params() == whole.get_params()
    assert np.array_equal(loaded.predict_proba(examples), whole.predict_proba(examples))


def test_new_features_begin_as_from_the_start():
    examples = rows(n=300)
    small = FeatureSpace(examples.space.size, examples.space.fields)
    large = FeatureSpace(examples.space.size + 50, examples.space.fields)
    first, second = examples[:100].in_space(small), examples[100:].in_space(large)
    grown = LogisticRegression().partial_fit(first).partial_fit(second)
    whole = LogisticRegression().partial_fit(examples.in_space(large))
    assert np.array_equal(grown.state_, whole.state_)
    again = grown.copy().partial_fit(first)  # rows of the smaller space that it has grown from
    assert np.array_equal(again.state_, grown.partial_fit(first.in_space(large)).state_)
    later = examples[:5].in_space(FeatureSpace(large.size + 9, large.fields))
    np.testing.assert_array_equal(grown.foretell(later), grown.foretell(examples[:5]))


def test_explained_shares_add_up_to_the_score():
    examples = rows(n=300)
    model = LogisticRegression().partial_fit(examples)
    score = sum(share for _, share in model.explain(examples, 7, k=100))
    assert sigmoid(score) == pytest.approx(model.predict_proba(examples)[7, 1], abs=1e-5)


def test_a_rare_feature_is_less_certain():
    examples = rows(n=600)
    model = LogisticRegression().partial_fit(examples)
    n = np.bincount(examples.features, minlength=examples.space.size)
    one = [Examples(np.zeros(1), np.array([0, 1]), np.array([f]), np.array([0]), space=examples.space)
           for f in (n.argmax(), n.argmin())]  # fmt: skip
    often, rarely = (model.uncertainty(row)[0] for row in one)
    assert rarely > often > 0


def test_validation_stops_training_and_goes_back():
    examples = rows(n=300)
    noise = rows(n=200, seed=9)
    noise = Examples(1 - noise.labels, noise.indptr, noise.features, noise.fields, noise.values, space=noise.space)
    model = LogisticRegression(alpha=1.0, epochs=20).fit(examples, validation=noise)
    *falling, last = model.validation_losses_
    assert 2 <= len(model.validation_losses_) < 20
    assert falling == sorted(falling, reverse=True)
    assert last > falling[-1]
    shorter = LogisticRegression(alpha=1.0, epochs=len(falling)).fit(examples)
    assert np.array_equal(model.state_, shorter.state_)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"loss": "hinge"}, "loss is 'hinge'; expected one of logistic, squared"),
        ({"alpha": 0}, "alpha is 0; expected a number above 0"),
        ({"l1": -1}, "l1 is -1; expected a number of at least 0"),
        ({"epochs": 0}, "epochs is 0"),
        ({"workers": 1.5}, "workers is 1.5"),
        ({"validation_fraction": 1}, "validation_fraction is 1"),
    ],
)
def test_parameters_out_of_range_are_named(parameters, message):
    with pytest.raises(BadInput, match=message):
        LogisticRegression(**parameters).fit(rows())


def test_labels_rows_and_questions_that_do_not_fit():
    examples = rows()
    with pytest.raises(NotFitted):
        LogisticRegression().predict(examples)
    twos = Examples(examples.labels + 1, examples.indptr, examples.features, space=examples.space)
    with pytest.raises(BadInput, match="a label is 2; the logistic loss expects 0 or 1"):
        LogisticRegression().fit(twos)
    with pytest.raises(BadInput, match="no rows to learn from"):
        LogisticRegression().fit(examples[:0])
    with pytest.raises(BadInput, match="predict_proba needs loss='logistic'"):
        LogisticRegression(loss="squared").fit(examples).predict_proba(examples)
    assert clone(LogisticRegression(l1=2.0)).l1 == 2.0


def test_several_workers_learn_as_well():
    examples = rows(n=4000)
    one, two = (LogisticRegression(workers=workers, epochs=3).fit(examples) for workers in (1, 2))
    assert np.abs(one.predict_proba(examples) - two.predict_proba(examples)).mean() < 0.05


def test_with_counts_a_pass_is_that_of_section_4_2():
    examples = rows(n=300, weights=True)
    model = LogisticRegression(rates="counts", alpha=0.2, beta=0.7, l1=0.1, l2=0.3).partial_fit(examples)
    size = examples.space.size
    z, counts, pulls = np.zeros(size + 1), np.zeros((size + 1, 2)), np.array([0.1] * size + [0.0])
    foretold = []

    def root(i):
        negative, positive = counts[i]
        return np.sqrt(positive * negative / (positive + negative)) if positive and negative else 0.0

    def weight(i):
        excess = abs(z[i]) - pulls[i]
        return 0.0 if excess <= 0 else -np.sign(z[i]) * excess / ((0.7 + root(i)) / 0.2 + 0.3)

    examples = trained_on(examples)
    for row in range(len(examples)):
        pairs = [*zip(*entries(examples, row), strict=True), (size, 1.0)]
        foretold.append(sigmoid(sum(weight(i) * x for i, x in pairs)))
        label, often = int(examples.labels[row]), float(examples.weights[row])
        for i, x in pairs:
            g, before, own = (foretold[-1] - label) * often * x, root(i), weight(i)
            counts[i, label] += often
            z[i] += g - (root(i) - before) / 0.2 * own
    np.testing.assert_allclose(model.foretold_, foretold, atol=2e-4)
    np.testing.assert_allclose(model.state_[:, 0], z, atol=2e-3)
    np.testing.assert_allclose(model.state_[:, :0:-1], counts, rtol=1e-4)
    scaled_weights = np.append(model.weights_ * model.scales_[:, 0], model.bias_)
    np.testing.assert_allclose(scaled_weights, [weight(i) for i in range(size + 1)], atol=2e-3)
    assert sum(model.prune()) == size
    assert np.isfinite(model.uncertainty(examples)).all()


@pytest.mark.parametrize("rates", ["gradients", "counts"])
def test_a_table_in_a_file_learns_alike_and_goes_on_after_saving(tmp_path, rates):
    examples = rows(n=400)
    large = examples.in_space(FeatureSpace(examples.space.size + 30, examples.space.fields))
    memory = LogisticRegression(rates=rates).partial_fit(examples[:150]).partial_fit(large[150:])
    file = LogisticRegression(rates=rates, table_folder=str(tmp_path)).partial_fit(examples[:150])
    assert isinstance(file.state_, np.memmap)
    file.save(tmp_path / "model")
    loaded = load_ranker(tmp_path / "model")
    mapped = load_ranker(tmp_path / "model", table_folder=str(tmp_path))
    assert loaded.table_folder is None
    assert isinstance(mapped.state_, np.memmap)
    for model in (file, loaded, mapped):
        assert np.array_equal(model.partial_fit(large[150:]).state_, memory.state_)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert np.array_equal(
        LogisticRegression(rates=rates, table_folder=str(tmp_path), epochs=3).fit(examples).state_,
        LogisticRegression(rates=rates, epochs=3).fit(examples).state_,
    )


def test_what_a_table_in_a_file_and_counts_cannot_do_is_refused(tmp_path):
    examples = rows()
    with pytest.raises(BadInput, match="cannot go back; fit without validation"):
        LogisticRegression(table_folder=str(tmp_path), validation_fraction=0.1).fit(examples)
    with pytest.raises(BadInput, match="no folder"):
        LogisticRegression(table_folder=str(tmp_path / "none")).fit(examples)
    with pytest.raises(BadInput, match="rates is 'sums'; expected one of gradients, counts"):
        LogisticRegression(rates="sums").fit(examples)
    with pytest.raises(BadInput, match="counts are of rows of two classes"):
        LogisticRegression(rates="counts", loss="squared").fit(examples)
    with pytest.raises(BadInput, match="beta is 0, and with counts .* expected a number above 0"):
        LogisticRegression(rates="counts", beta=0).fit(examples)
    LogisticRegression().fit(examples).save(tmp_path / "model")
    with pytest.raises(BadInput, match="has no parameter 'tables'"):
        load_ranker(tmp_path / "model", tables=str(tmp_path))
