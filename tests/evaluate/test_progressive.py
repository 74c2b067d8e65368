"""Progressive validation: no row is predicted by a model that has seen it or a later one."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from nearfield.errors import BadInput
from nearfield.evaluate.progressive import progressive_validation
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import LogisticRegression

DAY = 86_400_000_000


def stream(n=500, days=5):
    random = np.random.default_rng(0)
    features = random.integers(0, 10, n).astype(np.int32)
    labels = (random.random(n) < features / 10).astype(np.float32)
    times = random.integers(0, days * DAY, n)
    return Examples(labels, np.arange(n + 1), features, times=times, space=FeatureSpace(10))


def test_slices_are_predicted_from_what_came_before():
    examples = stream()
    found = progressive_validation(LogisticRegression(), examples, every="1d")
    assert len(found) == 4  # the first day is only learnt from
    day = examples.times // DAY
    first = examples.times.min()
    for i, one in enumerate(found, 1):
        span = (examples.times - first) // DAY
        order = np.argsort(examples.times, kind="stable")
        model = LogisticRegression().partial_fit(examples.take(order[span[order] < i]))
        part = examples.take(np.flatnonzero(span == i))
        assert one.n == len(part)
        assert one.auc == pytest.approx(roc_auc_score(part.labels, model.predict_proba(part)[:, 1]))
    assert day.max() == 4


def test_slices_of_equally_many_rows_cover_all_and_the_model_has_seen_all():
    examples = stream()
    model, whole = LogisticRegression(), LogisticRegression()
    found = progressive_validation(model, examples, slices=7)
    whole.partial_fit(examples.take(np.argsort(examples.times, kind="stable")))
    assert np.array_equal(model.state_, whole.state_)
    assert sum(one.n for one in found) == len(examples) * 6 // 7 + 1
    again = progressive_validation(model, examples, slices=7)  # it has learnt, so the first slice is predicted, too
    assert sum(one.n for one in again) == len(examples)
    assert all(a.stop < b.start for a, b in pairwise(again))


def test_rows_of_one_moment_are_not_parted():
    examples = stream()
    once = Examples(
        examples.labels, examples.indptr, examples.features, times=examples.times // DAY, space=examples.space
    )
    found = progressive_validation(LogisticRegression(), once, slices=50)
    assert [one.start for one in found] == [1, 2, 3, 4]


def test_another_way_to_learn_gets_each_slice_and_all_rows_before():
    examples = stream()
    ordered = examples.take(np.argsort(examples.times, kind="stable"))
    seen = []

    def retrained(model, new, old):
        seen.append((len(old), len(new)))
        return LogisticRegression(epochs=2).fit(ordered[: len(old) + len(new)])

    model = LogisticRegression(epochs=2).fit(ordered[:50])
    before = model.state_.copy()
    found = progressive_validation(model, examples, slices=5, learn=retrained)
    assert seen == [(100 * i, 100) for i in range(5)]
    assert np.array_equal(model.state_, before)
    for i, one in enumerate(found[1:], 1):
        part, wanted = ordered[100 * i : 100 * (i + 1)], LogisticRegression(epochs=2).fit(ordered[: 100 * i])
        assert one.auc == pytest.approx(roc_auc_score(part.labels, wanted.predict_proba(part)[:, 1]))
    from_nothing = progressive_validation(LogisticRegression(epochs=2), examples, slices=5, learn=retrained)
    assert from_nothing == found[1:]


def test_values_have_an_error_and_no_order():
    examples = stream()
    found = progressive_validation(LogisticRegression(loss="squared"), examples, slices=3)
    assert all(np.isnan(one.auc) and one.rmse > 0 for one in found)


def test_what_cannot_be_walked_through_is_refused():
    examples = stream()
    timeless = Examples(examples.labels, examples.indptr, examples.features, space=examples.space)
    with pytest.raises(BadInput, match="no times"):
        progressive_validation(LogisticRegression(), timeless)
    soft = Examples(
        examples.labels * 0.9, examples.indptr, examples.features, times=examples.times, space=examples.space
    )
    with pytest.raises(BadInput, match="nothing is judged by them"):
        progressive_validation(LogisticRegression(), soft)
    with pytest.raises(BadInput, match="slices is 0"):
        progressive_validation(LogisticRegression(), examples, slices=0)
