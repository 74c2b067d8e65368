"""EGES and GES: what they learn, cold items, what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from nearfield import Graph, Sequences, random_walks
from nearfield.embed import EGES
from nearfield.errors import BadInput, NotFitted, UnknownKey

SETTINGS = {"vector_size": 16, "epochs": 30, "negative": 5, "sample": 0, "workers": 1, "verbose": False}
SIDE = {
    "colour": {**{f"red{i}": "red" for i in range(12)}, **{f"blue{i}": "blue" for i in range(12)}},
    "shapes": {"red0": ["round", "flat"], "blue0": ["round"]},
}


def sessions(seed=0):
    """Nobody looks at red and blue things in one session."""
    random = np.random.default_rng(seed)
    return [[f"{colour}{i}" for i in random.integers(0, 12, 8)] for _ in range(150) for colour in ("red", "blue")]


@pytest.fixture(scope="module")
def model():
    return EGES(**SETTINGS).fit(sessions(), side=SIDE)


def test_what_is_alike_is_near(model):
    near = [key for key, _ in model.vectors_.similar("red3", k=11)]
    assert sum(key.startswith("red") for key in near) >= 10
    assert next(key for key, _ in model.vectors_.next(["blue1"], k=1)).startswith("blue")


def test_vectors_are_the_shares_of_their_slots(model):
    own = model.vectors_["red0"]
    shares = model.attention_of("red0")
    assert sorted(shares) == ["colour", "item", "shapes"]
    assert sum(shares.values()) == pytest.approx(1)
    side = model.side_vectors_
    assert sorted(model.attention_of("red1")) == ["colour", "item"]
    shapes = side[["shapes=round", "shapes=flat"]].mean(axis=0)
    rest = own - shares["colour"] * side["colour=red"] - shares["shapes"] * shapes
    # the item's own row is kept nowhere: it must at least be as long as the others are
    assert 0.1 < np.linalg.norm(rest / shares["item"]) / np.linalg.norm(side["colour=red"]) < 10


def test_walks_over_a_graph_with_attributes():
    """The item graph of sessions, as in the paper; a node that no walk comes by is placed by its attribute."""
    graph = Graph.from_sessions(Sequences.from_lists(sessions()))
    walks = random_walks(graph, num_walks=20, walk_length=10, seed=3)
    model = EGES(**SETTINGS).fit(walks, side=SIDE)
    assert sorted(model.vectors_.keys) == sorted(graph.keys)
    near = [key for key, _ in model.vectors_.similar("blue3", k=11)]
    assert sum(key.startswith("blue") for key in near) >= 10
    cold = model.cold({"new": {"colour": "red"}})
    assert all(key.startswith("red") for key, _ in model.vectors_.similar(cold["new"], k=5))


def test_without_attention_all_slots_count_the_same():
    model = EGES(attention=False, **SETTINGS).fit(sessions(), side=SIDE)
    assert model.attention_of("red0") == pytest.approx({"item": 1 / 3, "colour": 1 / 3, "shapes": 1 / 3})
    assert model.attention_of("red5") == pytest.approx({"item": 1 / 2, "colour": 1 / 2})


def test_one_seed_and_one_worker_is_one_result():
    first, second = (EGES(**SETTINGS).fit(sessions(), side=SIDE) for _ in range(2))
    assert np.array_equal(first.vectors_.input, second.vectors_.input)
    assert np.array_equal(first.side_vectors_.input, second.side_vectors_.input)


def test_a_cold_item_is_the_mean_of_its_values(model):
    cold = model.cold({"new": {"colour": "blue", "shapes": ["flat", "never seen"]}, "plain": {"colour": "red"}})
    weights = model._slots.mean_shares()
    side = model.side_vectors_
    wanted = np.average([side["colour=blue"], side["shapes=flat"]], axis=0, weights=weights)
    np.testing.assert_allclose(cold["new"], wanted, atol=1e-6)
    np.testing.assert_allclose(cold["plain"], side["colour=red"], atol=1e-6)
    near = [key for key, _ in model.vectors_.similar(cold["plain"], k=8)]
    assert sum(key.startswith("red") for key in near) >= 7
    scores = dict(cold.next(model.vectors_.profile(["red1", "red2"]), k=2))
    assert scores["plain"] > scores["new"]


def test_cold_items_that_nothing_is_known_of(model):
    with pytest.raises(UnknownKey, match="no value of item 'x' has been seen"):
        model.cold({"x": {"colour": "green"}})
    kept = model.cold({"x": {"colour": "green"}, "y": {"colour": "red"}}, unknown="skip")
    assert kept.keys == ("y",)
    with pytest.raises(BadInput, match="none of 1 items"):
        model.cold({"x": {"colour": "green"}}, unknown="skip")
    with pytest.raises(UnknownKey, match="the field 'size'; known are colour, shapes"):
        model.cold({"x": {"size": "L"}})


@pytest.mark.parametrize(
    ("side", "message"),
    [
        ({}, "expected a mapping of field"),
        (["colour"], "expected a mapping of field"),
        ({"colour": ["red"]}, r"side\['colour'\] is \['red'\]"),
        ({"item": {"red0": "x"}}, "a field is named 'item'"),
        ({"a=b": {"red0": "x"}}, "a field is named 'a=b'"),
        ({"colour": {"red0": 3}}, "colour of item 'red0' is 3"),
        ({"colour": {"red0": ["red", None]}}, "colour of item 'red0' is None"),
        ({"colour": {"red0": ""}}, "colour of item 'red0' is ''"),
        ({"colour": {"red0": {"a": "b"}}}, "colour of item 'red0' is {'a': 'b'}"),
        ({"colour": {"green0": "green"}}, "none of the 24 items has a value in colour; expected keys such as"),
    ],
)
def test_bad_side_information_is_named(side, message):
    with pytest.raises(BadInput, match=message):
        EGES(**SETTINGS).fit(sessions(), side=side)


def test_bad_questions_for_cold_items_are_named(model):
    with pytest.raises(NotFitted):
        EGES().cold({"x": {"colour": "red"}})
    for side in (["x"], {"x": ["colour"]}, {"x": None}):
        with pytest.raises(BadInput, match="expected a mapping of item"):
            model.cold(side)
    with pytest.raises(BadInput, match="neighbours 'a'"):
        model.cold({"x": {"colour": "red"}}, neighbours="a")


def test_a_set_of_values_is_as_good_as_a_list():
    values = ["a", "b", "c", "d"]
    listed, as_set = (
        EGES(**SETTINGS | {"epochs": 1}).fit(sessions(), side={"shapes": {"red0": some}})
        for some in (values, set(values))
    )
    assert listed.side_vectors_.keys == as_set.side_vectors_.keys
    assert np.array_equal(listed.vectors_.input, as_set.vectors_.input)


def test_ctrl_c_keeps_what_has_been_learnt(monkeypatch):
    from nearfield.embed.shard import Shard

    train, calls = Shard.train_next_block, []

    def interrupted(self, *given):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        train(self, *given)

    monkeypatch.setattr(Shard, "train_next_block", interrupted)
    model = EGES(**SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        model.fit(sessions(), side=SIDE)
    assert len(model.vectors_) == 24
    assert np.isfinite(model.side_vectors_.input).all()


def test_parameters_are_checked_and_cloned():
    with pytest.raises(BadInput, match="attention is 'no'"):
        EGES(attention="no", verbose=False).fit(sessions(), side=SIDE)
    with pytest.raises(BadInput, match="negative is 0"):
        EGES(negative=0, verbose=False).fit(sessions(), side=SIDE)
    assert clone(EGES(attention=False, window=3)).get_params() == EGES(attention=False, window=3).get_params()


def test_several_workers_learn_as_well():
    model = EGES(**SETTINGS | {"workers": 2}).fit(sessions(), side=SIDE)
    near = [key for key, _ in model.vectors_.similar("blue3", k=11)]
    assert sum(key.startswith("blue") for key in near) >= 10
