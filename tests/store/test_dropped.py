"""Which version had a key last, over many versions, held against a loop over sets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield import Vectors
from nearfield.errors import BadInput, UnknownKey
from nearfield.store import Store
from nearfield.store.dropped import read_dropped

KEYS = ["a", "b", "北京", '"', "\ud800"]


def vectors(keys):
    return Vectors(list(keys), np.ones((len(keys), 2), np.float32))


def publish(store, *versions):
    for keys in versions:
        store.publish(vectors(keys), checks=[])


@settings(max_examples=30)
@given(st.lists(st.sets(st.sampled_from(KEYS), min_size=1), min_size=1, max_size=5))
def test_the_last_version_that_had_it(tmp_path_factory, versions):
    store = Store(tmp_path_factory.mktemp("store") / "store")
    publish(store, *versions)
    opened = store.open()
    for key in KEYS:
        having = [number for number, keys in enumerate(versions, 1) if key in keys]
        if having and having[-1] == len(versions):
            assert key in opened
            continue
        with pytest.raises(UnknownKey) as caught:
            opened.similar(key)
        assert caught.value.had == (f"version {having[-1]}" if having else None)


def test_the_message(tmp_path):
    store = Store(tmp_path / "store")
    publish(store, "ab", "b", "bc")
    with pytest.raises(UnknownKey, match="^unknown key 'a', which version 1 had$"):
        store.open()["a"]
    with pytest.raises(UnknownKey, match="^unknown key 'a'$"):
        Vectors(store.open().keys, store.open().input)["a"]
    np.testing.assert_array_equal(store.open().input, vectors("bc").input)


def test_it_outlives_the_version_and_a_rollback(tmp_path):
    store = Store(tmp_path / "store")
    publish(store, "abc", "ab")
    store.rollback(1)
    publish(store, "b")
    store.publish(vectors("b"), keep=1, checks=[])
    assert read_dropped(store.beside().parent) == {"a": 1, "c": 1}


@pytest.mark.parametrize("text", ["", "[1]", '{"x": ["a"]}', '{"1": 3}'])
def test_a_damaged_file(tmp_path, text):
    store = Store(tmp_path / "store")
    publish(store, "ab", "b")
    (store.folder().parent / "dropped.json").write_text(text)
    with pytest.raises(BadInput, match="dropped.json: is damaged"):
        store.open()
    assert "a" in store.open(1)
