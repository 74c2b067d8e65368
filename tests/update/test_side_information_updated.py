"""`nf.update` for EGES and GES: where new items and values begin, what is kept bit for bit, what is refused."""

from __future__ import annotations

import functools
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nearfield as nf
from nearfield.errors import BadInput, NotFitted
from nearfield.store import Store
from nearfield.update.popularity import popularity_of

SETTINGS = {
    "vector_size": 8, "window": 2, "negative": 3, "epochs": 10, "sample": None, "workers": 1, "verbose": False
}  # fmt: skip
SIDE = {
    "colour": {f"k{i}": "red" if i < 6 else "blue" for i in range(12)},
    "shape": {"k0": ["round", "flat"], "k6": "round"},
}
MORE = {"colour": {"new": "blue", "newer": "green", "k0": "green"}, "shape": {"new": ["flat", "tall"]}}
ALL = ("retrain", "fine_tune", "replay")
STAYING = {"alpha": 1e-12, "min_alpha": 1e-12, "epochs": 1}

keys = st.sampled_from([*(f"k{i}" for i in range(12)), "new", "newer", "newest"])
lists = st.lists(st.lists(keys, min_size=2, max_size=6), min_size=1, max_size=5)
# with two known keys in a sequence: else there is nothing to train on, which is refused
paired = lists.filter(lambda some: any(sum(not key.startswith("new") for key in one) > 1 for one in some))
quick = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def sessions(times=60):
    random = np.random.default_rng(3)
    return [[f"k{i + 6 * (number % 2)}" for i in random.integers(0, 6, 5)] for number in range(times)]


@functools.cache
def fitted(attention=True):
    return nf.EGES(attention=attention, **SETTINGS).fit(sessions(), side=SIDE)


def state(model):
    vectors, side = model.vectors_, model.side_vectors_
    tables = vectors.input, vectors.output, vectors.counts, side.input, model.item_rows_, model._slots.attention
    return vectors.keys, side.keys, *(table.tobytes() for table in tables), json.dumps(vectors.metadata)


@pytest.mark.parametrize("strategy", ALL)
def test_no_new_data_change_nothing(strategy):
    report = nf.update(fitted(), [], strategy=strategy, old=sessions())
    assert report.content is fitted()
    assert report.trained_on == 0


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("strategy", ALL)
def test_what_is_given_stays_and_ids_do_not_change(strategy, attention):
    old = fitted(attention)
    before = state(old)
    new = [["k3", "new", "k4", "newer"], ["newer", "new", "newer", "newest"]]
    report = nf.update(old, new, side=MORE, strategy=strategy, old=sessions())
    found = report.content
    assert state(old) == before
    assert report.vectors is found.vectors_
    assert report.new_keys == ("newer", "new", "newest")
    assert found.vectors_.keys == (*old.vectors_.keys, "newer", "new", "newest")
    assert found.side_vectors_.keys[: len(old.side_vectors_)] == old.side_vectors_.keys
    assert set(found.side_vectors_.keys) - set(old.side_vectors_.keys) == {"colour=green", "shape=tall"}
    assert sorted(found.attention_of("new")) == ["colour", "item", "shape"]
    assert sorted(found.attention_of("newest")) == ["item"]
    assert found.get_params() == old.get_params()
    if not attention:
        assert found.attention_of("newer") == pytest.approx({"item": 1 / 2, "colour": 1 / 2})


@quick
@given(lists, st.booleans())
def test_vectors_are_still_made_of_their_slots(new, attention):
    """H by hand, from the attention and the rows that the model tells."""
    found = nf.update(fitted(attention), new, side=MORE).content
    side = found.side_vectors_
    told = {field: SIDE[field] | {k: v for k, v in MORE[field].items() if k not in SIDE[field]} for field in SIDE}
    for number, key in enumerate(found.vectors_.keys):
        shares = found.attention_of(key)
        own = shares.pop("item") * found.item_rows_[number]
        assert set(shares) == {field for field in told if key in told[field]}
        for field, share in shares.items():
            values = [told[field][key]] if isinstance(told[field][key], str) else told[field][key]
            own = own + share * side[[f"{field}={value}" for value in values]].mean(axis=0)
        np.testing.assert_allclose(found.vectors_[key], own, atol=1e-5)


@pytest.mark.parametrize("attention", [True, False])
def test_new_items_begin_at_their_values_and_new_values_at_their_items(attention):
    old = fitted(attention)
    new = [["new", "k1", "newer", "k2"], ["newest", "k7"]]
    found = nf.update(old, new, side=MORE, **STAYING).content
    cold = old.cold({"new": {"colour": "blue", "shape": ["flat", "tall"]}})["new"]
    row = found.item_rows_[found.vectors_.vocabulary["new"]]
    np.testing.assert_allclose(row, cold, atol=1e-6)
    np.testing.assert_allclose(found.side_vectors_["shape=tall"], cold, atol=1e-6)
    # of "newer" nothing is known but its neighbours, nor of its value
    neighbours = (np.array([1, 1]) @ old.vectors_[["k1", "k2"]]) / 2
    np.testing.assert_allclose(found.item_rows_[found.vectors_.vocabulary["newer"]], neighbours, atol=1e-6)
    np.testing.assert_allclose(found.side_vectors_["colour=green"], neighbours, atol=1e-6)
    np.testing.assert_allclose(found.vectors_["newest"], old.vectors_["k7"], atol=1e-6)
    # what the side information says anew of a known item is passed over
    np.testing.assert_allclose(found.vectors_["k0"], old.vectors_["k0"], atol=1e-5)


def test_an_item_that_is_all_known_begins_where_a_cold_one_is():
    side = {"colour": {"new": "blue"}, "shape": {"new": "round"}}
    found = nf.update(fitted(), [["new", "k7"]], side=side, **STAYING).content
    wanted = fitted().cold({"new": {"colour": "blue", "shape": "round"}})["new"]
    # half of it is the item's own row, which is the mean already
    np.testing.assert_allclose(found.vectors_["new"], wanted, atol=1e-5)


@quick
@given(lists, lists, st.sampled_from(["fine_tune", "replay"]))
def test_saving_between_two_updates_makes_no_difference(tmp_path_factory, first, second, strategy):
    place, told = tmp_path_factory.mktemp("between") / "saved", {"strategy": strategy, "old": sessions(10)}
    at_once = nf.update(fitted(), first, side=MORE, **told).content
    at_once.save(place)
    loaded = nf.load(place)
    assert state(loaded) == state(at_once)
    pair = [nf.update(one, second, side=MORE, **told).content for one in (at_once, loaded)]
    assert state(pair[0]) == state(pair[1])


@quick
@given(paired, paired)
def test_two_updates_are_one_with_both_parts(first, second):
    rate = {"alpha": 0.02, "min_alpha": 0.02, "epochs": 1, "grow": False}
    started = nf.update(fitted(), [["k1", "k2"]], **rate).content
    apart = nf.update(nf.update(started, first, **rate).content, second, **rate).content
    both = nf.update(started, [*first, *second], **rate).content
    assert state(apart)[:-1] == state(both)[:-1]


def test_updates_learn_what_is_new():
    """Green things are looked at with blue ones; the next one that nobody has touched is found among these."""
    random = np.random.default_rng(5)
    new = [[f"green{i}" if i < 6 else f"k{i}" for i in random.integers(0, 12, 6)] for _ in range(200)]
    side = {"colour": {f"green{i}": "green" for i in range(6)}}
    found = nf.update(fitted(), new, side=side, alpha=0.05, epochs=10).content
    cold = found.cold({"another": {"colour": "green"}})["another"]
    scores = dict(found.vectors_.similar(cold, k=18))
    greens, blues, reds = (
        np.mean([scores[key] for key in some])
        for some in ([f"green{i}" for i in range(6)], [f"k{i}" for i in range(6, 12)], [f"k{i}" for i in range(6)])
    )
    assert greens > reds
    assert blues > reds


def test_counts_fade_and_values_outlive_their_items():
    made = nf.Sequences.from_lists([["k7", "k8"], ["k9", "k7"]])
    day = 86_400_000_000
    timed = nf.Sequences(made.vocabulary, made.tokens, made.offsets, times=np.array([0, 0, 40, 40]) * day)
    report = nf.update(fitted(), timed, half_life="1d", drop_below=1)
    found = report.content
    assert set(report.dropped_keys) == {f"k{i}" for i in range(12)} - {"k7", "k8", "k9"}
    assert [key for key in fitted().vectors_.keys if key in ("k7", "k8", "k9")] == [*found.vectors_.keys]
    assert found.side_vectors_.keys == fitted().side_vectors_.keys
    again = nf.update(found, [["k7", "k20"]], side={"colour": {"k20": "red"}, "shape": {"k20": "tall"}}).content
    assert np.isfinite(again.vectors_.input).all()
    assert found.cold({"x": {"shape": "round"}}).keys == ("x",)


def test_one_worker_repeats_an_update_bit_for_bit():
    pair = [nf.update(fitted(), sessions(20), side=MORE, old=sessions()).content for _ in range(2)]
    assert state(pair[0]) == state(pair[1])


def test_popularity_follows_the_counts():
    """Scores with the mean item are on the line that the counts had before; a new item is at most there."""
    old = fitted().vectors_
    found = nf.update(fitted(), [["k1", "new", "k2"]] * 10, side=MORE, alpha=0.05, epochs=20).content.vectors_
    before, known = popularity_of(old.input, old.output, old.counts), len(old)
    middle = found.counts[:known] / found.counts[:known].sum() @ found.input[:known]
    growth = before.slope * np.log(found.counts[:known] / old.counts)
    np.testing.assert_allclose(found.output[:known] @ middle, old.output @ before.middle + growth, atol=1e-3)
    line = before.level + before.slope * np.log(found.counts[known])
    assert found.output[known] @ middle <= line + 1e-3


def test_the_history_of_updates_is_told():
    found = nf.update(nf.update(fitted(), [["k1", "new"]]).content, [["k2", "k1"]], old=sessions()).content
    first, second = found.vectors_.metadata["updates"]
    assert (first["strategy"], second["strategy"]) == ("fine_tune", "replay")
    assert (first["new_keys"], second["new_keys"]) == (1, 0)
    assert first["epochs"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strategy": "settle"}, "settle holds back rows, and an item with side information is made of several"),
        ({"strategy": "replay+lwf", "old": [["k1"]]}, "lwf holds back rows"),
        ({"strategy": "replay"}, "replay mixes old sequences in"),
        ({"strategy": "retrain"}, "retrain learns from all that there is"),
        ({"side": {"size": {"new": "L"}}}, "side has the field 'size'; known are colour, shape"),
        ({"side": {"colour": {"new": 3}}}, "colour of item 'new' is 3"),
        ({"side": []}, "expected a mapping of field"),
        ({"users": ["ann"]}, "users are given for a EGES"),
        ({"estimator": nf.ItemEmbedding()}, "a EGES with ItemEmbedding as estimator"),
    ],
)
def test_bad_settings_are_named(arguments, message):
    with pytest.raises(BadInput, match=message):
        nf.update(fitted(), [["k1", "new"]], **arguments)


def test_side_information_for_others_is_named():
    plain = nf.ItemEmbedding(**SETTINGS).fit(sessions())
    with pytest.raises(BadInput, match="side is given for a ItemEmbedding; expected a fitted EGES"):
        nf.update(plain, [["k1", "new"]], side=MORE)
    with pytest.raises(BadInput, match="a Vectors with EGES as estimator"):
        nf.update(plain.vectors_, [["k1", "new"]], estimator=nf.EGES())
    with pytest.raises(BadInput, match="vectors of an EGES, without the rows that they are made of"):
        nf.update(fitted().vectors_, [["k1", "new"]])
    with pytest.raises(NotFitted):
        nf.update(nf.EGES(), [["k1", "new"]])


def test_divergence_is_named():
    with np.errstate(all="ignore"), pytest.raises(BadInput, match="the update diverged with alpha=1e"):
        nf.update(fitted(), sessions(), alpha=1e30, epochs=3)


def test_a_store_holds_models(tmp_path):
    store = Store(tmp_path / "store")
    store.publish(fitted())
    store.publish(nf.update(store.open(), [["k1", "new"]], side=MORE).content)
    assert "new" in store.open().vectors_
    assert state(store.open(1)) == state(fitted())
