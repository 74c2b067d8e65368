"""Figures of rankers against scikit-learn, and calibration against what was put in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve

from nearfield.errors import BadInput
from nearfield.evaluate.ranking import judge_classes, judge_values, ranking_quality
from nearfield.evaluate.ranking_metrics import (
    auc,
    group_auc,
    group_ndcg,
    log_loss,
    ndcg_of_groups,
    normalised_entropy,
    rmse,
)
from nearfield.evaluate.reliability import calibration_error, reliability
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import LogisticRegression
from nearfield.rank.groups import mean_pair_loss


def draw(n=400, seed=0, ties=True):
    """Labels, predictions that say something of them, weights and groups."""
    random = np.random.default_rng(seed)
    p = random.beta(2, 3, n)
    labels = (random.random(n) < p).astype(np.float64)
    return labels, np.round(p, 2) if ties else p, random.uniform(0.2, 3, n), random.integers(0, 40, n)


def test_figures_are_those_of_scikit_learn():
    y, p, weights, _ = draw()
    for w in (None, weights):
        assert auc(y, p, w) == pytest.approx(metrics.roc_auc_score(y, p, sample_weight=w))
        assert log_loss(y, p, w) == pytest.approx(metrics.log_loss(y, p, sample_weight=w))
        assert rmse(y, p, w) == pytest.approx(metrics.root_mean_squared_error(y, p, sample_weight=w))
        base = np.full(len(y), np.average(y, weights=w))
        expected = metrics.log_loss(y, p, sample_weight=w) / metrics.log_loss(y, base, sample_weight=w)
        assert normalised_entropy(y, p, w) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=30))
def test_the_area_is_the_share_of_pairs_in_order(rows):
    y, p, groups = (np.array(column, np.int64) for column in zip(*rows, strict=True))

    def area(y, p):
        pairs = [(a > b) + 0.5 * (a == b) for a in p[y == 1] for b in p[y == 0]]
        return np.mean(pairs) if pairs else np.nan

    assert auc(y, p) == pytest.approx(area(y, p), nan_ok=True)
    areas = [(area(y[groups == g], p[groups == g]), np.sum(groups == g)) for g in np.unique(groups)]
    known = [(a, n) for a, n in areas if not np.isnan(a)]
    expected = np.average([a for a, _ in known], weights=[n for _, n in known]) if known else np.nan
    assert group_auc(y, p, groups) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("equal", "strategy"), [("rows", "quantile"), ("width", "uniform")])
def test_the_reliability_table_is_that_of_scikit_learn(equal, strategy):
    y, p, _, _ = draw(ties=False)
    table = reliability(y, p, bins=8, equal=equal)
    observed, predicted = calibration_curve(y, p, n_bins=8, strategy=strategy)
    np.testing.assert_allclose([one.observed for one in table], observed)
    np.testing.assert_allclose([one.predicted for one in table], predicted)
    sizes = np.array([one.n for one in table])
    assert sizes.sum() == len(y)
    assert calibration_error(y, p, bins=8, equal=equal) == pytest.approx(sizes @ np.abs(observed - predicted) / len(y))


def test_a_weight_of_three_is_the_row_three_times():
    y, p, _, _ = draw(ties=False)
    counts = np.random.default_rng(1).integers(1, 4, len(y))
    often = np.repeat(np.arange(len(y)), counts)
    for figure in (auc, log_loss, normalised_entropy, rmse):
        assert figure(y, p, counts) == pytest.approx(figure(y[often], p[often]))
    assert calibration_error(y, p, counts, equal="width") == pytest.approx(
        calibration_error(y[often], p[often], equal="width")
    )


def test_what_is_undefined_is_nan():
    ones = np.ones(3)
    assert np.isnan(auc(ones, ones / 2))
    assert np.isnan(group_auc(ones, ones / 2, np.arange(3)))
    assert np.isnan(normalised_entropy(ones, ones / 2))
    assert np.isnan(auc(np.empty(0), np.empty(0)))


def test_judging_gives_each_figure_with_its_interval():
    y, p, weights, groups = draw()
    found = judge_classes(y, p, weights, groups, resamples=200)
    assert list(found.figures) == ["auc", "gauc", "ndcg@10", "log_loss", "normalised_entropy", "calibration_error"]
    assert found.figures["auc"].value == pytest.approx(auc(y, p, weights))
    assert found.figures["gauc"].value == pytest.approx(group_auc(y, p, groups, weights))
    assert found.figures["normalised_entropy"].value == pytest.approx(normalised_entropy(y, p, weights))
    assert found.figures["calibration_error"].value == pytest.approx(calibration_error(y, p, weights))
    for name in ("auc", "gauc", "log_loss", "normalised_entropy"):
        value, (low, high) = found.figures[name]
        assert low < value < high
    assert found.to_dict()["auc_interval"] == found.figures["auc"].interval
    values = judge_values(y, p, weights, resamples=50)
    assert values.figures["rmse"].value == pytest.approx(rmse(y, p, weights))


def test_the_interval_is_as_wide_as_that_of_other_samples():
    drawn = [auc(*draw(300, seed)[:2]) for seed in range(200)]
    low, high = judge_classes(*draw(300, 1000)[:2], resamples=300).figures["auc"].interval
    assert high - low == pytest.approx(3.92 * np.std(drawn), rel=0.25)


def test_a_model_is_judged_by_labels_weights_and_groups():
    y, p, weights, groups = draw()
    features = (p * 20).astype(np.int32)
    examples = Examples(
        y, np.arange(len(y) + 1), features, weights=weights, groups=groups, space=FeatureSpace(21)
    )  # fmt: skip
    model = LogisticRegression(epochs=5).fit(examples)
    found = ranking_quality(model, examples, resamples=20)
    predicted = model.predict_proba(examples)[:, 1]
    assert found.figures["gauc"].value == pytest.approx(group_auc(y, predicted, groups, examples.weights))
    squared = LogisticRegression(loss="squared").fit(examples)
    of_values = ranking_quality(squared, examples, resamples=20).figures
    assert list(of_values) == ["rmse", "baseline_rmse"]
    mean = np.average(y, weights=examples.weights)
    assert of_values["baseline_rmse"].value == pytest.approx(rmse(y, np.full(len(y), mean), examples.weights))


@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([], [], "no rows to judge"),
        ([1, 0], [0.5], "2 labels, 1 predictions and 2 weights"),
        ([1, 2], [0.5, 0.5], "labels are not all 0 or 1"),
        ([1, 0], [0.5, 1.5], "predictions are not all in 0 to 1"),
        ([1, 0], [0.5, np.nan], "predictions hold NaN"),
    ],
)
def test_what_does_not_fit_is_refused(y, p, message):
    with pytest.raises(BadInput, match=message):
        judge_classes(np.array(y), np.array(p))


def test_bins_that_cannot_be_are_refused():
    with pytest.raises(BadInput, match="equal is 'mass'"):
        reliability(np.ones(2), np.ones(2), equal="mass")
    with pytest.raises(BadInput, match="bins is 0"):
        reliability(np.ones(2), np.ones(2), bins=0)


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("decimals", [1, 8])
def test_ndcg_is_that_of_scikit_learn_with_exponential_gains(k, decimals):
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), random.integers(1, 20, 30))
    random.shuffle(groups)
    labels = random.integers(0, 5, len(groups)).astype(float)
    labels[groups == 4] = 2
    predictions = random.normal(size=len(groups)).round(decimals)
    values, sizes = ndcg_of_groups(labels, predictions, groups, k)
    for group in range(30):
        own = groups == group
        assert sizes[group] == own.sum()
        if len(set(labels[own])) == 1:
            assert np.isnan(values[group])
        else:
            expected = metrics.ndcg_score([2 ** labels[own] - 1], [predictions[own]], k=k)
            assert values[group] == pytest.approx(expected)
    assert group_ndcg(labels, predictions, groups, k) == pytest.approx(np.nanmean(values))
    assert np.isnan(group_ndcg(labels[:0], predictions[:0], groups[:0]))


def test_a_ranker_of_groups_is_evaluated_by_order():
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 6)
    random.shuffle(groups)
    features, liked = random.integers(0, 20, 360).astype(np.int32), np.random.default_rng(1).normal(size=20)
    for labels, names in (
        (liked[features] > 0, ["gauc", "ndcg@10", "pair_loss"]),
        (np.clip(np.round(liked[features] + 2), 0, 4), ["ndcg@10", "pair_loss"]),
        (liked[features], ["pair_loss"]),
    ):
        examples = Examples(
            labels.astype(np.float32), np.arange(361), features, groups=groups, space=FeatureSpace(20)
        )  # fmt: skip
        model = LogisticRegression(loss="pairwise", epochs=5).fit(examples)
        found = ranking_quality(model, examples, resamples=50)
        assert list(found.figures) == names
        assert found.figures["pair_loss"].value == pytest.approx(mean_pair_loss(model.predict(examples), examples))
        assert all(figure.interval[0] <= figure.value <= figure.interval[1] for figure in found.figures.values())
    bare = Examples(labels.astype(np.float32), np.arange(361), features, space=FeatureSpace(20))
    with pytest.raises(BadInput, match="the rows have no groups, within which their order could be evaluated"):
        ranking_quality(model, bare)
