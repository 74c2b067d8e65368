"""Vocabulary: selection, order, look-up, and what it refuses."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield import Vocabulary
from nearfield.errors import BadInput, UnknownKey

COUNTS = {"the": 50, "of": 30, "cat": 30, "sat": 4, "once": 1}


@given(st.dictionaries(st.text(), st.integers(1, 50)), st.integers(1, 20), st.none() | st.integers(1, 10))
def test_selection_equals_the_obvious_one(counts, min_count, most):
    vocabulary = Vocabulary.from_counts(counts, min_count=min_count, max_vocab_size=most)
    ranked = sorted((k for k in counts if counts[k] >= min_count), key=lambda k: -counts[k])
    assert list(vocabulary) == ranked[:most]
    assert vocabulary.counts.tolist() == [counts[k] for k in vocabulary]
    assert [vocabulary[k] for k in vocabulary] == list(range(len(vocabulary)))


def test_keep_and_stop_overrule_counts():
    vocabulary = Vocabulary.from_counts(COUNTS, min_count=10, keep=["once", "never seen"], stop=["the"])
    assert list(vocabulary) == ["of", "cat", "once"]
    assert list(Vocabulary.from_counts(COUNTS, max_vocab_size=2, keep=["once"])) == ["the", "once"]
    with pytest.raises(BadInput, match="'cat' is in both keep and stop"):
        Vocabulary.from_counts(COUNTS, keep=["cat"], stop=["cat"])
    with pytest.raises(BadInput, match="max_vocab_size is 0"):
        Vocabulary.from_counts(COUNTS, max_vocab_size=0)


def test_look_ups():
    vocabulary = Vocabulary.from_counts(COUNTS)
    assert "cat" in vocabulary
    assert ["cat"] not in [vocabulary]
    assert vocabulary.ids(["sat", "the"]).tolist() == [3, 0]
    assert vocabulary.ids([]).dtype == np.int32
    assert vocabulary.known(["dog", "sat"]).tolist() == [3]
    assert vocabulary.get("dog") is None
    assert repr(vocabulary) == "Vocabulary(5 keys: 'the', 'of', 'cat', …)"
    assert vocabulary == Vocabulary(list(COUNTS), list(COUNTS.values()))
    assert vocabulary != Vocabulary(list(COUNTS))


def test_an_unknown_key_names_its_neighbours():
    vocabulary = Vocabulary(["reading", "writing", "arithmetic"])
    with pytest.raises(UnknownKey) as error:
        vocabulary["readin"]
    assert str(error.value) == "unknown key 'readin'; nearest known keys: 'reading'"
    assert isinstance(error.value, KeyError)
    with pytest.raises(UnknownKey, match="unknown key 7"):
        vocabulary[7]


def test_a_dropped_key_is_told_from_one_that_never_was():
    vocabulary = Vocabulary.from_counts(COUNTS)
    later = vocabulary.remembering({"cats": "version 3"})
    assert later == vocabulary
    with pytest.raises(
        UnknownKey, match="^unknown key 'cats', which version 3 had; nearest known keys: 'cat'$"
    ) as error:
        later["cats"]
    assert (error.value.key, error.value.had) == ("cats", "version 3")
    with pytest.raises(UnknownKey, match="^unknown key 'dog'$"):
        later["dog"]
    with pytest.raises(UnknownKey, match="^unknown key 'cats'; nearest"):
        vocabulary["cats"]


@pytest.mark.parametrize(
    ("keys", "counts", "message"),
    [
        (["a", "b", "a"], None, "key 'a' stands twice"),
        (["a", 3], None, "key 3 is a int; expected a string"),
        (["a", "b"], [1], "1 counts for 2 keys"),
        (["a", "b"], [-2, 1], "a count is -2"),
        (["a"], [1.5], "no whole number"),
    ],
)
def test_refusals(keys, counts, message):
    with pytest.raises(BadInput, match=message):
        Vocabulary(keys, counts)


def test_whether_it_is_ordered():
    assert Vocabulary(["a", "b", "c"], [2, 2, 1]).ordered
    assert not Vocabulary(["a", "b", "c"], [2, 1, 2]).ordered
    assert Vocabulary([]).ordered


def test_counts_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        Vocabulary(["a"], [1]).counts[0] = 2


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
def test_a_key_is_found_in_any_normal_form(stored, asked):
    key, query = (unicodedata.normalize(form, "café Å 한") for form in (stored, asked))
    vocabulary = Vocabulary(["plain", key], [3, 2])
    assert query in vocabulary
    assert vocabulary[query] == vocabulary.get(query) == 1
    assert vocabulary.ids([query, "plain"]).tolist() == vocabulary.known(["?", query, "é", "plain"]).tolist() == [1, 0]
    assert "cafe Å 한" not in vocabulary


def test_both_forms_may_be_keys_and_are_told_apart():
    forms = [unicodedata.normalize(form, "é") for form in ("NFC", "NFD")]
    assert Vocabulary(forms).ids(forms).tolist() == [0, 1]


def test_compatible_letters_are_other_keys_unless_the_text_had_none():
    vocabulary = Vocabulary(["abc", "①"])
    assert "ａｂｃ" not in vocabulary
    assert vocabulary.normalizing("NFKC")["ａｂｃ"] == 0
    assert "ａｂｃ" not in vocabulary
