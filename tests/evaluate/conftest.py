"""Real vectors: trained on the head of text8, in our container and in gensim's."""

import pytest
from gensim.models import KeyedVectors

from nearfield import Vectors, Word2Vec, read_text
from nearfield.datasets import text8_head


@pytest.fixture(scope="session")
def vectors(dataset):
    """Vectors of a million words, some keys capitalised or written twice."""
    sequences = read_text(dataset(text8_head.path), language="whitespace", max_sentence_length=1_000)
    trained = Word2Vec(vector_size=50, epochs=8, alpha=0.05, workers=1, verbose=False).fit(sequences).vectors_
    keys, rows = list(trained.keys), trained.input.copy()
    for word in ("japan", "france", "king", "london"):
        keys[keys.index(word)] = word.capitalize()
    for place, copied, spelling in ((-1, "paris", "Paris"), (-2, "good", "GOOD"), (-3, "he", "He")):
        keys[place], rows[place] = spelling, rows[keys.index(copied)] * 1.1
    return Vectors(keys, rows, counts=trained.counts)


@pytest.fixture(scope="session")
def keyed_vectors(vectors):
    """The same as gensim's KeyedVectors."""
    keyed = KeyedVectors(vectors.dim)
    keyed.add_vectors(list(vectors.keys), vectors.input)
    return keyed
