"""Rows of users brought up to date: what stays bit for bit, where new users begin, what is learnt, what is refused."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nearfield as nf
from nearfield.errors import BadInput
from nearfield.update import update_users

SETTINGS = {
    "vector_size": 8, "window": 2, "negative": 3, "epochs": 3, "sample": None, "workers": 1, "verbose": False
}  # fmt: skip
STAYING = {"alpha": 1e-12, "min_alpha": 1e-12, "epochs": 1}

keys = st.sampled_from([f"k{i}" for i in range(8)])
who = st.sampled_from(["ann", "bob", "k1", "new", "newer"])  # a user may be called as an item is
logs = st.lists(st.tuples(who, st.lists(keys, min_size=1, max_size=5)), min_size=1, max_size=5)
quick = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def circles(times=40):
    return [[f"k{(start + step) % 8}" for step in range(5)] for start in range(times)]


@functools.cache
def fitted(architecture="skipgram"):
    users = ["ann" if i % 3 else "k1" if i % 2 else "bob" for i in range(40)]
    return nf.ItemEmbedding(architecture=architecture, **SETTINGS).fit(circles(), users=users)


def split(log):
    return [items for _, items in log], [user for user, _ in log]


@quick
@given(logs, st.sampled_from(["skipgram", "cbow"]))
def test_items_and_users_who_did_nothing_stay_bit_for_bit(log, architecture):
    model = fitted(architecture)
    before = model.vectors_.input.tobytes(), model.vectors_.output.tobytes(), model.users_.input.tobytes()
    new, users = split(log)
    found = update_users(model.users_, model.vectors_, new, users)
    assert before == (model.vectors_.input.tobytes(), model.vectors_.output.tobytes(), model.users_.input.tobytes())
    assert found.keys == (*model.users_.keys, *dict.fromkeys(u for u in users if u not in model.users_))
    for user in model.users_.keys:
        assert np.array_equal(found[user], model.users_[user]) == (user not in users)


@functools.cache
def of_two_items():
    """Every sample is the other item."""
    return nf.ItemEmbedding(**SETTINGS).fit([["k0", "k1"], ["k1", "k0", "k1"]] * 20, users=["ann", "bob"] * 20)


def slow_twin(row, outputs, chosen, weights, rates, negative):
    """Logistic steps of one row, by hand: up its item's output row, down that of the other."""
    row = row.astype(np.float64)
    for item, weight, rate in zip(chosen, weights, rates, strict=True):
        sigmoids = 1 / (1 + np.exp(-outputs @ row))
        row = row + weight * rate * (
            (1 - sigmoids[item]) * outputs[item] - negative * sigmoids[1 - item] * outputs[1 - item]
        )
    return row


def first_row(model, user, items, weights):
    if user in model.users_:
        return model.users_[user]
    return np.average(model.vectors_.input[items], axis=0, weights=weights)


@quick
@given(
    st.lists(st.tuples(who, st.lists(st.sampled_from(["k0", "k1"]), min_size=1, max_size=4)), min_size=1, max_size=5),
    st.booleans(),
)
def test_rows_move_as_a_slow_twin_says(log, weighted):
    model, epochs = of_two_items(), 2
    made = nf.Sequences.from_lists(split(log)[0])
    weights = 1 + np.arange(made.n_tokens) % 3 / 2 if weighted else np.ones(made.n_tokens)
    new = nf.Sequences(made.vocabulary, made.tokens, made.offsets, weights=weights if weighted else None)
    found = update_users(model.users_, model.vectors_, new, split(log)[1], alpha=0.3, min_alpha=0.001, epochs=epochs)
    owner = np.repeat(split(log)[1], np.diff(made.offsets))
    item = np.array([model.vectors_.vocabulary[key] for _, items in log for key in items])
    rates = 0.3 - 0.299 * np.arange(epochs * len(item)) / (epochs * len(item))
    outputs = model.vectors_.output.astype(np.float64)
    for user in found.keys:
        own = np.tile(owner == user, epochs)
        start = first_row(model, user, item[owner == user], weights[owner == user])
        steps = np.tile(item, epochs)[own], np.tile(weights, epochs)[own], rates[own]
        np.testing.assert_allclose(found[user], slow_twin(start, outputs, *steps, SETTINGS["negative"]), atol=1e-4)


@quick
@given(logs, logs)
def test_saving_between_two_updates_makes_no_difference(tmp_path_factory, first, second):
    place, model = tmp_path_factory.mktemp("between") / "users", fitted()
    at_once = update_users(model.users_, model.vectors_, *split(first))
    at_once.save(place)
    pair = [update_users(one, model.vectors_, *split(second)) for one in (at_once, nf.load(place))]
    assert pair[0].input.tobytes() == pair[1].input.tobytes()
    assert pair[0].metadata == pair[1].metadata


@quick
@given(logs, logs)
def test_two_updates_are_one_with_both_parts(first, second):
    """Random numbers go on from one to the next; users who are new in the second begin where they would in one."""
    model, rate = fitted(), {"alpha": 0.02, "min_alpha": 0.02, "epochs": 1}
    known = update_users(model.users_, model.vectors_, [["k1"], ["k2"]], ["new", "newer"], **rate)
    together = update_users(known, model.vectors_, *split([*first, *second]), **rate)
    apart = update_users(known, model.vectors_, *split(first), **rate)
    apart = update_users(apart, model.vectors_, *split(second), **rate)
    assert apart.keys == together.keys
    assert apart.input.tobytes() == together.input.tobytes()


def test_nothing_new_changes_nothing():
    model = fitted()
    assert update_users(model.users_, model.vectors_, [], []) is model.users_
    assert update_users(model.users_, model.vectors_, [["unknown"], []], ["cid", "ann"]) is model.users_
    assert len(update_users(None, model.vectors_, [], [])) == 0


def test_new_users_begin_at_the_weighted_mean_of_their_items():
    model = fitted()
    made = nf.Sequences.from_lists([["k1", "k2", "unknown"], ["k3"]])
    weighted = nf.Sequences(made.vocabulary, made.tokens, made.offsets, weights=[3.0, 1.0, 5.0, 2.0])
    rows = model.vectors_
    plain = update_users(None, rows, made, ["cid", "cid"], **STAYING)
    heavier = update_users(None, rows, weighted, ["cid", "cid"], **STAYING)
    np.testing.assert_allclose(plain["cid"], rows[["k1", "k2", "k3"]].mean(axis=0), atol=1e-6)
    wanted = (3 * rows["k1"] + rows["k2"] + 2 * rows["k3"]) / 6
    np.testing.assert_allclose(heavier["cid"], wanted, atol=1e-6)


def test_a_weight_of_nothing_teaches_nothing():
    model = fitted()
    made = nf.Sequences.from_lists([["k1", "k2"]])
    silent = nf.Sequences(made.vocabulary, made.tokens, made.offsets, weights=[0.0, 0.0])
    found = update_users(model.users_, model.vectors_, silent, ["ann"])
    assert np.array_equal(found["ann"], model.users_["ann"])


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_a_change_of_taste_is_learnt(architecture):
    """Reds and blues: who has bought red all along buys blue now."""
    random = np.random.default_rng(1)
    sessions = [[f"{colour}{i}" for i in random.integers(0, 6, 6)] for _ in range(60) for colour in ("red", "blue")]
    told = SETTINGS | {"epochs": 30, "architecture": architecture, "vector_size": 16}
    model = nf.ItemEmbedding(**told).fit(sessions, users=[f"{i % 2}-{i % 20}" for i in range(120)])
    vectors = model.vectors_
    assert vectors.next(model.users_["0-2"], k=1)[0][0].startswith("red")
    found = update_users(model.users_, vectors, [["blue1", "blue2", "blue3"] * 4, ["red1", "red4"]], ["0-2", "cid"])
    assert vectors.next(found["0-2"], k=1)[0][0].startswith("blue")
    assert vectors.next(found["cid"], k=1)[0][0].startswith("red")


def test_a_fitted_model_is_updated_with_its_users():
    model = fitted()
    report = nf.update(model, [["k1", "fresh", "k2"], ["k3", "fresh"]], users=["ann", "cid"], old=circles())
    assert report.users.keys == (*model.users_.keys, "cid")
    assert np.array_equal(report.users["bob"], model.users_["bob"])
    assert not np.array_equal(report.users["ann"], model.users_["ann"])
    alone = update_users(model.users_, report.vectors, [["k1", "fresh", "k2"], ["k3", "fresh"]], ["ann", "cid"])
    assert report.users.input.tobytes() == alone.input.tobytes()
    assert report.users.metadata["updates"][0]["new_users"] == 1
    assert nf.update(model, [["k1", "k2"]]).users is None


def test_nothing_new_leaves_a_model_and_its_users():
    model = fitted()
    report = nf.update(model, [], users=[])
    assert report.content is model.vectors_
    assert report.users is model.users_


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"users": ["ann"]}, "1 users for 2 sequences; expected one each"),
        ({"users": "ab"}, "users is 'ab'; expected a list of strings, or None"),
        ({"users": ["ann", 7]}, "users is .'ann', 7.; expected a list of strings, or None"),
        ({"users": ["ann", "bob"], "strategy": "retrain", "old": [["k1", "k2"]]}, "retrain makes another space"),
    ],
)
def test_bad_users_are_named(arguments, message):
    with pytest.raises(BadInput, match=message):
        nf.update(fitted(), [["k1", "k2"], ["k3", "k4"]], **arguments)


def test_users_without_rows_are_named():
    model = nf.ItemEmbedding(**SETTINGS).fit(circles())
    for content in (model, model.vectors_, nf.Word2Vec(**SETTINGS).fit(circles())):
        with pytest.raises(BadInput, match=r"expected an ItemEmbedding that was fitted with users, or call"):
            nf.update(content, [["k1", "k2"]], users=["ann"])


def test_items_that_users_cannot_be_learnt_against_are_named():
    model = fitted()
    rows, users = model.vectors_, model.users_
    with pytest.raises(BadInput, match="no output rows or no counts"):
        update_users(users, nf.Vectors(rows.keys, rows.input), [["k1"]], ["ann"])
    narrow = nf.Vectors(["ann"], np.ones((1, 3), np.float32))
    with pytest.raises(BadInput, match="the users have 3 dimensions and the items 8"):
        update_users(narrow, rows, [["k1"]], ["ann"])
    walked = nf.Vectors(rows.keys, rows.input, rows.output, rows.counts, {"trained": {"estimator": "DeepWalk"}})
    with pytest.raises(BadInput, match="teaches no users; expected such as estimator=nearfield.ItemEmbedding"):
        update_users(users, walked, [["k1"]], ["ann"])
    with pytest.raises(BadInput, match="alpha is 1e.39; expected a number above 0, at most 3.4e38 in size"):
        update_users(users, rows, circles(), ["ann"] * 40, alpha=1e39)


def test_several_workers_learn_as_well():
    model = fitted()
    found = update_users(None, model.vectors_, circles(), [f"u{i % 8}" for i in range(40)], workers=2)
    assert len(found) == 8
    assert np.isfinite(found.input).all()
