"""Updates of rankers: what they keep, what they change, and that the model given is not touched."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from sklearn.metrics import log_loss, roc_auc_score

from nearfield.errors import BadInput, NotFitted
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
from nearfield.update import RowReservoir, update
from nearfield.update.rankers import distilled, drawn, n_trained_on, ranker_figures, replayed, update_ranker
from nearfield.update.strategies import LwF, Replay, parse
from nearfield.vectors import Vectors

DEEP = {"vector_size": 4, "hidden_layer_sizes": (8,), "batch_size": 16, "epochs": 2}
MODELS = [
    LogisticRegression(l1=0.1), FactorizationMachine(vector_size=4, epochs=2), FieldAwareFM(vector_size=4, epochs=2),
    WideAndDeep(**DEEP, dropout=0.2), DeepFM(**DEEP), DCNv2(**DEEP),
]  # fmt: skip
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
STRATEGIES = ("retrain", "fine_tune", "replay", "lwf", "replay+lwf")
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)
SIZE = 30


def rows(n, seed=0, first=0, size=SIZE, turn=1.0, weights=False):
    """n rows of features `first` … `size` - 1 in three fields, by name; labels follow weights, `turn` times them."""
    random = np.random.default_rng(seed)
    truth = np.random.default_rng(5).normal(size=100)
    features = random.integers(first, size, (n, 3)).astype(np.int32)
    labels = random.random(n) < 1 / (1 + np.exp(-turn * truth[features].sum(axis=1)))
    return Examples(
        labels.astype(np.float32), np.arange(0, 3 * n + 1, 3), features.ravel(),
        np.tile(np.arange(3, dtype=np.int32), n),
        weights=random.uniform(0.5, 2, n).astype(np.float32) if weights else None,
        space=FeatureSpace(size, ("a", "b", "c"), tuple(f"f={i}" for i in range(size))),
    )  # fmt: skip


def fitted(model, examples):
    return type(model)(**model.get_params()).fit(examples)


def state(model):
    return {name: array.copy() for name, array in model._arrays().items()}


def same(first, second):
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name]) for name in first)


@every_model
@every_strategy
def test_the_model_given_stays_and_without_rows_so_does_the_updated_one(model, strategy):
    old, new = rows(160), rows(48, seed=1, first=10, size=SIZE + 6)
    before = fitted(model, old)
    kept = state(before)
    updated = update_ranker(before, new, parse(strategy), old)
    assert same(state(before), kept)
    assert before.space_.size == SIZE
    assert updated.space_.size == SIZE + 6
    assert updated.get_params() == before.get_params()
    assert same(state(update_ranker(before, old[:0], parse(strategy), old)), kept)
    assert same(state(update_ranker(updated, new[:0], parse(strategy), old)), state(updated))


@every_model
def test_fine_tuning_is_partial_fit_and_two_updates_are_one(model):
    old, first, second = rows(160), rows(48, seed=1), rows(80, seed=2, size=SIZE + 6)  # whole batches
    both = Examples(
        np.append(first.labels, second.labels), np.arange(0, 3 * 128 + 1, 3),
        np.append(first.features, second.features), np.append(first.fields, second.fields), space=second.space,
    )  # fmt: skip
    start, fine_tune = fitted(model, old), parse("fine_tune")
    once = update_ranker(start, both, fine_tune)
    twice = update_ranker(update_ranker(start, first, fine_tune), second, fine_tune)
    by_hand = start.partial_fit(first).partial_fit(second)
    assert same(state(twice), state(by_hand))
    # a deep one counts its passes
    assert same(*({n: a for n, a in state(one).items() if n != "counts"} for one in (once, twice)))


@given(
    cuts=st.lists(st.integers(0, 60), max_size=4).map(sorted),
    values=st.lists(st.sampled_from([-1.5, 0.25, 1.0]), min_size=180, max_size=180),
    labels=st.lists(st.booleans(), min_size=60, max_size=60),
)
@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("model", MODELS[:3], ids=lambda model: type(model).__name__)
def test_however_a_stream_is_cut_into_updates_it_is_one(model, cuts, values, labels):
    whole = rows(60, seed=3)
    whole = Examples(
        np.float32(labels), whole.indptr, whole.features, whole.fields, np.float32(values), space=whole.space
    )
    start = fitted(model, rows(40))
    once = update_ranker(start, whole, parse("fine_tune"))
    by_parts = start
    for first, last in pairwise([0, *cuts, 60]):
        by_parts = update_ranker(by_parts, whole[first:last], parse("fine_tune"))
    assert same(state(once), state(by_parts))


@every_model
@every_strategy
def test_saving_between_two_updates_changes_nothing(model, strategy, tmp_path):
    old, first, second = rows(160), rows(40, seed=1), rows(40, seed=2, size=SIZE + 6)
    once = update_ranker(fitted(model, old), first, parse(strategy), old)
    once.save(tmp_path / "model")
    twice, after_saving = (
        update_ranker(one, second, parse(strategy), old) for one in (once, load_ranker(tmp_path / "model"))
    )
    assert same(state(twice), state(after_saving))


def test_retraining_is_a_fit_on_all_rows_with_the_same_parameters():
    old, new = rows(200, weights=True), rows(60, seed=1, size=SIZE + 5)
    model = FactorizationMachine(vector_size=4, epochs=3, seed=7).fit(old)
    both = Examples(
        np.append(old.labels, new.labels), np.arange(0, 3 * 260 + 1, 3), np.append(old.features, new.features),
        np.append(old.fields, new.fields), weights=np.append(old.weights, np.ones(60)), space=new.space,
    )  # fmt: skip
    wanted = FactorizationMachine(vector_size=4, epochs=3, seed=7).fit(both)
    assert same(state(update_ranker(model, new, parse("retrain"), old)), state(wanted))
    shorter = update_ranker(model, new, parse("retrain"), old, epochs=1, alpha=0.01)
    assert (shorter.epochs, shorter.alpha, len(shorter.losses_)) == (1, 0.01, 1)


@pytest.mark.parametrize(("budget", "n"), [(0.0, 0), (0.5, 20), (1.0, 40), (100.0, 160)])
def test_replay_learns_from_new_rows_once_and_from_as_many_old_ones_as_the_budget_allows(budget, n):
    old, new = rows(160), rows(40, seed=1)
    model = LogisticRegression(rates="counts").fit(old)
    updated = update_ranker(model, new, (Replay(budget),), old)
    positive, negative = updated.state_[-1, 1:] - model.state_[-1, 1:]
    replayed = old.take(drawn(160, n, 1))
    assert positive + negative == 40 + n == n_trained_on(new, (Replay(budget),), old)
    assert positive == new.labels.sum() + replayed.labels.sum()


def test_old_rows_are_drawn_evenly_and_another_seed_draws_others():
    n, most = 20, 5
    draws = [drawn(n, most, seed) for seed in range(4_000)]
    assert all(len(np.unique(one)) == most for one in draws)
    assert chisquare(np.bincount(np.concatenate(draws), minlength=n)).pvalue > 0.01
    old, new, model = rows(160), rows(40, seed=1), LogisticRegression().fit(rows(160))
    first, again, other = (update_ranker(model, new, parse("replay"), old, seed=seed).state_ for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("loss", ["logistic", "squared"])
@pytest.mark.parametrize("strength", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("weights", [False, True])
def test_one_label_has_the_gradient_of_both_losses(loss, strength, weights):
    new = rows(30, seed=1, weights=weights)
    teacher = LogisticRegression(loss=loss).fit(rows(200))
    soft = distilled(teacher, new, strength)
    scores = torch.randn(30, generator=torch.Generator().manual_seed(0), requires_grad=True)
    labels, told = torch.from_numpy(new.labels), torch.from_numpy(teacher.foretell(new))
    of_rows = torch.ones(30) if new.weights is None else torch.from_numpy(new.weights)
    kind = torch.nn.functional.binary_cross_entropy_with_logits if loss == "logistic" else torch.nn.functional.mse_loss
    both = kind(scores, labels, reduction="none") + strength * kind(scores, told, reduction="none")
    one = kind(scores, torch.from_numpy(soft.labels), reduction="none")
    (wanted,) = torch.autograd.grad((of_rows * both).sum(), scores, retain_graph=True)
    (found,) = torch.autograd.grad((torch.from_numpy(soft.weights) * one).sum(), scores)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@every_model
def test_a_strength_of_0_is_fine_tuning_bit_for_bit(model):
    start, new = fitted(model, rows(160)), rows(40, seed=1, size=SIZE + 6)
    plain, soft = (update_ranker(start, new, parse(name)) for name in ("fine_tune", "lwf"))
    none = update_ranker(start, new, (LwF(0.0),))
    assert same(state(none), state(plain))
    assert not same(state(soft), state(plain))


@every_model
def test_replay_and_lwf_forget_less_than_fine_tuning(model):
    """The new rows say the opposite of the old ones."""
    old, probe, new = rows(3_000, turn=3.0), rows(1_000, seed=9, turn=3.0), rows(600, seed=1, turn=-3.0)
    start = fitted(model, old)
    losses = {
        name: log_loss(probe.labels, update_ranker(start, new, parse(name), old, epochs=3).foretell(probe))
        for name in ("fine_tune", "replay", "lwf")
    }
    assert log_loss(probe.labels, start.foretell(probe)) < min(losses["replay"], losses["lwf"])
    assert max(losses["replay"], losses["lwf"]) < losses["fine_tune"]


def test_a_rate_and_passes_of_an_update_do_not_stay():
    old, new = rows(160), rows(40, seed=1)
    model = FactorizationMachine(vector_size=4).fit(old)
    slow, usual = (update_ranker(model, new, parse("fine_tune"), alpha=alpha) for alpha in (1e-5, None))
    assert slow.get_params() == usual.get_params() == model.get_params()
    moved = [np.abs(one.factors_ - model.factors_)[:, :, 0].max() for one in (slow, usual)]
    assert 0 < moved[0] < moved[1] / 100
    by_hand = model.copy().partial_fit(new).partial_fit(new.take(np.random.default_rng([1, 1]).permutation(40)))
    assert same(state(update_ranker(model, new, parse("fine_tune"), epochs=2)), state(by_hand))


def test_a_table_in_a_file_is_updated_in_another_file(tmp_path):
    old, new = rows(160), rows(40, seed=1, size=SIZE + 6)
    in_file, in_memory = (LogisticRegression(table_folder=folder).fit(old) for folder in (str(tmp_path), None))
    for name in STRATEGIES:
        found, wanted = (update_ranker(model, new, parse(name), old) for model in (in_file, in_memory))
        assert isinstance(found.state_, np.memmap)
        assert np.array_equal(found.state_, wanted.state_)
    assert not list(tmp_path.iterdir())


def test_figures_of_new_rows_before_and_after():
    old, new = rows(400), rows(100, seed=1, size=SIZE + 6, weights=True)
    model = LogisticRegression().fit(old)
    updated = update_ranker(model, new, parse("fine_tune"))
    figures = ranker_figures(model, updated, new)
    for when, one in (("before", model.copy(new.space)), ("after", updated)):
        given = new.labels, one.foretell(new)
        assert figures[f"log loss {when}"] == pytest.approx(log_loss(*given, sample_weight=new.weights))
        assert figures[f"AUC {when}"] == pytest.approx(roc_auc_score(*given, sample_weight=new.weights))
    values = LogisticRegression(loss="squared").fit(old)
    errors = ranker_figures(values, update_ranker(values, new, parse("fine_tune")), new)
    wanted = np.average((values.copy(new.space).foretell(new) - new.labels) ** 2, weights=new.weights) ** 0.5
    assert errors["squared error before"] == pytest.approx(wanted)
    assert ranker_figures(model, model, new[:0]) == {}


@pytest.mark.parametrize(
    ("strategy", "options", "message"),
    [
        ("retrain", {}, "retrain needs the rows of before; give old=…, or update by fine_tune or lwf"),
        ("replay", {}, "replay needs the rows of before"),
        ("ewc", {}, "ewc anchors vectors; a ranker takes retrain, fine_tune, replay, lwf"),
        ("lwf+freeze", {}, "freeze anchors vectors"),
        ("fine_tune", {"epochs": 0}, "epochs is 0; expected a whole number of at least 1"),
        ("fine_tune", {"alpha": 0.1}, "alpha is part of every weight of a LogisticRegression; leave it out"),
        (Replay(choice="herding"), {"old": rows(9)}, "replay's choice is 'herding', which is for sequences"),
        ("replay", {"old": [["a", "b"]]}, "old is a list; a ranker is updated by examples"),
    ],
)
def test_what_is_no_update_of_a_ranker(strategy, options, message):
    model = LogisticRegression().fit(rows(50))
    kept = state(model)
    with pytest.raises(BadInput, match=message):
        update_ranker(model, rows(10), parse(strategy), **options)
    assert same(state(model), kept)


def test_what_was_read_or_learnt_in_another_way():
    model = LogisticRegression().fit(rows(50))
    with pytest.raises(BadInput, match="new is a list"):
        update_ranker(model, [["a"]], parse("fine_tune"))
    with pytest.raises(NotFitted):
        update_ranker(LogisticRegression(), rows(9), parse("fine_tune"))
    other = Examples([0.0, 1.0], [0, 1, 2], [0, 1], space=FeatureSpace(2, ("a", "b", "c"), ("f=9", "f=8")))
    same_rows = Examples([0.0, 1.0], [0, 1, 2], [9, 8], space=model.space_)  # by the numbers of the model
    one, two = (update_ranker(model, rows, parse("fine_tune")) for rows in (other, same_rows))
    assert same(state(one), state(two))
    hashed = Examples([0.0], [0, 1], [0], space=FeatureSpace(16, ("a", "b", "c"), bits=4))
    with pytest.raises(BadInput, match="the rows have features hashed to 4 bits, the model features by name: names"):
        update_ranker(model, hashed, parse("fine_tune"))


def test_a_model_that_started_from_vectors_is_not_retrained_without_them():
    old = rows(64)
    named = old.relabelled(FeatureSpace(SIZE, old.space.fields, tuple(f"a={i}" for i in range(SIZE))))
    model = DeepFM(**DEEP).fit(named, pretrained={"a": Vectors(["1", "2"], np.ones((2, 4), np.float32))})
    assert np.flatnonzero(model.pretrained_).tolist() == [1, 2]
    with pytest.raises(BadInput, match="the model has started from vectors, which it does not keep"):
        update_ranker(model, named, parse("retrain"), named)
    assert update_ranker(model, named, parse("replay"), named).pretrained_.sum() == 2


def test_a_label_that_is_none_leaves_the_model_as_it_was():
    model, new = LogisticRegression().fit(rows(50)), rows(10)
    kept = state(model)
    below = Examples(new.labels - 0.1, new.indptr, new.features, new.fields, space=new.space)
    for name in STRATEGIES:
        with pytest.raises(BadInput, match="a label is -0.1; the logistic loss expects 0 or 1"):
            update_ranker(model, below, parse(name), rows(50))
    assert same(state(model), kept)


def test_a_reservoir_stands_for_the_rows_that_were():
    old, new = rows(160), rows(40, seed=1, size=SIZE + 6)
    model, memory = LogisticRegression().fit(old), RowReservoir(100)
    nothing = update(model, new, old=memory)
    assert (nothing.strategy, nothing.trained_on) == ("replay", 40)
    memory.add(old)
    found = update(model, new, old=memory, strategy=Replay(2.0))
    assert found.trained_on == 120
    assert same(state(found.content), state(update(model, new, old=memory.rows(), strategy=Replay(2.0)).content))
    assert update(model, new, old=memory, strategy="retrain").trained_on == 140


def in_groups(examples, first=0):
    """The same rows in groups of four that lie apart, numbered from `first`."""
    groups = first + np.arange(len(examples)) % max(1, len(examples) // 4)
    return Examples(**examples._arrays() | {"groups": groups}, space=examples.space)


@pytest.mark.parametrize("loss", ["pairwise", "lambdarank"])
def test_updates_by_the_order_within_groups(loss):
    old, new = in_groups(rows(400)), in_groups(rows(200, seed=1, turn=-1.0), first=1000)
    model = LogisticRegression(loss=loss, epochs=3).fit(old)
    for strategy in ("retrain", "fine_tune", "replay"):
        updated = update_ranker(model, new, parse(strategy), old)
        metrics = ranker_figures(model, updated, new)
        assert list(metrics) == ["NDCG@10 before", "NDCG@10 after"]
        assert metrics["NDCG@10 after"] > metrics["NDCG@10 before"]
    drawn_rows = replayed(model, old, 101, seed=1)
    assert len(drawn_rows) == 100
    assert np.unique(drawn_rows.groups, return_counts=True)[1].tolist() == [4] * 25
    with pytest.raises(BadInput, match="lwf mixes labels with predictions"):
        update_ranker(model, new, parse("lwf"), old)
    bare = Examples(**{k: v for k, v in new._arrays().items() if k != "groups"}, space=new.space)
    with pytest.raises(BadInput, match="orders rows within groups, and these have none"):
        update_ranker(model, bare, parse("fine_tune"))
