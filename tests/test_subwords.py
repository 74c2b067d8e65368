import numpy as np
import pytest
from gensim.models.fasttext import ft_ngram_hashes
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.subwords import Subwords, ngram_buckets
from nearfield.tables import Table

words = st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=9), max_size=5)


@given(words, st.integers(1, 4), st.integers(0, 3), st.integers(1, 10_000))
def test_hashes_are_those_of_gensim(words, min_n, more, buckets):
    word, bucket = ngram_buckets([one.encode() for one in words], min_n, min_n + more, buckets)
    for i, one in enumerate(words):
        expected = [] if one == "</s>" else ft_ngram_hashes(one, min_n, min_n + more, buckets)
        if min_n == 1 and one != "</s>":  # gensim takes "<" and ">" for n-grams of their own; fastText does not
            for mark in ft_ngram_hashes("", 1, 1, buckets):
                expected.remove(mark)
        assert sorted(bucket[word == i].tolist()) == sorted(expected)


def test_bytes_that_are_no_characters_are_hashed_as_fasttext_does():
    # a byte that goes on without a beginning belongs to the character before it
    word, _ = ngram_buckets([b"\x80\xffa"], 1, 1, 1 << 20)
    assert len(word) == 2


@pytest.mark.parametrize(
    ("rows", "min_n", "max_n", "buckets"), [(3, 0, 2, 3), (3, 3, 2, 3), (3, 1, 2, 4), (0, 1, 2, 0)]
)
def test_what_does_not_fit_is_refused(rows, min_n, max_n, buckets):
    with pytest.raises(BadInput, match=r"expected"):
        Subwords(Table(np.ones((rows, 2), np.float32)), min_n, max_n, buckets)
