"""Search by tags beside its definition written out, with loops and float64."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield import Vectors
from nearfield.errors import BadInput, UnknownKey
from nearfield.search import TagSearch

NAMES = ["comedy", "drama", "war", "horror", "musical", "western"]
N, DIM = 80, 6
RANDOM = np.random.default_rng(5)
ITEMS = Vectors([f"i{i}" for i in range(N)], RANDOM.normal(size=(N, DIM)) * RANDOM.uniform(0.1, 9, (N, 1)))
CARRIED = {f"i{i}": [str(tag) for tag in RANDOM.permutation(NAMES[:5])[: RANDOM.integers(0, 4)]] for i in range(N - 20)}
LEARNT = Vectors(["western", "drama", "war"], RANDOM.normal(size=(3, DIM)))


def unit(row):
    return np.asarray(row, float) / np.linalg.norm(row)


def slow_vectors(carried, learnt=None):
    """The unit vector of each tag."""
    tags = {tag for given in carried.values() for tag in given}
    means = {
        tag: np.mean([unit(ITEMS[item]) for item, given in carried.items() if tag in given], axis=0) for tag in tags
    }
    learnt = {} if learnt is None else {tag: learnt[tag] for tag in learnt.keys}
    return {tag: unit(row) for tag, row in (means | learnt).items()}


def slow_search(carried, tags, asked, k, expand, exclude=(), untagged=False, minus=()):
    """The definition."""
    away = sum((tags[tag] for tag in minus), np.zeros(DIM))
    middle = unit(sum(tags[tag] for tag in asked) - away)
    others = set(tags) - {*asked, *minus}
    nearness = sorted(((float(tags[tag] @ middle), tag) for tag in others), reverse=True)
    weights = dict.fromkeys(asked, 1.0) | {tag: cosine for cosine, tag in nearness[:expand] if cosine > 0}
    query = unit(sum(weight * tags[tag] for tag, weight in weights.items()) - away)
    scores = {}
    for item in ITEMS.keys:
        given = carried.get(item, [])
        wanted = set(given) & set(weights) or (untagged and not given)
        if wanted and item not in exclude and not set(given) & set(minus):
            scores[item] = float(unit(ITEMS[item]) @ query)
    return sorted(scores.items(), key=lambda one: -one[1])[:k]


@pytest.mark.parametrize("learnt", [None, LEARNT])
@given(
    st.lists(st.sampled_from(NAMES[:5]), min_size=1, max_size=3, unique=True),
    st.integers(1, 100),
    st.integers(0, 8),
    st.booleans(),
    st.lists(st.sampled_from(ITEMS.keys), max_size=20),
    st.lists(st.sampled_from(NAMES[:5]), max_size=2, unique=True),
)
def test_the_definition_written_out(learnt, asked, k, expand, untagged, exclude, away):
    minus = [tag for tag in away if tag not in asked]
    search = TagSearch(ITEMS, CARRIED, tag_vectors=learnt)
    found = search.search(asked, k, minus=minus, expand=expand, exclude=exclude, untagged=untagged)
    expected = slow_search(CARRIED, slow_vectors(CARRIED, learnt), asked, k, expand, exclude, untagged, minus)
    assert [item for item, _ in found] == [item for item, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-5)


def test_expanded_by_none_it_is_the_exact_match():
    search = TagSearch(ITEMS, CARRIED)
    carriers = {item for item, given in CARRIED.items() if "drama" in given}
    assert {item for item, _ in search.search("drama", k=N, expand=0)} == carriers == set(search.items("drama"))
    assert set(dict(search.search("drama", k=N))) > carriers


def test_what_carries_a_tag_of_minus_is_never_found():
    search = TagSearch(ITEMS, CARRIED)
    found = search.search("drama", k=N, minus="war", expand=0)
    assert {item for item, _ in found} == set(search.items("drama")) - set(search.items("war"))
    assert "war" not in dict(search.nearest_tags("drama", minus="war"))
    # tags of the same items cancel out
    twins = TagSearch(ITEMS, {"i1": ["a", "b"], "i2": ["a", "b"], "i3": "c"})
    with pytest.raises(BadInput, match="length 0.0; expected a vector with a direction"):
        twins.search("a", minus="b")


def test_tags_know_how_many_carry_them_and_what_is_near():
    search = TagSearch(ITEMS, CARRIED, tag_vectors=LEARNT)
    counts = {tag: sum(tag in given for given in CARRIED.values()) for tag in NAMES}
    assert dict(zip(search.tag_vectors.keys, search.tag_vectors.counts.tolist(), strict=True)) == counts
    slow = slow_vectors(CARRIED, LEARNT)
    expected = sorted(((float(slow["war"] @ row), tag) for tag, row in slow.items() if tag != "war"), reverse=True)
    assert [tag for tag, _ in search.nearest_tags("war", k=2)] == [tag for _, tag in expected[:2]]
    # a tag that no item carries leads to those of its neighbours
    assert search.search("western", expand=0) == []
    assert search.search("western", expand=2)


def test_items_without_a_vector_and_tags_given_twice_change_nothing():
    more = {item: given * 2 for item, given in CARRIED.items()} | {"i9000": ["comedy", "new"]}
    assert TagSearch(ITEMS, more).search("drama", k=N) == TagSearch(ITEMS, CARRIED).search("drama", k=N)
    assert "new" not in TagSearch(ITEMS, more).tag_vectors
    one = TagSearch(ITEMS, {"i3": "drama"})
    assert one.search("drama") == [("i3", pytest.approx(1, abs=1e-6))]
    assert one.nearest_tags("drama") == []


def test_it_comes_back_from_the_disk(tmp_path):
    search = TagSearch(ITEMS, CARRIED, tag_vectors=LEARNT)
    search.save(tmp_path / "search")
    again = TagSearch.load(tmp_path / "search")
    for options in ({"expand": 0}, {"expand": 2}, {"untagged": True}):
        assert again.search(["war", "drama"], k=N, **options) == search.search(["war", "drama"], k=N, **options)
    again.save(tmp_path / "search")
    assert TagSearch.load(tmp_path / "search").tag_vectors.keys == search.tag_vectors.keys


def test_damaged_folders_are_told(tmp_path):
    TagSearch(ITEMS, CARRIED).save(tmp_path / "search")
    TagSearch(ITEMS, {"i3": "drama"}).save(tmp_path / "other")
    file = tmp_path / "search" / "carried.safetensors"
    file.write_bytes((tmp_path / "other" / "carried.safetensors").read_bytes())
    with pytest.raises(BadInput, match="carried.safetensors: does not fit 5 tags of 80 items"):
        TagSearch.load(tmp_path / "search")
    file.unlink()
    with pytest.raises(BadInput, match="carried.safetensors: is missing; the folder is damaged"):
        TagSearch.load(tmp_path / "search")
    config = tmp_path / "search" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"kind": "vectors"}))
    with pytest.raises(BadInput, match="kind is 'vectors'; expected 'tag_search'"):
        TagSearch.load(tmp_path / "search")


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda s: s.search("dramma"), UnknownKey, "unknown key 'dramma'; nearest known keys: 'drama'"),
        (lambda s: s.nearest_tags("dramma"), UnknownKey, "unknown key 'dramma'; nearest known keys: 'drama'"),
        (lambda s: s.search([]), BadInput, "no tag is asked for; expected at least one"),
        (lambda s: s.search("drama", k=0), BadInput, "k is 0; expected a whole number of at least 1"),
        (lambda s: s.search("drama", minus="wra"), UnknownKey, "unknown key 'wra'; nearest known keys: 'war'"),
        (lambda s: s.search(["war", "drama"], minus="drama"), BadInput, "tag 'drama' is asked for and in minus"),
        (lambda s: s.search("drama", expand=-1), BadInput, "expand is -1; expected a whole number of at least 0"),
        (lambda s: TagSearch(ITEMS, {}), BadInput, "none of 0 items has a vector and a tag"),
        (lambda s: TagSearch(ITEMS, {"j1": ["war"]}), BadInput, "none of 1 items has a vector and a tag"),
        (lambda s: TagSearch(ITEMS, {"i1": ["war", ""]}), BadInput, "item 'i1' has the tag ''; expected a string"),
        (lambda s: TagSearch(ITEMS, {"i1": [7]}), BadInput, "item 'i1' has the tag 7; expected a string"),
        (lambda s: TagSearch(ITEMS, CARRIED, tag_vectors=Vectors(["war"], np.ones((1, 2)))), BadInput, "have 2 dim"),
    ],
)
def test_bad_input_is_named(ask, error, message):
    with pytest.raises(error, match=message):
        ask(TagSearch(ITEMS, CARRIED))
